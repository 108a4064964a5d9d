"""One decision in Postgres: what it read, what it writes when it ends."""

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, suppress
from typing import Any

import asyncpg
import msgspec

from shared import tracing
from shared.codec import Codec
from shared.database import Connection, Database, Pool
from shared.envelope import Cause, Recorded
from shared.eventstore import Append, History, IdempotencyKey, KeyReused, StoredAnswer
from shared.eventstore.failures import DatabaseAway
from shared.eventstore.reading import Row, histories, read
from shared.eventstore.tenants import begin
from shared.eventstore.writing import Writing, write
from shared.frozen import frozen
from shared.projection import ReadTables

_FIND_ANSWER = """
SELECT fingerprint, status, headers::text AS headers, body FROM log.idempotency
WHERE tenant = $1 AND subject = $2 AND route = $3 AND key = $4
"""


@frozen
class Means:
    """What the transactions of one store work with."""

    pool: Pool
    codec: Codec
    tables: ReadTables | None
    record: Callable[[Cause, Iterable[Append]], list[Recorded]]
    read: Callable[[str, Mapping[str, int]], Awaitable[Sequence[Row]]]
    commit: Callable[[str, Writing], Awaitable[None]]


class PostgresTransaction:
    """One decision.

    What it writes waits until the end and is committed in one round trip, which others may share.
    Only somebody who asks for the database itself opens a transaction of its own earlier, on a
    connection that it keeps. That reads come before it costs nothing: the expected versions decide
    whether what was read still holds.
    """

    def __init__(self, means: Means, cause: Cause) -> None:
        self.cause = cause
        self.has_appended = False
        self._means = means
        self._waiting = Writing()
        self._lending: AbstractAsyncContextManager[Any] | None = None
        self._connection: Connection | None = None  # inside the open transaction

    def db(self) -> Database:
        return _Opening(self.opened)

    async def opened(self) -> Connection:
        """The connection inside the transaction, with all that was written so far."""
        connection = self._connection
        if connection is None:
            self._lending = self._means.pool.acquire()
            lent: Connection = await self._lending.__aenter__()
            self._connection = connection = lent
            await connection.execute(begin(self.cause.tenant))
        await self._write_down(connection)
        return connection

    async def read(
        self, streams: Sequence[str], after: Mapping[str, int] | None = None
    ) -> Mapping[str, History]:
        known = after or {}
        wanted = {stream: known.get(stream, 0) for stream in streams}
        if self._connection is None and not self._waiting.events:
            rows = await self._means.read(self.cause.tenant, wanted)
        else:  # one sees what one has written oneself
            rows = await read(await self.opened(), self.cause.tenant, wanted)
        return histories(self._means.codec, rows, wanted)

    async def append(self, appends: Sequence[Append]) -> Sequence[Recorded]:
        new = self._means.record(self.cause, appends)
        if not new:
            return ()
        if self._waiting.events:
            await self.opened()
        self._waiting.events = new
        self._waiting.records = [self._means.codec.encode(event) for event in new]
        self._waiting.appends = appends
        self.has_appended = True
        return new

    async def stored_answer(self, key: IdempotencyKey) -> StoredAnswer | None:
        row = await (await self.opened()).fetchrow(
            _FIND_ANSWER, key.tenant, key.subject, key.route, key.key
        )
        if row is None:
            return None
        if row["fingerprint"] != key.fingerprint:
            raise KeyReused
        headers = msgspec.json.decode(row["headers"], type=dict[str, str])
        return StoredAnswer(status=row["status"], headers=headers, body=row["body"])

    async def keep_answer(self, key: IdempotencyKey, answer: StoredAnswer) -> None:
        if self._waiting.key is not None:
            await self.opened()
        self._waiting.key = key
        self._waiting.answer = answer

    async def commit(self) -> None:
        """Make everything that was written permanent.

        Raises:
            Conflict: a stream moved on, or the key was taken, since it was read.
        """
        if self._connection is not None:
            await self._write_down(self._connection)
            if await self._connection.execute("COMMIT") != "COMMIT":
                raise DatabaseAway  # a statement had failed and somebody caught its error
            await self._give_back()
        elif not self._waiting.is_empty:
            with tracing.appending(self._waiting.events):
                await self._means.commit(self.cause.tenant, self._waiting)

    async def roll_back(self) -> None:
        """Forget everything; a connection that is gone has forgotten by itself."""
        if self._connection is not None:
            with suppress(OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
                await self._connection.execute("ROLLBACK")
        await self._give_back()

    async def _write_down(self, connection: Connection) -> None:
        """Send what waits to the open transaction."""
        waiting, self._waiting = self._waiting, Writing()
        if not waiting.is_empty:
            with tracing.appending(waiting.events):
                await write(connection, self.cause.tenant, (waiting,), self._means.tables)

    async def _give_back(self) -> None:
        lending, self._lending, self._connection = self._lending, None, None
        if lending is not None:
            await lending.__aexit__(None, None, None)


class _Opening:
    """The database of a transaction that opens when it is first used."""

    def __init__(self, opened: Callable[[], Awaitable[Connection]]) -> None:
        self._opened = opened

    async def execute(self, query: str, *args: Any) -> str:  # noqa: ANN401  # any SQL value
        return await (await self._opened()).execute(query, *args)

    async def fetch(self, query: str, *args: Any) -> Sequence[Any]:  # noqa: ANN401  # any SQL value
        return await (await self._opened()).fetch(query, *args)

    async def fetchrow(self, query: str, *args: Any) -> Any:  # noqa: ANN401  # any SQL value
        return await (await self._opened()).fetchrow(query, *args)

    async def fetchval(self, query: str, *args: Any) -> Any:  # noqa: ANN401  # any SQL value
        return await (await self._opened()).fetchval(query, *args)

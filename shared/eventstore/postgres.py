"""The log in Postgres: one statement appends all events of a decision, one commit keeps them."""

import re
from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from datetime import datetime
from typing import Any

import asyncpg
import msgspec

from shared import clock, crashing, tracing
from shared.codec import CODEC, Codec
from shared.database import Connection, Database, Pool
from shared.envelope import Cause, Recorded
from shared.eventstore import Append, History, IdempotencyKey, KeyReused, StoredAnswer, slot_of
from shared.eventstore.doorbell import APPENDED, Doorbell
from shared.eventstore.failures import DatabaseAway, translated
from shared.eventstore.recording import recorded
from shared.projection import INLINE_SCHEMA, ProjectionFunction, ReadTables

TENANT = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")

_READ = "SELECT stream, version, record FROM log.read_streams($1, $2, $3)"
_COMMIT = "SELECT log.commit($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)"
_FIND_ANSWER = """
SELECT fingerprint, status, headers::text AS headers, body FROM log.idempotency
WHERE tenant = $1 AND subject = $2 AND route = $3 AND key = $4
"""


@asynccontextmanager
async def tenant_transaction(pool: Pool, tenant: str) -> AsyncIterator[Connection]:
    """A transaction that row security holds to one tenant; begins in a single round trip.

    Raises:
        ValueError: the tenant is no slug; it stands inside a statement.
        Conflict: another transaction was first.
        Unavailable: the database does not answer.
    """
    check_tenant(tenant)
    with translated():
        async with pool.acquire() as connection:
            await connection.execute(_begin(tenant))
            try:
                yield connection
            except BaseException:
                with suppress(OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
                    await connection.execute("ROLLBACK")
                raise
            if await connection.execute("COMMIT") != "COMMIT":
                raise DatabaseAway  # a statement had failed and somebody caught its error


def check_tenant(tenant: str) -> None:
    """Let only a slug stand inside a statement.

    Raises:
        ValueError: the tenant is none.
    """
    if TENANT.fullmatch(tenant) is None:
        message = f"{tenant!r} is not the name of a tenant"
        raise ValueError(message)


def _begin(tenant: str) -> str:
    """A transaction and its tenant in one round trip."""
    return f"BEGIN; SELECT set_config('app.tenant', '{tenant}', true)"


class PostgresEventStore:
    """The log of one service in its own database."""

    def __init__(
        self,
        pool: Pool,
        service: str,
        projections: Sequence[ProjectionFunction] = (),
        now: Callable[[], datetime] = clock.now,
        codec: Codec = CODEC,
    ) -> None:
        self._pool = pool
        self._service = service
        self._now = now
        self._codec = codec
        self._tables = ReadTables(INLINE_SCHEMA, projections) if projections else None
        self._doorbell = Doorbell(pool, APPENDED)

    @asynccontextmanager
    async def transaction(self, cause: Cause) -> AsyncIterator["PostgresTransaction"]:
        check_tenant(cause.tenant)
        with translated():
            async with self._pool.acquire() as connection:
                transaction = PostgresTransaction(
                    connection, cause, record=self._record, codec=self._codec, tables=self._tables
                )
                try:
                    yield transaction
                    if transaction.has_appended:
                        crashing.reached("append: before commit")
                    await transaction.commit()
                except BaseException:
                    await transaction.roll_back()
                    raise
        if transaction.has_appended:
            crashing.reached("append: after commit")
            self._doorbell.ring()

    async def close(self) -> None:
        """Rings for the last time, if a ring is due."""
        await self._doorbell.close()

    def _record(self, cause: Cause, appends: Iterable[Append]) -> list[Recorded]:
        return recorded(
            cause, appends, service=self._service, at=self._now(), schema_of=self._codec.schema_of
        )


class PostgresTransaction:
    """One decision on one connection.

    What it writes waits until the end and is committed in one round trip. Only somebody who asks
    for the database itself opens the transaction earlier. That reads come before it costs nothing:
    the expected versions decide whether what was read still holds.
    """

    def __init__(
        self,
        connection: Connection,
        cause: Cause,
        *,
        record: Callable[[Cause, Iterable[Append]], list[Recorded]],
        codec: Codec,
        tables: ReadTables | None,
    ) -> None:
        self.cause = cause
        self.has_appended = False
        self._connection = connection
        self._record = record
        self._codec = codec
        self._tables = tables
        self._waiting = _Waiting()
        self._is_open = False

    def db(self) -> Database:
        return _Opening(self)

    async def opened(self) -> Connection:
        """The connection inside the transaction, with all that was written so far."""
        if not self._is_open:
            self._is_open = True
            await self._connection.execute(_begin(self.cause.tenant))
        await self._write_down()
        return self._connection

    async def read(
        self, streams: Sequence[str], after: Mapping[str, int] | None = None
    ) -> Mapping[str, History]:
        if self._is_open or self._waiting.events:
            await self.opened()  # one sees what one has written oneself
        versions = {stream: (after or {}).get(stream, 0) for stream in streams}
        rows = await self._connection.fetch(
            _READ, self.cause.tenant, list(versions), list(versions.values())
        )
        events: dict[str, list[Any]] = {stream: [] for stream in versions}
        for stream, version, record in rows:
            decoded = self._codec.decode(record, slot=slot_of(stream))
            events[stream].append(decoded.event)
            versions[stream] = version
        return {
            stream: History(events=events[stream], version=version)
            for stream, version in versions.items()
        }

    async def append(self, appends: Sequence[Append]) -> Sequence[Recorded]:
        # Everybody takes streams in the same order, so nobody waits for one who waits for him.
        ordered = sorted(appends, key=lambda append: append.stream)
        new = self._record(self.cause, ordered)
        if not new:
            return ()
        if self._waiting.events:
            await self.opened()
        self._waiting.events = new
        self._waiting.records = [self._codec.encode(event) for event in new]
        self._waiting.heads = [(append.stream, append.expected_version) for append in ordered]
        self.has_appended = True
        return _as_asked(appends, new)

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
        await self._write_down()
        if self._is_open and await self._connection.execute("COMMIT") != "COMMIT":
            raise DatabaseAway  # a statement had failed and somebody caught its error

    async def roll_back(self) -> None:
        """Forget everything; a connection that is gone has forgotten by itself."""
        if self._is_open:
            with suppress(OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
                await self._connection.execute("ROLLBACK")

    async def _write_down(self) -> None:
        """Send what waits; outside an open transaction, the statement is one of its own."""
        waiting, self._waiting = self._waiting, _Waiting()
        if not waiting.events and waiting.key is None:
            return
        writes: Sequence[tuple[str, str]] = ()
        if self._tables is not None and waiting.events:
            writes = await self._tables.writes(self._connection, waiting.events)
        with tracing.appending(waiting.events):
            await self._connection.execute(
                _COMMIT,
                self.cause.tenant,
                *waiting.columns(),
                [query for query, _ in writes],
                [rows for _, rows in writes],
            )


class _Waiting:
    """What a transaction has yet to write."""

    def __init__(self) -> None:
        self.events: list[Recorded] = []
        self.records: list[bytes] = []
        self.heads: list[tuple[str, int]] = []
        self.key: IdempotencyKey | None = None
        self.answer: StoredAnswer | None = None

    def columns(self) -> tuple[Any, ...]:
        """The arguments of log.commit between the tenant and the writes."""
        key, answer = self.key, self.answer
        return (
            [event.stream for event in self.events],
            [event.version for event in self.events],
            [event.event_id for event in self.events],
            [event.type for event in self.events],
            [event.slot for event in self.events],
            self.records,
            [stream for stream, _ in self.heads],
            [version for _, version in self.heads],
            None if key is None else [key.subject, key.route, key.key, key.fingerprint],
            answer.status if answer else None,
            msgspec.json.encode(dict(answer.headers)).decode() if answer else None,
            answer.body if answer else None,
        )


class _Opening:
    """The database of a transaction that opens when it is first used."""

    def __init__(self, transaction: PostgresTransaction) -> None:
        self._opened = transaction.opened

    async def execute(self, query: str, *args: Any) -> str:  # noqa: ANN401  # any SQL value
        return await (await self._opened()).execute(query, *args)

    async def fetch(self, query: str, *args: Any) -> Sequence[Any]:  # noqa: ANN401  # any SQL value
        return await (await self._opened()).fetch(query, *args)

    async def fetchrow(self, query: str, *args: Any) -> Any:  # noqa: ANN401  # any SQL value
        return await (await self._opened()).fetchrow(query, *args)

    async def fetchval(self, query: str, *args: Any) -> Any:  # noqa: ANN401  # any SQL value
        return await (await self._opened()).fetchval(query, *args)


def _as_asked(appends: Sequence[Append], new: Sequence[Recorded]) -> Sequence[Recorded]:
    """The same events in the order of the appends, which were written in another."""
    of_stream: dict[str, list[Recorded]] = {}
    for event in new:
        of_stream.setdefault(event.stream, []).append(event)
    return tuple(event for append in appends for event in of_stream.get(append.stream, ()))

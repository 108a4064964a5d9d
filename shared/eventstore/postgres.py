"""The log in Postgres: one statement appends all events of a decision, one commit keeps them."""

import re
from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from datetime import datetime
from typing import Any

import asyncpg
import msgspec

from shared import clock
from shared.codec import CODEC, Codec
from shared.database import Connection, Database, Pool
from shared.envelope import Cause, Recorded
from shared.errors import Conflict
from shared.eventstore import Append, History, IdempotencyKey, KeyReused, StoredAnswer, slot_of
from shared.eventstore.doorbell import APPENDED, Doorbell
from shared.eventstore.failures import DatabaseAway, translated
from shared.eventstore.recording import recorded
from shared.projection import INLINE_SCHEMA, ProjectionFunction, ReadTables

TENANT = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")

_READ = """
SELECT e.stream, e.version, e.record
FROM unnest($2::text[], $3::bigint[]) AS wanted (stream, after)
JOIN log.events e ON e.tenant = $1 AND e.stream = wanted.stream AND e.version > wanted.after
ORDER BY e.stream, e.version
"""
# Too low an expected version meets the unique key; too high a one has no event at it.
_APPEND = """
INSERT INTO log.events (tenant, stream, version, event_id, type, slot, record)
SELECT $1, e.stream, e.version, e.event_id, e.type, e.slot, e.record
FROM unnest($2::text[], $3::bigint[], $4::uuid[], $5::text[], $6::smallint[], $7::bytea[])
    WITH ORDINALITY AS e (stream, version, event_id, type, slot, record, place)
WHERE NOT EXISTS (
    SELECT FROM unnest($8::text[], $9::bigint[]) AS head (stream, version)
    WHERE head.version > 0 AND NOT EXISTS (
        SELECT FROM log.events p
        WHERE p.tenant = $1 AND p.stream = head.stream AND p.version = head.version
    )
)
ORDER BY e.place
"""
_FIND_ANSWER = """
SELECT fingerprint, status, headers::text AS headers, body FROM log.idempotency
WHERE tenant = $1 AND subject = $2 AND route = $3 AND key = $4
"""
_KEEP_ANSWER = """
INSERT INTO log.idempotency (tenant, subject, route, key, fingerprint, status, headers, body)
VALUES ($1, $2, $3, $4, $5, $6, $7::text::jsonb, $8) ON CONFLICT DO NOTHING
"""


@asynccontextmanager
async def tenant_transaction(pool: Pool, tenant: str) -> AsyncIterator[Connection]:
    """A transaction that row security holds to one tenant; begins in a single round trip.

    Raises:
        ValueError: the tenant is no slug; it stands inside a statement.
        Conflict: another transaction was first.
        Unavailable: the database does not answer.
    """
    if TENANT.fullmatch(tenant) is None:
        message = f"{tenant!r} is not the name of a tenant"
        raise ValueError(message)
    with translated():
        async with pool.acquire() as connection:
            await connection.execute(f"BEGIN; SELECT set_config('app.tenant', '{tenant}', true)")
            try:
                yield connection
            except BaseException:
                with suppress(OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
                    await connection.execute("ROLLBACK")
                raise
            if await connection.execute("COMMIT") != "COMMIT":
                raise DatabaseAway  # a statement had failed and somebody caught its error


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
        async with tenant_transaction(self._pool, cause.tenant) as connection:
            transaction = PostgresTransaction(
                connection, cause, record=self._record, codec=self._codec, tables=self._tables
            )
            yield transaction
        if transaction.has_appended:
            self._doorbell.ring()

    async def close(self) -> None:
        """Rings for the last time, if a ring is due."""
        await self._doorbell.close()

    def _record(self, cause: Cause, appends: Iterable[Append]) -> list[Recorded]:
        return recorded(
            cause, appends, service=self._service, at=self._now(), schema_of=self._codec.schema_of
        )


class PostgresTransaction:
    """One open transaction on one connection."""

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

    def db(self) -> Database:
        return self._connection

    async def read(
        self, streams: Sequence[str], after: Mapping[str, int] | None = None
    ) -> Mapping[str, History]:
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
        tag = await self._connection.execute(
            _APPEND,
            self.cause.tenant,
            *_columns(new, self._codec),
            [append.stream for append in ordered],
            [append.expected_version for append in ordered],
        )
        if tag != f"INSERT 0 {len(new)}":
            raise Conflict
        self.has_appended = True
        if self._tables is not None:
            await self._tables.project(self._connection, new)
        return _as_asked(appends, new)

    async def stored_answer(self, key: IdempotencyKey) -> StoredAnswer | None:
        row = await self._connection.fetchrow(
            _FIND_ANSWER, key.tenant, key.subject, key.route, key.key
        )
        if row is None:
            return None
        if row["fingerprint"] != key.fingerprint:
            raise KeyReused
        headers = msgspec.json.decode(row["headers"], type=dict[str, str])
        return StoredAnswer(status=row["status"], headers=headers, body=row["body"])

    async def keep_answer(self, key: IdempotencyKey, answer: StoredAnswer) -> None:
        tag = await self._connection.execute(
            _KEEP_ANSWER,
            *(key.tenant, key.subject, key.route, key.key, key.fingerprint),
            answer.status,
            msgspec.json.encode(dict(answer.headers)).decode(),
            answer.body,
        )
        if tag != "INSERT 0 1":
            raise Conflict


def _columns(new: Sequence[Recorded], codec: Codec) -> tuple[list[Any], ...]:
    return (
        [event.stream for event in new],
        [event.version for event in new],
        [event.event_id for event in new],
        [event.type for event in new],
        [event.slot for event in new],
        [codec.encode(event) for event in new],
    )


def _as_asked(appends: Sequence[Append], new: Sequence[Recorded]) -> Sequence[Recorded]:
    """The same events in the order of the appends, which were written in another."""
    of_stream: dict[str, list[Recorded]] = {}
    for event in new:
        of_stream.setdefault(event.stream, []).append(event)
    return tuple(event for append in appends for event in of_stream.get(append.stream, ()))

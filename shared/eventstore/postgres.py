"""The log in Postgres: one statement appends all events of a decision, one commit keeps them."""

from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from contextlib import asynccontextmanager, suppress
from datetime import datetime

import asyncpg

from shared import clock, crashing
from shared.codec import CODEC, Codec
from shared.database import Connection, Pool
from shared.envelope import Cause, Recorded
from shared.eventstore import Append
from shared.eventstore.doorbell import APPENDED, Doorbell
from shared.eventstore.failures import DatabaseAway, translated
from shared.eventstore.reading import Row, Wanted, read, read_for_all
from shared.eventstore.recording import recorded
from shared.eventstore.tenants import begin, check_tenant
from shared.eventstore.together import Together
from shared.eventstore.transaction import Means, PostgresTransaction
from shared.eventstore.writing import PATIENCE, Writing, write
from shared.projection import INLINE_SCHEMA, ProjectionFunction, ReadTables

BULK = 50  # streams or events: whoever has so many travels alone, that nobody waits for them


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
            await connection.execute(begin(tenant))
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
        self._means = Means(
            pool=pool,
            codec=codec,
            tables=self._tables,
            record=self._record,
            read=self._read,
            commit=self._commit,
        )
        self._reads = Together(self._read_for_all, self._read_alone)
        self._commits = Together(self._commit_for_all, self._commit_alone)

    @asynccontextmanager
    async def transaction(self, cause: Cause) -> AsyncIterator[PostgresTransaction]:
        check_tenant(cause.tenant)
        with translated():
            transaction = PostgresTransaction(self._means, cause)
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

    async def _read(self, tenant: str, wanted: Wanted) -> Sequence[Row]:
        go = self._reads.ask if len(wanted) < BULK else self._read_alone
        return await go(tenant, wanted)

    async def _read_for_all(self, tenant: str, party: Sequence[Wanted]) -> Sequence[Sequence[Row]]:
        async with self._pool.acquire() as connection:
            return await read_for_all(connection, tenant, party)

    async def _read_alone(self, tenant: str, wanted: Wanted) -> Sequence[Row]:
        async with self._pool.acquire() as connection:
            return await read(connection, tenant, wanted)

    async def _commit(self, tenant: str, writing: Writing) -> None:
        go = self._commits.ask if len(writing.events) < BULK else self._commit_alone
        await go(tenant, writing)

    async def _commit_for_all(self, tenant: str, party: Sequence[Writing]) -> Sequence[None]:
        async with self._pool.acquire() as connection:
            await write(connection, tenant, party, self._tables, PATIENCE)
        return [None] * len(party)

    async def _commit_alone(self, tenant: str, writing: Writing) -> None:
        async with self._pool.acquire() as connection:
            await write(connection, tenant, (writing,), self._tables)

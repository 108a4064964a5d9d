"""A rebuild from beginning to end: create, replay, catch up, hold, compare, switch."""

import logging
from collections.abc import Sequence
from time import monotonic

import asyncpg

from shared.bus import Bus
from shared.codec import CODEC, Codec
from shared.database import Connection, Database, Pool
from shared.errors import Unavailable
from shared.frozen import frozen
from shared.projection import NEXT_SUFFIX, Projection, ReadTables, create_tables
from shared.rebuild.comparing import TableDifference, differences
from shared.rebuild.replaying import PAGE_EVENTS, SILENCE_SECONDS_MAX, Replay
from shared.rebuild.standing import Numbers, StandStill

log = logging.getLogger(__name__)

BEFORE_SUFFIX = "_before"  # the tables that were live until the last switch
ROUNDS_MAX = 20  # of catching up before the live tables are held
LOCK_SECONDS = 5.0  # for whoever waits for us waits as long


class LiveTablesBusy(Unavailable):
    """The live tables could not be held in time; nothing was changed."""


@frozen
class RebuildReport:
    """What a rebuild came to."""

    projection: str
    events: int
    seconds: float
    differences: Sequence[TableDifference]  # empty: equal row for row
    switched: bool


class Rebuild:
    """Makes the tables of a projection anew; the live ones are used until the switch.

    Reactions take no part in it: nothing is commanded again.
    """

    def __init__(
        self,
        owner: Pool,
        projection: Projection,
        bus: Bus,
        *,
        codec: Codec = CODEC,
        silence_seconds_max: float = SILENCE_SECONDS_MAX,
    ) -> None:
        """Work as the owner of the tables, on up to five connections at a time."""
        self._owner = owner
        self._projection = projection
        self._bus = bus
        self._codec = codec
        self._silence_seconds_max = silence_seconds_max
        self._live = projection.schema
        self._next = projection.schema + NEXT_SUFFIX

    async def run(self, live: StandStill, *, switch: bool = True) -> RebuildReport:
        """Rebuild, compare, and put the new tables in place; with `switch` off only compare.

        Raises:
            RebuildStopped: at the first event that cannot be applied; the live tables stand.
            HistoryMissing: the bus does not have all of the history; the live tables stand.
            LiveTablesBusy: somebody held them for too long; the live tables stand.
        """
        began = monotonic()
        replay = Replay(
            pool=self._owner,
            bus=self._bus,
            tables=ReadTables(self._next, self._projection.functions),
            codec=self._codec,
            silence_seconds_max=self._silence_seconds_max,
        )
        await self._create()
        try:
            reached, events = await self._caught_up(replay, live)
            found, more = await self._finished(replay, live, reached, switch=switch)
        finally:
            async with self._owner.acquire() as connection:  # gone already, if it was switched
                await connection.execute(f'DROP SCHEMA IF EXISTS "{self._next}" CASCADE')
        report = RebuildReport(
            projection=self._projection.name,
            events=events + more,
            seconds=monotonic() - began,
            differences=found,
            switched=switch,
        )
        fields = {"projection": report.projection, "events": report.events}
        log.info("tables rebuilt", extra={**fields, "tables_that_differ": len(found)})
        return report

    async def _create(self) -> None:
        tables_sql = self._projection.tables.read_text(encoding="utf-8")
        async with self._owner.acquire() as connection:
            await connection.execute(f'DROP SCHEMA IF EXISTS "{self._next}" CASCADE')
            await create_tables(connection, self._next, tables_sql)

    async def _caught_up(self, replay: Replay, live: StandStill) -> tuple[Numbers, int]:
        """Replay until little is left, so that the live tables are held for a moment only."""
        reached: Numbers = {}
        events = 0
        for _ in range(ROUNDS_MAX):
            async with self._owner.acquire() as connection:
                numbers = await live.numbers(connection)
            count = await replay.run(reached, numbers)
            reached = numbers
            events += count
            if count < PAGE_EVENTS:
                break
        return reached, events

    async def _finished(
        self, replay: Replay, live: StandStill, reached: Numbers, *, switch: bool
    ) -> tuple[Sequence[TableDifference], int]:
        try:
            async with self._owner.acquire() as connection, connection.transaction():
                await connection.execute(f"SET LOCAL lock_timeout = '{LOCK_SECONDS}s'")
                numbers = await live.hold(connection)
                await connection.execute("SET LOCAL lock_timeout = 0")
                count = await replay.run(reached, numbers)
                found = await differences(connection, self._live, self._next)
                if switch:
                    await self._switch(connection)
                    await live.settle(connection)
        except (asyncpg.LockNotAvailableError, asyncpg.DeadlockDetectedError) as reason:
            raise LiveTablesBusy from reason
        return found, count

    async def _switch(self, connection: Connection) -> None:
        live, before = self._live, self._live + BEFORE_SUFFIX
        await connection.execute(f'DROP SCHEMA IF EXISTS "{before}" CASCADE')
        if await connection.fetchval("SELECT to_regnamespace(quote_ident($1))::text", live):
            await connection.execute(f'ALTER SCHEMA "{live}" RENAME TO "{before}"')
        await connection.execute(f'ALTER SCHEMA "{self._next}" RENAME TO "{live}"')


async def drop_before(db: Database, projection: Projection) -> None:
    """Drop the tables that were live until the last switch."""
    await db.execute(f'DROP SCHEMA IF EXISTS "{projection.schema}{BEFORE_SUFFIX}" CASCADE')

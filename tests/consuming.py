"""One service's log and its consumers on a real Postgres, for tests of consuming."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Sequence
from contextlib import asynccontextmanager

import asyncpg

from shared import leases
from shared.bus import Bus
from shared.bus.feed import Feed
from shared.consumer import Pace
from shared.eventstore import Append
from shared.eventstore.log_reader import LogReader
from shared.eventstore.postgres import PostgresEventStore
from shared.eventstore.sequencer import Sequencer
from shared.projection import Projection, create_tables
from shared.projector import Projector
from shared.relay import Relay
from tests.fresh_databases import FreshDatabase
from tests.patience import PATIENCE_SECONDS, stopwatch
from tests.progress import CAUSE, SOURCE, SessionsEvent, Told, stream

PACE = Pace(batch_events_max=200, wait_seconds=0.2, term_seconds=0.6)
STOP_SECONDS = 8.0  # alone a loop ends in a tenth of a second; ten pass before Kafka is given up


class Telling:
    """A service that tells: its log in Postgres, numbered as soon as something was told."""

    def __init__(self, pool: asyncpg.Pool, owner: asyncpg.Pool) -> None:
        self.pool = pool
        self.owner = owner
        self.store = PostgresEventStore(pool, SOURCE)
        self.reader = LogReader(pool)
        self._sequencer = Sequencer(pool)
        self._versions: dict[str, int] = {}

    async def tell(self, events: Iterable[Told], *, quietly: bool = False) -> None:
        """Append and number; `quietly`: without ringing the doorbell."""
        appends: dict[str, list[SessionsEvent]] = {}
        for name, event in events:
            appends.setdefault(stream(name), []).append(event)
        async with self.store.transaction(CAUSE) as transaction:
            await transaction.append([self._append(*append) for append in appends.items()])
        if quietly:
            await self._sequencer.number_page()
        else:
            await self._sequencer.run_once()

    async def spoil(self, name: object, version: int) -> None:
        """Make a record of the log unreadable."""
        await self.owner.execute("ALTER TABLE log.events NO FORCE ROW LEVEL SECURITY")
        await self.owner.execute(
            "UPDATE log.events SET record = '\\xff' WHERE stream = $1 AND version = $2",
            stream(name),
            version,
        )

    async def lag(self, consumer: str) -> int:
        async with self.pool.acquire() as connection:
            heads = await self.reader.heads()
            known: int = await connection.fetchval(
                "SELECT count(*) FROM log.leases WHERE consumer = $1", consumer
            )
            if not known:
                return sum(heads.values())
            return await leases.lag(connection, consumer, SOURCE, heads)

    async def caught_up(self, consumer: str) -> None:
        """Wait until the consumer has handled all that was told."""
        await eventually(lambda: self._is_caught_up(consumer))

    async def close(self) -> None:
        await self.store.close()
        await self._sequencer.close()

    async def _is_caught_up(self, consumer: str) -> bool:
        return await self.lag(consumer) == 0

    def _append(self, where: str, events: Sequence[SessionsEvent]) -> Append:
        version = self._versions.get(where, 0)
        self._versions[where] = version + len(events)
        return Append(stream=where, expected_version=version, events=events)


@asynccontextmanager
async def telling(database: FreshDatabase, *projections: Projection) -> AsyncIterator[Telling]:
    """The service, and the tables of those who hear it."""
    async with (
        asyncpg.create_pool(database.dsn("worker"), min_size=0, max_size=25) as worker,
        asyncpg.create_pool(database.dsn("owner"), min_size=0, max_size=8) as owner,
    ):
        async with owner.acquire() as connection:
            for projection in projections:
                tables_sql = projection.tables.read_text()
                await create_tables(connection, projection.schema, tables_sql)
        service = Telling(worker, owner)
        try:
            yield service
        finally:
            await service.close()


@asynccontextmanager
async def following(pool: asyncpg.Pool) -> AsyncIterator[Feed]:
    """A feed of the service's log."""
    feed = Feed({SOURCE: pool})
    try:
        yield feed
    finally:
        await feed.close()


@asynccontextmanager
async def running(*loops: Callable[[asyncio.Event], Awaitable[None]]) -> AsyncIterator[None]:
    """Loops at work for the time of the block; they must stop soon when it ends."""
    stop = asyncio.Event()
    tasks = [asyncio.ensure_future(loop(stop)) for loop in loops]
    try:
        yield
    finally:
        seconds = stopwatch()
        stop.set()
        async with asyncio.timeout(PATIENCE_SECONDS):
            await asyncio.gather(*tasks)
        assert seconds() < STOP_SECONDS


def projecting(
    service: Telling, bus: Bus, projection: Projection, member: str = "one"
) -> Callable[[asyncio.Event], Awaitable[None]]:
    """A projector as a loop."""
    projector = Projector(service.pool, projection)
    return lambda stop: projector.run(bus, member, stop, PACE)


def relaying(
    service: Telling, feed: Bus, bus: Bus, member: str = "one"
) -> Callable[[asyncio.Event], Awaitable[None]]:
    """A relay as a loop."""
    relay = Relay(service.pool, feed, bus, watch_seconds=0.5)
    return lambda stop: relay.run(SOURCE, member, stop, PACE)


async def eventually(claim: Callable[[], Awaitable[bool]]) -> None:
    """Wait until it is true.

    Raises:
        TimeoutError: it does not come true in time.
    """
    async with asyncio.timeout(PATIENCE_SECONDS):
        while not await claim():  # noqa: ASYNC110  # it may come true in the database
            await asyncio.sleep(0.02)

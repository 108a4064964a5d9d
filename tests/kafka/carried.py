"""A story told into the log and carried over Kafka into read tables."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from pathlib import Path

from shared.bus import Message
from shared.bus.feed import Feed
from shared.bus.intake import Intake
from shared.bus.kafka import KafkaBus
from shared.envelope import SLOTS
from shared.errors import Unavailable
from shared.frozen import frozen
from shared.projection import Projection, ReadTables, create_tables
from shared.projection_testing import Rows, rows_of
from shared.settings import BusSettings
from tests.consuming import Telling, following, projecting, relaying, telling
from tests.fresh_databases import FreshDatabase
from tests.patience import PATIENCE_SECONDS
from tests.progress import SOURCE, Log, Progress, Told, projection

EVERY_SLOT = dict.fromkeys(range(SLOTS), 0)
LOOK_SECONDS = 0.5
Loop = Callable[[asyncio.Event], Awaitable[None]]


@frozen
class Carried:
    """The service, its bus, and who hears it."""

    service: Telling
    feed: Feed
    bus: KafkaBus
    settings: BusSettings
    projection: Projection

    @property
    def topic(self) -> str:
        return f"{self.settings.topic_prefix}{SOURCE}"

    def relay(self, member: str = "one") -> Loop:
        return relaying(self.service, self.feed, self.bus, member)

    def projector(self, member: str = "one") -> Loop:
        return projecting(self.service, self.bus, self.projection, member)

    async def delivered(self) -> None:
        await self.service.caught_up(self.projection.name)

    async def published(self) -> None:
        await self.service.caught_up("relay")

    async def rows(self) -> Rows:
        async with self.service.pool.acquire() as connection:
            return await rows_of(connection, self.projection.schema)

    async def rows_of(self, story: Iterable[Told]) -> Rows:
        """What the story comes to when it is told at once, without any bus."""
        log = Log()
        async with self.service.owner.acquire() as connection:
            await create_tables(connection, "expected", self.projection.tables.read_text())
            tables = ReadTables("expected", self.projection.functions)
            await tables.project(connection, [log.record(*part) for part in story])
            return await rows_of(connection, "expected")

    async def heads(self) -> Mapping[int, int]:
        return await self.service.reader.heads()


@asynccontextmanager
async def carried(
    settings: BusSettings, database: FreshDatabase, folder: Path
) -> AsyncIterator[Carried]:
    tables = projection(Progress(), folder)
    async with AsyncExitStack() as stack:
        service = await stack.enter_async_context(telling(database, tables))
        feed = await stack.enter_async_context(following(service.pool))
        bus = await stack.enter_async_context(KafkaBus(settings, look_seconds=LOOK_SECONDS))
        yield Carried(service=service, feed=feed, bus=bus, settings=settings, projection=tables)


async def in_order(bus: KafkaBus, heads: Mapping[int, int]) -> Sequence[Message]:
    """All that was told, as a reader gets it who begins now: nothing missing, nothing twice."""
    return await taken(bus, EVERY_SLOT, heads)


async def taken(
    bus: KafkaBus, positions: Mapping[int, int], heads: Mapping[int, int]
) -> Sequence[Message]:
    """The same after these numbers; brokers may be away meanwhile, or a topic made anew."""
    intake = Intake(positions, 1_000_000)
    missing = sum(number - positions[slot] for slot, number in heads.items())
    messages: list[Message] = []
    async with asyncio.timeout(PATIENCE_SECONDS):
        while len(messages) < missing:
            with suppress(Unavailable):
                subscription = await bus.subscribe(SOURCE, positions)
                try:
                    while len(messages) < missing:
                        messages += intake.take(await subscription.next_batch(5_000, 0.5))
                finally:
                    await subscription.close()
    return messages

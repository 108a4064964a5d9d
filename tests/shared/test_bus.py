"""What every bus promises, on its worst day: one contract, run over each of them."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping, Sequence
from contextlib import (
    AbstractAsyncContextManager,
    AsyncExitStack,
    asynccontextmanager,
    suppress,
)
from pathlib import Path
from types import MappingProxyType
from typing import TypeAlias

import asyncpg
import pytest

from shared import leases
from shared.bus import NO_MARKS, Bus, Message, Subscription
from shared.bus.cloudevents import parsed
from shared.bus.kafka import KafkaBus
from shared.bus.memory import MemoryBus
from shared.bus.unruly import UnrulyBus
from shared.envelope import SLOTS
from shared.errors import Unavailable
from shared.eventstore import slot_of
from shared.frozen import frozen
from shared.leases import Holding, LeaseLost
from shared.projection import Projection, ReadTables, create_tables
from shared.projection_testing import Rows, rows_of
from shared.projector import Projector
from tests.broker import Broker
from tests.consuming import (
    Telling,
    eventually,
    following,
    projecting,
    relaying,
    running,
    telling,
)
from tests.fresh_databases import FreshDatabase
from tests.patience import PATIENCE_SECONDS
from tests.progress import (
    POISON,
    SOURCE,
    Log,
    Progress,
    Told,
    achieved,
    agreed,
    dropped,
    long_story,
    pair,
    projection,
    stream,
)

pytestmark = pytest.mark.integration

Open: TypeAlias = Callable[[pytest.FixtureRequest, asyncpg.Pool], AbstractAsyncContextManager[Bus]]


@asynccontextmanager
async def in_memory(_: pytest.FixtureRequest, __: asyncpg.Pool) -> AsyncIterator[Bus]:
    yield MemoryBus()


def of_the_log(_: pytest.FixtureRequest, pool: asyncpg.Pool) -> AbstractAsyncContextManager[Bus]:
    return following(pool)


def over_kafka(request: pytest.FixtureRequest, _: asyncpg.Pool) -> AbstractAsyncContextManager[Bus]:
    kafka: Broker = request.getfixturevalue("kafka")
    return KafkaBus(kafka.settings())


OPEN: Mapping[str, Open] = MappingProxyType(
    {"memory": in_memory, "feed": of_the_log, "kafka": over_kafka}
)
BUSES = ("memory", "feed", pytest.param("kafka", marks=pytest.mark.kafka))


@frozen
class Line:
    """From a service's log over a bus to the read tables of a consumer."""

    service: Telling
    bus: Bus
    progress: Progress
    projection: Projection

    def projector(self, member: str = "one") -> Callable[[asyncio.Event], Awaitable[None]]:
        return projecting(self.service, self.bus, self.projection, member)

    async def delivered(self) -> None:
        await self.service.caught_up(self.projection.name)

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


@pytest.fixture(params=BUSES)
async def line(
    request: pytest.FixtureRequest, database: FreshDatabase, tmp_path: Path
) -> AsyncIterator[Line]:
    progress = Progress()
    tables = projection(progress, tmp_path)
    async with AsyncExitStack() as stack:
        service = await stack.enter_async_context(telling(database, tables))
        feed = await stack.enter_async_context(following(service.pool))
        bus = await stack.enter_async_context(OPEN[request.param](request, service.pool))
        await stack.enter_async_context(running(relaying(service, feed, bus)))
        unruly = UnrulyBus(bus, seed=7, odds_of_failure=0.02)
        yield Line(service=service, bus=unruly, progress=progress, projection=tables)


async def test_each_event_has_one_effect_in_the_order_of_its_stream(line: Line) -> None:
    story = list(long_story(40, 10))
    async with running(line.projector()):
        for start in range(0, len(story), 50):
            await line.service.tell(story[start : start + 50])
        await line.delivered()
    assert await line.rows() == await line.rows_of(story)


async def test_who_takes_over_goes_on_where_the_killed_one_stopped(line: Line) -> None:
    story = list(long_story(30, 10))
    await line.service.tell(story[:30])
    for member in range(5):
        killed = asyncio.ensure_future(line.projector(str(member))(asyncio.Event()))
        part = story[30 + member * 60 : 90 + member * 60]
        await line.service.tell(part)
        await asyncio.sleep(0.03 * member)
        killed.cancel()
        await asyncio.gather(killed, return_exceptions=True)
    await line.service.tell(story[330:])
    async with running(line.projector("last")):
        await line.delivered()
    assert await line.rows() == await line.rows_of(story)


async def test_two_owners_of_a_slot_never_both_succeed(line: Line) -> None:
    name, pool = line.projection.name, line.service.pool
    await line.service.tell([("ana", agreed("ana")), ("ana", achieved("ana", 5))])
    one, two = (Holding(consumer=name, source=SOURCE, member=member) for member in ("1", "2"))
    async with pool.acquire() as connection:
        await leases.ensure(connection, name, SOURCE)
        former = await leases.keep(connection, one)
        for table in ("leases", "members"):  # it fell asleep
            await connection.execute(f"UPDATE log.{table} SET until = '-infinity'")
        latter = await leases.keep(connection, two)
    projector = Projector(pool, line.projection)
    messages = await received(line.bus, {slot_of(stream("ana")): 0}, 2)
    await projector.handle(two, latter, messages)
    with pytest.raises(LeaseLost):
        await projector.handle(one, former, messages)
    assert [row["reached"] for row in (await line.rows())["progress"]] == [5]


async def test_a_new_member_gets_its_share_of_the_slots(line: Line) -> None:
    story = list(long_story(20, 10))
    async with running(line.projector("one")):
        await line.service.tell(story[:100])
        await eventually(lambda: owns(line, {"one": SLOTS}))
        async with running(line.projector("two")):
            await eventually(lambda: owns(line, {"one": SLOTS // 2, "two": SLOTS // 2}))
            await line.service.tell(story[100:])
            await line.delivered()
        await eventually(lambda: owns(line, {"one": SLOTS}))
    assert await line.rows() == await line.rows_of(story)


async def test_poison_holds_its_own_stream_only(line: Line) -> None:
    story = list(long_story(10, 3))
    await line.service.tell(story[:10])
    await line.service.tell([(4, dropped(4, POISON)), *story[10:]])
    async with running(line.projector()):
        await line.delivered()
    reached = {row["pairing_id"]: row["reached"] for row in (await line.rows())["progress"]}
    assert reached == {pair(name): 0 if name == 4 else 6 for name in range(10)}


async def test_a_reader_may_begin_after_any_number(line: Line) -> None:
    await line.service.tell([("ana", agreed("ana", version)) for version in range(1, 9)])
    slot = slot_of(stream("ana"))
    messages = await received(line.bus, {slot: 5}, 3)
    assert [message.number for message in messages] == [6, 7, 8]
    assert {parsed(message.headers).stream for message in messages} == {stream("ana")}
    assert [parsed(message.headers).number for message in messages] == [6, 7, 8]


async def test_lag_is_how_many_numbers_a_consumer_is_behind(line: Line) -> None:
    story = list(long_story(10, 2))
    await line.service.tell(story)
    assert await line.service.lag(line.projection.name) == len(story)
    async with running(line.projector()):
        await line.delivered()
    await line.service.tell([("new", agreed("new"))])
    assert await line.service.lag(line.projection.name) == 1


async def test_what_was_told_without_a_ring_is_heard_a_little_later(line: Line) -> None:
    async with running(line.projector()):
        await line.service.tell([("ana", agreed("ana"))])
        await line.delivered()
        await line.service.tell([("ana", achieved("ana", 3))], quietly=True)
        await line.delivered()
    assert [row["reached"] for row in (await line.rows())["progress"]] == [3]


class CrashAfterAck(Exception):
    """The relay's process is gone, after the bus has taken what it was given."""


class CrashingBus:
    """Takes everything, and lets the one who gave it die before hearing so."""

    def __init__(self, bus: Bus, crashes: int, failure: type[BaseException]) -> None:
        self._bus = bus
        self._crashes = crashes
        self._failure = failure

    async def publish(self, messages: Sequence[Message]) -> None:
        await self._bus.publish(messages)
        self._crash()

    async def subscribe(
        self, source: str, positions: Mapping[int, int], marks: Mapping[int, str] = NO_MARKS
    ) -> Subscription:
        self._crash()
        return await self._bus.subscribe(source, positions, marks)

    def _crash(self) -> None:
        if self._crashes:
            self._crashes -= 1
            raise self._failure


@pytest.mark.parametrize("failure", [CrashAfterAck, asyncio.CancelledError])
@pytest.mark.parametrize("name", BUSES)
async def test_what_a_relay_publishes_again_after_a_crash_has_no_second_effect(
    name: str,
    failure: type[BaseException],
    request: pytest.FixtureRequest,
    database: FreshDatabase,
    tmp_path: Path,
) -> None:
    """It may be that only what the bus does is called off, and not who waits for it."""
    tables = projection(Progress(), tmp_path)
    async with (
        telling(database, tables) as service,
        following(service.pool) as feed,
        OPEN[name](request, service.pool) as bus,
    ):
        giving, taking = (CrashingBus(bus, 3, failure) for _ in range(2))
        story = list(long_story(12, 5))
        async with running(relaying(service, feed, giving), projecting(service, taking, tables)):
            await service.tell(story)
            await service.caught_up("relay")
            await service.caught_up(tables.name)
        line = Line(service=service, bus=bus, progress=Progress(), projection=tables)
        assert await line.rows() == await line.rows_of(story)


async def received(bus: Bus, positions: Mapping[int, int], count: int) -> list[Message]:
    """Messages of one slot, in order and without copies, however the bus behaves."""
    messages: dict[int, Message] = {}
    async with asyncio.timeout(PATIENCE_SECONDS):
        while len(messages) < count:
            with suppress(Unavailable):
                subscription = await bus.subscribe(SOURCE, positions)
                try:
                    while len(messages) < count:
                        messages |= {
                            message.number: message
                            for message in await subscription.next_batch(100, 0.1)
                            if message.number > positions[message.slot]
                        }
                finally:
                    await subscription.close()
    return [messages[number] for number in sorted(messages)]


async def owns(line: Line, slots: Mapping[str, int]) -> bool:
    counted = "SELECT owner, count(*) FROM log.leases WHERE consumer = $1 GROUP BY owner"
    async with line.service.pool.acquire() as connection:
        rows = await connection.fetch(counted, line.projection.name)
    return {row["owner"]: row["count"] for row in rows} == slots

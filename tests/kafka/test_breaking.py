"""Brokers that crash, forget, and grow: what the log holds arrives, in order, with one effect."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import suppress
from pathlib import Path
from random import Random

import pytest
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.consumer import fetcher

from shared.bus.kafka.following import Following
from shared.bus.kafka.standing import read_mark
from shared.bus.kafka.topics import Topics
from shared.errors import Unavailable
from shared.relay import refill
from tests.broker import Broker, own_broker
from tests.consuming import eventually, running
from tests.fresh_databases import FreshDatabase
from tests.kafka.carried import EVERY_SLOT, Carried, carried, in_order
from tests.patience import PATIENCE_SECONDS
from tests.progress import SOURCE, agreed, long_story

pytestmark = [pytest.mark.kafka, pytest.mark.integration]


@pytest.fixture(scope="module")
def fragile(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Broker]:
    """A broker for these tests alone."""
    with own_broker(tmp_path_factory.mktemp("kafka")) as broker:
        yield broker


@pytest.fixture
async def line(fragile: Broker, database: FreshDatabase, tmp_path: Path) -> AsyncIterator[Carried]:
    async with carried(fragile.settings(partitions=3), database, tmp_path) as here:
        yield here


async def test_a_broker_killed_while_it_is_published_to_loses_and_reorders_nothing(
    line: Carried, fragile: Broker
) -> None:
    story = list(long_story(40, 20))
    async with running(line.relay(), line.projector()):
        for start in range(0, len(story), 40):
            await line.service.tell(story[start : start + 40])
            if start == 200:
                await asyncio.to_thread(fragile.kill)
            if start == 400:
                await asyncio.to_thread(fragile.start)
        await line.delivered()
    assert await line.rows() == await line.rows_of(story)
    assert len(await in_order(line.bus, await line.heads())) == len(story)


async def test_brokers_that_lost_their_disks_are_filled_again_from_the_log(
    line: Carried, fragile: Broker
) -> None:
    story = list(long_story(30, 10))
    async with running(line.relay(), line.projector()):
        await line.service.tell(story[:200])
        await line.delivered()
        await asyncio.to_thread(fragile.wipe)
        await line.service.tell(story[200:])
        await line.delivered()
        assert len(await in_order(line.bus, await line.heads())) == len(story)
    assert await line.rows() == await line.rows_of(story)


async def test_who_leaves_just_as_a_broker_dies_has_left_it(
    line: Carried, fragile: Broker, monkeypatch: pytest.MonkeyPatch
) -> None:
    failed = asyncio.Event()  # from here the client pauses, and leaving is what calls that off
    monkeypatch.setattr(fetcher.log, "error", lambda *_: failed.set())
    subscription = await line.bus.subscribe(SOURCE, EVERY_SLOT)
    assert isinstance(subscription, Following)
    async with running(line.relay()), asyncio.timeout(PATIENCE_SECONDS):
        await line.service.tell([("ana", agreed("ana"))])
        while not await subscription.next_batch(1, 1):  # it waits by itself
            pass
    consumer = subscription._consumer
    assert consumer is not None
    await asyncio.to_thread(fragile.kill)
    try:
        async with asyncio.timeout(PATIENCE_SECONDS):
            await failed.wait()
        await subscription.close()
    finally:
        await asyncio.to_thread(fragile.start)
    assert consumer._client._sync_task is None
    assert not any(each.connected() for each in consumer._client._conns.values())


async def test_a_topic_that_was_deleted_is_made_and_filled_again_though_nothing_is_told(
    line: Carried, fragile: Broker
) -> None:
    story = list(long_story(30, 5))
    async with running(line.relay(), line.projector()):
        await line.service.tell(story)
        await line.delivered()
        await deleted(line, fragile)
        assert len(await in_order(line.bus, await line.heads())) == len(story)
        more = list(long_story(35, 1))[30:35]
        await line.service.tell(more)
        await line.delivered()
    assert await line.rows() == await line.rows_of([*story, *more])


async def grown(line: Carried, partitions: int) -> None:
    """Grown by so many partitions, if the topic is there now."""
    async with Topics(line.settings) as topics:
        for name, topic in (await topics.look([line.topic])).items():
            with suppress(Unavailable):
                await topics.grow(name, topic.partitions + partitions)


async def deleted(line: Carried, fragile: Broker) -> None:
    admin = AIOKafkaAdminClient(bootstrap_servers=fragile.address)
    await admin.start()
    await admin.delete_topics([line.topic])
    await admin.close()


async def test_a_topic_may_grow_while_it_is_in_use(line: Carried) -> None:
    story = list(long_story(40, 20))
    async with running(line.relay(), line.projector()):
        await line.service.tell(story[:200])
        await line.delivered()
        await grown(line, 3)
        for start in range(200, len(story), 20):
            await line.service.tell(story[start : start + 20])
            await asyncio.sleep(0.03)
        await line.delivered()
        await eventually(lambda: is_all_in_its_place(line, 6))
        assert len(await in_order(line.bus, await line.heads())) == len(story)
    assert await line.rows() == await line.rows_of(story)


async def is_all_in_its_place(line: Carried, partitions: int) -> bool:
    """Whether each slot is published whole, to its own among so many partitions."""
    heads = await line.heads()
    rows = await line.service.owner.fetch(
        "SELECT slot, number, mark FROM log.leases WHERE consumer = 'relay'"
    )
    marks = {
        row["slot"]: read_mark(row["mark"].partition(" ")[2])  # dated
        for row in rows
        if row["number"] == heads.get(row["slot"])
    }
    return {slot: mark and mark.partition for slot, mark in marks.items()} == {
        slot: slot % partitions for slot in heads
    }


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(2))
async def test_one_bad_day_after_another_leaves_each_event_with_one_effect(
    line: Carried, fragile: Broker, seed: int
) -> None:
    dice, story, told = Random(seed), list(long_story(40, 20)), 0
    loops = [line.relay("1"), line.relay("2"), line.projector("1"), line.projector("2")]
    async with running(*loops):
        while told < len(story):
            match dice.choice(["kill", "wipe", "delete", "grow", "nothing", "refill"]):
                case "kill":
                    await asyncio.to_thread(fragile.kill)
                    await line.service.tell(story[told : told + 20])
                    told += 20
                    await asyncio.to_thread(fragile.start)
                case "wipe":
                    await asyncio.to_thread(fragile.wipe)
                case "delete":
                    await deleted(line, fragile)
                case "grow":
                    await grown(line, 1)
                case "refill":
                    async with line.service.pool.acquire() as connection:
                        await refill(connection, SOURCE)
                case _:
                    pass
            for _ in range(dice.randint(3, 10)):
                await line.service.tell(story[told : told + 20])
                told += 20
                await asyncio.sleep(dice.random() / 10)
        await line.delivered()
        assert len(await in_order(line.bus, await line.heads())) == len(story)
    assert await line.rows() == await line.rows_of(story)

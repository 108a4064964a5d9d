"""Who follows and who publishes goes on where it was, and clients that fail are made anew."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from pathlib import Path

import pytest
from aiokafka import TopicPartition

from shared import leases
from shared.bus import Message, Subscription
from shared.bus.kafka import KafkaBus, looking
from shared.bus.kafka import following as following_kafka
from shared.bus.kafka.standing import read_mark
from shared.eventstore import slot_of
from shared.leases import Holding
from tests.broker import Broker
from tests.consuming import eventually, running
from tests.fresh_databases import FreshDatabase
from tests.kafka.carried import EVERY_SLOT, Carried, carried, in_order, taken
from tests.patience import PATIENCE_SECONDS
from tests.progress import SOURCE, Log, agreed, long_story, stream
from tests.stopping import stopped_after

pytestmark = [pytest.mark.kafka, pytest.mark.integration]


@pytest.fixture
async def line(kafka: Broker, database: FreshDatabase, tmp_path: Path) -> AsyncIterator[Carried]:
    async with carried(kafka.settings(partitions=3), database, tmp_path) as here:
        yield here


async def test_who_goes_on_from_marks_fetches_only_what_is_new(line: Carried) -> None:
    story = list(long_story(40, 10))
    async with running(line.relay()):
        async with running(line.projector()):
            await line.service.tell(story)
            await line.delivered()
            await eventually(lambda: marked_to_the_end(line))
        await line.service.tell([("new", agreed("new"))])
        await line.published()
    async with line.service.pool.acquire() as connection:
        mine = Holding(consumer=line.projection.name, source=SOURCE, member="again")
        held = await leases.keep(connection, mine)
    marks = {slot: lease.mark for slot, lease in held.items() if lease.mark}
    positions = {slot: lease.number for slot, lease in held.items()}
    assert set(marks) == set(positions)
    await only_what_is_new_is_fetched(line.bus, positions, marks)


async def test_a_topic_that_is_made_later_is_found_soon_however_seldom_one_looks(
    kafka: Broker,
) -> None:
    settings = kafka.settings(partitions=1)
    async with KafkaBus(settings, look_seconds=3600.0) as bus, KafkaBus(settings) as other:
        subscription = await bus.subscribe(SOURCE, EVERY_SLOT)
        await other.publish(Log().messages(("ana", agreed("ana"))))
        assert len(await first_heard(subscription)) == 1
        await subscription.close()


async def test_marks_made_after_the_last_look_hold(
    line: Carried, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(looking, "FRESH_SECONDS", 3600.0)
    story = list(long_story(20, 5))
    async with running(line.relay()), KafkaBus(line.settings) as bus:
        await line.service.tell(story[:1])
        await line.published()
        await (await bus.subscribe(SOURCE, EVERY_SLOT)).close()  # has looked
        await line.service.tell(story[1:])
        await line.published()
        positions = {**EVERY_SLOT, **await line.heads()}
        marks = await marks_after(line.bus, len(story))
        assert set(marks) == set(positions)
        await line.service.tell([("new", agreed("new"))])
        await line.published()
        await only_what_is_new_is_fetched(bus, positions, marks)


async def marks_after(bus: KafkaBus, count: int) -> Mapping[int, str]:
    """The marks of who has heard so many messages."""
    subscription = await bus.subscribe(SOURCE, EVERY_SLOT)
    while count > 0:
        count -= len(await first_heard(subscription))
    marks = subscription.marks()
    await subscription.close()
    return marks


async def only_what_is_new_is_fetched(
    bus: KafkaBus, positions: Mapping[int, int], marks: Mapping[int, str]
) -> None:
    subscription = await bus.subscribe(SOURCE, positions, marks)
    fetched = list(await first_heard(subscription))
    fetched += await subscription.next_batch(5_000, 0.3)
    await subscription.close()
    assert [(each.key, each.number) for each in fetched] == [
        (stream("new"), positions[slot_of(stream("new"))] + 1)
    ]


async def marked_to_the_end(line: Carried) -> bool:
    """Whether each lease keeps where its partition ends: marks are kept when leases are renewed."""
    async with KafkaBus(line.settings) as bus:
        standing = await bus._lookout.look(line.topic)
    assert standing is not None
    async with line.service.pool.acquire() as connection:
        rows = await connection.fetch(
            "SELECT slot, mark FROM log.leases WHERE consumer = $1", line.projection.name
        )
    marks = {row["slot"]: read_mark(row["mark"].partition(" ")[2]) for row in rows}  # dated
    ends = {slot: standing.partitions[standing.partition_of(slot)].end for slot in marks}
    return ends == {slot: mark and mark.offset for slot, mark in marks.items()}


async def first_heard(subscription: Subscription) -> Sequence[Message]:
    async with asyncio.timeout(PATIENCE_SECONDS):
        while True:
            if batch := await subscription.next_batch(5_000, 1):
                return batch


async def test_who_is_stopped_while_it_leaves_the_brokers_has_left_them(line: Carried) -> None:
    async with running(line.relay()):
        await line.service.tell(list(long_story(5, 1)))
        await line.published()
    for steps in range(6):
        subscription = await line.bus.subscribe(SOURCE, EVERY_SLOT)
        assert isinstance(subscription, following_kafka.Following)
        consumer = subscription._consumer
        assert consumer is not None
        await stopped_after(steps, subscription.close())
        await subscription.close()  # had it not begun to leave
        assert consumer._closed
        assert not any(each.connected() for each in consumer._client._conns.values())


async def test_a_mark_of_another_topic_is_no_reason_to_miss_anything(
    line: Carried,
) -> None:
    story = list(long_story(20, 5))
    async with running(line.relay()):
        await line.service.tell(story)
        await line.published()
    nonsense = ("0:5:0.1", "9:0:0.0", "words", "1:-3:x.y", "2:99999999:0.1")
    marks = {slot: nonsense[slot % 5] for slot in EVERY_SLOT}
    subscription = await line.bus.subscribe(SOURCE, EVERY_SLOT, marks)
    count = 0
    async with asyncio.timeout(PATIENCE_SECONDS):
        while count < len(story):
            count += len(await subscription.next_batch(5_000, 0.5))
    await subscription.close()
    heads = await line.heads()
    assert len(await taken(line.bus, EVERY_SLOT, heads)) == len(story)


async def test_a_producer_that_lost_count_is_replaced_and_all_is_published(line: Carried) -> None:
    story = list(long_story(10, 4))
    async with running(line.relay()):
        await line.service.tell(story[:20])
        await line.published()
        producer = line.bus._publisher._producer
        assert producer is not None
        for part in range(3):  # as after an error in the midst of a batch
            where = TopicPartition(line.topic, part)
            producer._txn_manager.increment_sequence_number(where, 7)
        await line.service.tell(story[20:])
        await line.published()
        assert line.bus._publisher._producer is not producer
    assert len(await in_order(line.bus, await line.heads())) == len(story)


async def test_a_client_that_stopped_fetching_is_made_anew(
    line: Carried, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(following_kafka, "STUCK_SECONDS", 0.5)
    await line.service.tell(list(long_story(5, 1)))
    async with running(line.relay()):
        await line.published()
        subscription = await line.bus.subscribe(SOURCE, EVERY_SLOT)
        assert isinstance(subscription, following_kafka.Following)
        assert subscription._consumer is not None
        await subscription.next_batch(5_000, 1)
        subscription._consumer.pause(*subscription._consumer.assignment())
        await line.service.tell([("new", agreed("new"))])
        with pytest.raises(following_kafka.StuckClient):
            await followed_for_ever(subscription)
        await subscription.close()


async def followed_for_ever(subscription: Subscription) -> None:
    async with asyncio.timeout(PATIENCE_SECONDS):
        while True:
            await subscription.next_batch(5_000, 0.2)

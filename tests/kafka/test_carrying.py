"""What travels over Kafka, whatever else stands in its topics and however often it comes."""

import asyncio
import logging
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.admin.records_to_delete import RecordsToDelete

from shared import leases
from shared.bus.kafka import KafkaBus
from shared.bus.kafka.topics import Topics
from shared.leases import Holding, LeaseLost
from shared.relay import Relay, refill
from tests.broker import Broker
from tests.consuming import eventually, relaying, running
from tests.fresh_databases import FreshDatabase
from tests.kafka.carried import EVERY_SLOT, LOOK_SECONDS, Carried, carried, in_order
from tests.progress import SOURCE, Told, achieved, agreed, dropped, long_story, stream

pytestmark = [pytest.mark.kafka, pytest.mark.integration]


@pytest.fixture
async def line(kafka: Broker, database: FreshDatabase, tmp_path: Path) -> AsyncIterator[Carried]:
    async with carried(kafka.settings(partitions=3), database, tmp_path) as here:
        yield here


@asynccontextmanager
async def producing(kafka: Broker) -> AsyncIterator[AIOKafkaProducer]:
    producer = AIOKafkaProducer(bootstrap_servers=kafka.address)
    await producer.start()
    try:
        yield producer
    finally:
        await producer.stop()


async def ends(kafka: Broker, line: Carried) -> dict[TopicPartition, int]:
    consumer = AIOKafkaConsumer(bootstrap_servers=kafka.address)
    await consumer.start()
    try:
        parts = [TopicPartition(line.topic, number) for number in range(3)]
        found: dict[TopicPartition, int] = await consumer.end_offsets(parts)
        return found
    finally:
        await consumer.stop()


async def test_two_relays_on_one_slot_publish_twice_and_readers_take_it_once(
    line: Carried,
) -> None:
    story = list(long_story(10, 5))
    await line.service.tell(story)
    pool = line.service.pool
    one, two = (Holding(consumer="relay", source=SOURCE, member=name) for name in ("1", "2"))
    async with pool.acquire() as connection:
        await leases.ensure(connection, "relay", SOURCE)
        former = await leases.keep(connection, one)
        for table in ("leases", "members"):  # it fell asleep
            await connection.execute(f"UPDATE log.{table} SET until = '-infinity'")
        latter = await leases.keep(connection, two)
    subscription = await line.feed.subscribe(SOURCE, EVERY_SLOT)
    messages = await subscription.next_batch(5_000, 1)
    await subscription.close()
    relay, zombie = (Relay(pool, line.feed, line.bus) for _ in range(2))
    await relay.handle(two, latter, messages)
    with pytest.raises(LeaseLost):
        await zombie.handle(one, former, messages)
    assert len(await in_order(line.bus, await line.heads())) == len(story)


async def test_all_that_is_delivered_twice_has_one_effect(line: Carried, kafka: Broker) -> None:
    story = list(long_story(30, 5))
    async with running(line.relay(), line.projector()):
        await line.service.tell(story)
        await line.delivered()
        async with line.service.pool.acquire() as connection:
            slots = await refill(connection, SOURCE)
        assert len(slots) == len(await line.heads())
        await line.published()
        await line.service.tell([("new", agreed("new"))])
        await line.delivered()
    assert sum((await ends(kafka, line)).values()) >= 2 * len(story) + 1
    assert await line.rows() == await line.rows_of([*story, ("new", agreed("new"))])


async def test_a_record_that_nobody_can_read_travels_and_is_parked(line: Carried) -> None:
    await line.service.tell([("ana", agreed("ana")), ("ben", agreed("ben"))])
    await line.service.spoil("ana", 1)
    async with running(line.relay(), line.projector()):
        await line.delivered()
        async with line.service.pool.acquire() as connection:
            parked = await connection.fetch("SELECT stream, type FROM log.parked")
    assert [tuple(row) for row in parked] == [(stream("ana"), "RoadmapAccepted")]
    assert len((await line.rows())["progress"]) == 1


FOREIGN: tuple[tuple[bytes | None, bytes | None, tuple[tuple[str, bytes], ...]], ...] = (
    (None, b"hello", ()),
    (
        b"\xff\xfe",
        b"{}",
        (
            ("ce_sequence", b"1"),
            ("ce_source", b"/fairlead/sessions"),
            ("ce_partitionkey", b"\xff\xfe"),
        ),
    ),
    (b"goal-1", None, ()),
    (b"goal-1", b"{}", (("ce_sequence", b"1"), ("ce_source", b"/elsewhere"))),
    (b"goal-1", b"{}", (("ce_sequence", b"-4"), ("ce_source", b"/fairlead/sessions"))),
    (b"goal-1", b"{}", (("ce_sequence", b"9" * 40), ("ce_source", b"/fairlead/sessions"))),
    (b"goal-1", b"{}", (("ce_sequence", b"1"), ("ce_source", b"/fairlead/sessions"))),
)


async def test_foreign_messages_are_passed_over_and_told_once_a_reason(
    line: Carried, kafka: Broker, caplog: pytest.LogCaptureFixture
) -> None:
    story = list(long_story(20, 5))
    async with running(line.relay(), line.projector()):
        await line.service.tell(story[:60])
        await line.published()
        async with producing(kafka) as producer:
            for key, value, headers in FOREIGN * 5:
                await producer.send(line.topic, value, key, partition=1, headers=list(headers))
            await producer.flush()
        await line.service.tell(story[60:])
        await line.delivered()
        await eventually(lambda: counted(line.bus, len(FOREIGN) * 5))
    assert await line.rows() == await line.rows_of(story)
    said = [each for each in caplog.records if each.message == "foreign message passed over"]
    assert len(said) == len(line.bus.foreign) == 5


async def counted(bus: KafkaBus, count: int) -> bool:
    return sum(bus.foreign.values()) == count


async def test_a_message_over_the_limit_holds_its_slot_alone_until_the_limit_is_raised(
    kafka: Broker, database: FreshDatabase, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    settings = kafka.settings(partitions=3, message_bytes_max=100_000)
    larger = settings.model_copy(update={"message_bytes_max": 400_000})
    story: list[Told] = [("ana", agreed("ana")), ("ben", agreed("ben"))]
    story += [("ana", dropped("ana", "x" * 200_000)), ("ben", achieved("ben", 3))]
    story += [("ana", achieved("ana", 7, 1))]
    async with carried(settings, database, tmp_path) as line:
        async with running(line.relay(), line.projector()):
            await line.service.tell(story)
            await eventually(lambda: reached(line, [0, 3]))
            await eventually(lambda: warned(caplog, "message refused"))
            await asyncio.sleep(1)  # it is tried again and again
        said = [each for each in caplog.records if each.message == "message refused"]
        assert [each.levelno for each in said] == [logging.ERROR]
        assert "takes 100000: see FAIRLEAD_BUS__MESSAGE_BYTES_MAX" in said[0].__dict__["reason"]
        async with Topics(larger) as topics:
            found = await topics.look([line.topic])
            await topics.configure(found[line.topic])
        async with KafkaBus(larger, LOOK_SECONDS) as bus:
            relay = relaying(line.service, line.feed, bus)
            async with running(relay, line.projector()):
                await line.delivered()
        assert await line.rows() == await line.rows_of(story)


async def reached(line: Carried, wanted: Sequence[int]) -> bool:
    return sorted(row["reached"] for row in (await line.rows())["progress"]) == sorted(wanted)


async def test_numbers_that_were_trimmed_are_told_and_come_back_when_the_relay_is_set_back(
    line: Carried, kafka: Broker, caplog: pytest.LogCaptureFixture
) -> None:
    story = list(long_story(20, 5))
    async with running(line.relay()):
        await line.service.tell(story[:-20])
        await line.published()
        admin = AIOKafkaAdminClient(bootstrap_servers=kafka.address)
        await admin.start()
        until = {part: RecordsToDelete(end) for part, end in (await ends(kafka, line)).items()}
        await admin.delete_records(until)
        await admin.close()
        await line.service.tell(story[-20:])
        await line.published()
        async with running(line.projector()):
            await eventually(lambda: warned(caplog, "numbers missing"))
            async with line.service.pool.acquire() as connection:
                await refill(connection, SOURCE)
            await line.delivered()
    assert await line.rows() == await line.rows_of(story)


async def warned(caplog: pytest.LogCaptureFixture, words: str) -> bool:
    return any(each.message == words for each in caplog.records)

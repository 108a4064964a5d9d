"""A Kafka for benchmarks, and plain programs that write to it and read from it."""

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, TypeAlias

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition

from shared.bus import Message
from shared.bus.cloudevents import header_bytes
from shared.bus.kafka import KafkaBus
from shared.bus.kafka.connecting import arguments
from shared.bus.kafka.following import (
    FETCH_BYTES_MAX,
    FETCH_MILLISECONDS_MAX,
    PARTITION_BYTES_MAX,
)
from shared.bus.kafka.publishing import BATCH_BYTES_MAX
from shared.bus.kafka.topics import topic_of
from shared.settings import BusSettings
from tests.bench.apart import Took, Watch
from tests.broker import Broker

HEAP_MEGABYTES = 512
PAGE = 5_000  # as many as a consumer takes at once
WAIT_SECONDS = 1.0
Records: TypeAlias = Mapping[int, Sequence[Mapping[str, Any]]]  # by partition


@contextmanager
def kafka() -> Iterator[Broker]:
    """One node with more memory than tests give it; its data are deleted at the end."""
    with TemporaryDirectory(prefix="fairlead-bench-", ignore_cleanup_errors=True) as folder:
        broker = Broker(Path(folder), heap_megabytes=HEAP_MEGABYTES)
        try:
            broker.start()
            yield broker
        finally:
            broker.kill()


async def make_topic(settings: BusSettings, service: str) -> None:
    """Make the topic of a service as its settings want it."""
    async with KafkaBus(settings) as bus:
        await bus.lost(service, {})


def records_of(settings: BusSettings, messages: Sequence[Message]) -> Records:
    """The very bytes that a relay sends, by partition."""
    records: dict[int, list[Mapping[str, Any]]] = {}
    for message in messages:
        record = {"timestamp": None, "key": message.key.encode(), "value": message.value}
        headers = header_bytes(message.headers)
        at = message.slot % settings.partitions
        records.setdefault(at, []).append({**record, "headers": headers})
    return records


async def produced(settings: BusSettings, service: str, records: Records, events: int) -> Took:
    """Send the same records over and over in batches; the next are made while some are sent."""
    topic = topic_of(settings, service)
    producer = AIOKafkaProducer(
        acks="all",
        enable_idempotence=True,
        max_batch_size=BATCH_BYTES_MAX,
        **arguments(settings),
    )
    await producer.start()
    await producer.partitions_for(topic)
    watch, sent = Watch(), 0
    before: Sequence[asyncio.Future[Any]] = ()
    while sent < events:
        under_way = await _send(producer, topic, records)
        await asyncio.gather(*before)
        before = under_way
        sent += sum(map(len, records.values()))
    await asyncio.gather(*before)
    took = watch.took(sent)
    await producer.stop()
    return took


async def _send(
    producer: AIOKafkaProducer, topic: str, records: Records
) -> Sequence[asyncio.Future[Any]]:
    under_way: list[asyncio.Future[Any]] = []
    for partition, each in records.items():
        batch = producer.create_batch()
        for record in each:
            if not batch.append(**record):
                under_way.append(await producer.send_batch(batch, topic, partition=partition))
                batch = producer.create_batch()
                batch.append(**record)
        under_way.append(await producer.send_batch(batch, topic, partition=partition))
    return under_way


async def fetched(settings: BusSettings, service: str, events: int) -> Took:
    """Read a topic with the same limits as ours, and look at nothing."""
    consumer = AIOKafkaConsumer(
        enable_auto_commit=False,
        auto_offset_reset="earliest",
        fetch_max_bytes=FETCH_BYTES_MAX,
        max_partition_fetch_bytes=PARTITION_BYTES_MAX,
        fetch_max_wait_ms=FETCH_MILLISECONDS_MAX,
        **arguments(settings),
    )
    watch, count = Watch(), 0
    await consumer.start()
    topic = topic_of(settings, service)
    consumer.assign([TopicPartition(topic, number) for number in range(settings.partitions)])
    await consumer.seek_to_beginning()
    while count < events:
        some = await consumer.getmany(timeout_ms=int(WAIT_SECONDS * 1_000), max_records=PAGE)
        count += sum(map(len, some.values()))
    took = watch.took(count)
    await consumer.stop()
    return took

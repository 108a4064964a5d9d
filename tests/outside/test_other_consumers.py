"""Ordinary consumers of a Kafka platform read the topics: groups that share it, Java's own."""

import asyncio
import json
import subprocess
from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from hashlib import sha256
from pathlib import Path

import pytest
from aiokafka import AIOKafkaConsumer

from shared.bus.cloudevents import parsed
from shared.ids import new_id
from tests.broker import Broker, java_with
from tests.consuming import eventually
from tests.fresh_databases import FreshDatabase
from tests.kafka.carried import Carried
from tests.kafka_jars import jars
from tests.outside.heard import count, told
from tests.patience import PATIENCE_SECONDS
from tests.progress import long_story

pytestmark = [pytest.mark.kafka, pytest.mark.integration]
CONSOLE = "org.apache.kafka.tools.consumer.ConsoleConsumer"


@pytest.fixture
async def here(kafka: Broker, database: FreshDatabase, tmp_path: Path) -> AsyncIterator[Carried]:
    async with told(kafka, database, tmp_path) as carried:
        yield carried


class Group:
    """Members of one consumer group, and what they heard together, in the order they heard it."""

    def __init__(self, here: Carried, broker: Broker) -> None:
        self._here = here
        self._broker = broker
        self._name = f"outside-{new_id().hex}"
        self.heard: dict[tuple[str, int], None] = {}  # stream and number, each once
        self.order: dict[str, list[int]] = defaultdict(list)  # first hearings by stream

    @asynccontextmanager
    async def member(self) -> AsyncIterator[AIOKafkaConsumer]:
        """One more, for the time of the block."""
        consumer = AIOKafkaConsumer(
            self._here.topic,
            bootstrap_servers=self._broker.address,
            group_id=self._name,
            auto_offset_reset="earliest",
            enable_auto_commit=False,
            heartbeat_interval_ms=300,
            max_poll_records=20,
        )
        await consumer.start()
        hearing = asyncio.create_task(self._hear(consumer))
        try:
            yield consumer
        finally:
            hearing.cancel()
            await asyncio.wait([hearing])
            await consumer.stop()

    async def _hear(self, consumer: AIOKafkaConsumer) -> None:
        while True:
            for batch in (await consumer.getmany(timeout_ms=200)).values():
                for message in batch:
                    self._keep({name: value.decode() for name, value in message.headers})

    def _keep(self, headers: dict[str, str]) -> None:
        told = parsed(headers)
        if (told.stream, told.number) not in self.heard:
            self.heard[told.stream, told.number] = None
            self.order[told.stream].append(told.number)

    async def has_heard(self, events: int) -> None:
        async def enough() -> bool:
            return len(self.heard) >= events

        await eventually(enough)

    async def shared_by(self, *members: AIOKafkaConsumer) -> None:
        """Wait until each of them has some partitions, no two the same, and together all."""

        async def all_assigned() -> bool:
            parts = [member.assignment() for member in members]
            together = len(set().union(*parts))
            return all(parts) and sum(map(len, parts)) == together == 4

        await eventually(all_assigned)


async def test_a_group_whose_members_come_and_go_hears_everything_in_order(
    here: Carried, kafka: Broker
) -> None:
    group = Group(here, kafka)
    async with group.member() as first:
        await group.shared_by(first)
        async with group.member() as second:
            await group.shared_by(first, second)
            await here.service.tell(long_story(pairs=40, goals=2))
            await group.has_heard(await count(here))
        await here.service.tell(long_story(pairs=40, goals=2))
        await group.shared_by(first)
        await group.has_heard(await count(here))
    assert len(group.heard) == await count(here)
    assert all(numbers == sorted(numbers) for numbers in group.order.values())


async def test_java_s_own_consumer_reads_the_topic_with_its_headers(
    here: Carried, kafka: Broker
) -> None:
    events = await count(here)
    words = ["--bootstrap-server", kafka.address, "--topic", here.topic, "--from-beginning"]
    for what in ("print.partition", "print.headers", "print.key"):
        words += ["--property", f"{what}=true"]
    words += ["--max-messages", str(events), "--timeout-ms", str(int(PATIENCE_SECONDS * 1000))]
    command = [*java_with(jars()), CONSOLE, *words]
    said = await asyncio.to_thread(
        subprocess.run, command, capture_output=True, text=True, check=True
    )
    written = said.stdout.splitlines()  # its warnings too
    lines = [line.split("\t") for line in written if line.startswith("Partition:")]
    assert len(lines) == events
    for partition, headers, key, value in lines:
        record = json.loads(value)
        given = dict(header.split(":", 1) for header in headers.split(","))
        assert given["ce_type"].startswith("io.fairlead.sessions.")
        assert given["ce_id"] == record["event_id"]
        assert given["ce_partitionkey"] == key == record["stream"]
        slot = int.from_bytes(sha256(key.encode()).digest()[:8], "big") % 64
        assert partition == f"Partition:{slot % 4}"

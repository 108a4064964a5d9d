"""The doctor finds what is wrong around the databases: processes, the disk, and Kafka."""

import asyncio
import socket
from pathlib import Path

import asyncpg
import pytest

from shared.bus.kafka.topics import Topics, topic_of
from shared.cli.doctor import broker, surroundings
from shared.cli.doctor.findings import LIMITS, Limits
from shared.provisioning import SERVICES, Databases
from shared.runtime.status_page import StatusPage, Watched, served
from shared.settings import BusSettings
from tests.broker import Broker
from tests.shared.monitoring.ailing import NOWHERE, codes, lease

pytestmark = pytest.mark.integration


async def test_services_that_are_away_or_not_ready_are_told() -> None:
    page = StatusPage()
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    here, nowhere = f"http://127.0.0.1:{port}", f"http://{NOWHERE}"

    async def fallen() -> str | None:
        return "waiting to start again: sequencer"

    async with served(page, "127.0.0.1", port):
        seen = await surroundings.processes({"matching": here, "sessions": nowhere})
        assert codes(seen) == ["service-not-ready", "service-away"]
        page.is_ready_if(Watched(checks={}, warnings={"loops": fallen}))
        seen = await surroundings.processes({"matching": here})
        assert codes(seen) == ["service-limps"]
        page.is_ready_if(Watched(checks={}))
        assert codes(await surroundings.processes({"matching": here})) == []


def test_a_disk_that_is_nearly_full_is_told(tmp_path: Path) -> None:
    assert codes(surroundings.disk(tmp_path, LIMITS)) == []
    greedy = Limits(disk_free_share=1.0, disk_free_bytes=2**62)
    assert codes(surroundings.disk(tmp_path, greedy)) == ["disk-full"]


async def test_brokers_that_are_away_or_none_at_all_are_told(place: Databases) -> None:
    away = BusSettings(url=f"kafka://{NOWHERE}")
    assert codes(await broker.seen(away, place)) == ["broker-away"]

    async def babble(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        writer.close()

    async with await asyncio.start_server(babble, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        seen = await broker.seen(BusSettings(url=f"kafka://127.0.0.1:{port}"), place)
    assert codes(seen) in (["broker-away"], ["broker-slow"])


@pytest.mark.kafka
async def test_topics_that_do_not_hold_what_they_should_are_told(
    kafka: Broker, place: Databases, owner: asyncpg.Connection
) -> None:
    wanted = kafka.settings(partitions=3)
    small = wanted.model_copy(update={"partitions": 2})
    assert codes(await broker.seen(wanted, place)) == ["topic-missing"] * 4
    async with Topics(small) as topics:
        for service in SERVICES:
            await topics.create(topic_of(small, service))
    assert codes(await broker.seen(wanted, place)) == ["topic-small"] * 4
    seen = await broker.seen(small, place)
    assert (codes(seen), seen.is_fine) == ([], "4 topics with 8 partitions")
    await lease(owner, "relay", "matching", number=3)
    seen = await broker.seen(small, place)
    assert codes(seen) == ["topic-lost-events"]
    assert "lacks at least 3 events" in seen.findings[0].says

"""The broker that tests run on: its jars are the ones that were listed, its data outlive it."""

import asyncio
import random
from collections.abc import Sequence
from pathlib import Path

import pytest

from shared.bus.kafka.topics import Topics, topic_of
from tests import kafka_jars
from tests.broker import free_port, own_broker, shared_broker
from tests.kafka_jars import LIST, NoKafka, jars, known

pytestmark = pytest.mark.kafka


def test_a_jar_that_is_not_the_listed_one_is_refused_and_thrown_away(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    wanted = known(LIST.read_text())
    wrong = next(name for name in wanted if "slf4j-api" in name)

    def fetch(folder: Path, missing: Sequence[str]) -> None:
        for name in missing:
            path = kafka_jars._place(folder, name)
            path.parent.mkdir(parents=True)
            path.write_bytes(b"another jar")

    monkeypatch.setattr(kafka_jars, "_fetch", fetch)
    with pytest.raises(NoKafka, match="is not the jar"):
        jars(tmp_path, {wrong: wanted[wrong]})
    assert not list(tmp_path.rglob("*.jar"))


def test_a_port_is_given_to_one_only_whether_or_not_it_is_in_use_yet(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    given, choice = free_port(), random.choice
    chosen = [given, given]
    monkeypatch.setattr(random, "choice", lambda ports: chosen.pop() if chosen else choice(ports))
    assert free_port() != given
    assert not chosen


@pytest.mark.slow
async def test_a_killed_broker_comes_back_where_it_was_with_what_it_was_told(
    tmp_path: Path,
) -> None:
    with own_broker(tmp_path) as broker:
        settings, address = broker.settings(partitions=2), broker.address
        topic = topic_of(settings, "matching")
        async with Topics(settings) as topics:
            await topics.create(topic)
        await asyncio.to_thread(broker.kill)
        assert not broker.runs()
        await asyncio.to_thread(broker.start)
        assert broker.address == address
        async with Topics(settings) as topics:
            assert await topics.look([topic])
        await asyncio.to_thread(broker.wipe)
        async with Topics(settings) as topics:
            assert not await topics.look([topic])


def test_a_broker_is_shared_and_the_last_to_leave_ends_it(tmp_path: Path) -> None:
    with shared_broker(tmp_path) as first:
        with shared_broker(tmp_path) as second:
            assert second.address == first.address
            assert second.pid == first.pid
        assert first.runs()
    assert not first.runs()

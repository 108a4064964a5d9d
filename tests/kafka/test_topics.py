"""Topics are made, grown and set as the settings want them, and nothing is taken away."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import replace

import pytest

from shared.bus.kafka.topics import Difference, Topic, Topics, differences, topic_of
from shared.settings import BusSettings
from tests.broker import Broker

pytestmark = pytest.mark.kafka
SERVICES = ["enrollment", "matching"]


def with_more(settings: BusSettings, **more: object) -> BusSettings:
    return BusSettings.model_validate(settings.model_dump() | more)


async def looked(topics: Topics, settings: BusSettings) -> Mapping[str, Topic]:
    return await topics.look([topic_of(settings, service) for service in SERVICES])


async def adjusted(settings: BusSettings) -> Sequence[Difference]:
    async with Topics(settings) as topics:
        now = await looked(topics, settings)
        return await topics.adjust(now, differences(settings, SERVICES, now))


async def left(settings: BusSettings) -> Sequence[Difference]:
    async with Topics(settings) as topics:
        return differences(settings, SERVICES, await looked(topics, settings))


async def test_what_is_missing_is_made_and_then_nothing_is_left_to_do(kafka: Broker) -> None:
    settings = kafka.settings(partitions=3)
    assert [one.action for one in await left(settings)] == ["create", "create"]
    await adjusted(settings)
    assert await left(settings) == []
    assert await adjusted(settings) == []


async def test_a_topic_keeps_events_for_ever_whatever_the_brokers_do_by_themselves(
    kafka: Broker,
) -> None:
    settings = kafka.settings(partitions=2, message_bytes_max=5_000_000)
    await adjusted(settings)
    async with Topics(settings) as topics:
        (topic, _) = (await looked(topics, settings)).values()
    assert topic.partitions == 2
    wanted = {"retention.ms": "-1", "retention.bytes": "-1", "cleanup.policy": "delete"}
    assert wanted.items() <= topic.own.items()
    assert topic.own["max.message.bytes"] == "5000000"


async def test_a_topic_with_too_few_partitions_grows(kafka: Broker) -> None:
    settings = kafka.settings(partitions=2)
    await adjusted(settings)
    more = with_more(settings, partitions=5)
    assert {(one.action, one.now, one.wanted) for one in await left(more)} == {("grow", "2", "5")}
    await adjusted(more)
    assert await left(more) == []


async def test_partitions_are_never_taken_away(kafka: Broker) -> None:
    settings = kafka.settings(partitions=4)
    await adjusted(settings)
    fewer = with_more(settings, partitions=2)
    found = await left(fewer)
    assert {one.action for one in found} == {"shrink"}
    assert all(one.needs_an_operator for one in found)
    assert await adjusted(fewer) == []
    assert await left(settings) == []


async def test_copies_are_not_moved_by_us(kafka: Broker) -> None:
    settings = kafka.settings(partitions=1)
    await adjusted(settings)
    assert {one.action for one in await left(with_more(settings, replication_factor=3))} == {
        "move copies"
    }


async def test_what_others_set_on_a_topic_stays(kafka: Broker) -> None:
    settings = kafka.settings(partitions=1)
    await adjusted(settings)
    async with Topics(settings) as topics:
        for topic in (await looked(topics, settings)).values():
            theirs = Topic(
                name=topic.name,
                partitions=1,
                replicas=1,
                values=topic.values,
                own={**topic.own, "segment.bytes": "2000000"},
            )
            await topics.configure(theirs)
    await adjusted(with_more(settings, retention_days=3))
    async with Topics(settings) as topics:
        for topic in (await looked(topics, settings)).values():
            assert topic.own["segment.bytes"] == "2000000"
            assert topic.own["retention.ms"] == str(3 * 24 * 3600 * 1000)


async def test_what_is_set_is_done_when_the_brokers_show_it(
    kafka: Broker, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = kafka.settings(partitions=1)
    await adjusted(settings)
    async with Topics(settings) as topics:
        before = await looked(topics, settings)
        look, late = topics.look, [before, before]

        async def look_late(names: Sequence[str]) -> Mapping[str, Topic]:
            return late.pop() if late else await look(names)

        monkeypatch.setattr(topics, "look", look_late)
        topic = before[topic_of(settings, "matching")]
        await topics.configure(replace(topic, own={**topic.own, "segment.bytes": "2000000"}))
        assert not late


async def test_two_who_make_a_topic_at_once_both_find_it_made(kafka: Broker) -> None:
    settings = kafka.settings(partitions=2)
    await asyncio.gather(*(adjusted(settings) for _ in range(4)))
    assert await left(settings) == []

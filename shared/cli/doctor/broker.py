"""Looks at Kafka: whether it answers, its topics, and whether they hold what was published."""

import asyncio
import logging
from collections.abc import Iterator, Mapping

from shared.bus.kafka.looking import Lookout
from shared.bus.kafka.standing import Standing
from shared.bus.kafka.topics import Difference, Topics, differences, topic_of
from shared.cli.doctor.findings import Finding, Seen, away, counted, wrong
from shared.errors import Unavailable
from shared.provisioning import SERVICES, Databases, connected
from shared.relay import CONSUMER as RELAY
from shared.settings import BusSettings

ANSWER_SECONDS_MAX = 15.0
PART = "kafka"

_PUBLISHED = "SELECT slot, number FROM log.leases WHERE consumer = $1 AND source = $2"


async def seen(bus: BusSettings, databases: Databases) -> Seen:
    """What is wrong with the brokers and the topics."""
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)  # we tell what happened
    try:
        async with asyncio.timeout(ANSWER_SECONDS_MAX):
            return await _seen(bus, databases)
    except Unavailable as reason:
        return away(PART, "broker-away", reason)
    except TimeoutError:
        says = f"{', '.join(bus.brokers)} has not answered for {ANSWER_SECONDS_MAX:.0f} seconds."
        remedy = "See that Kafka is there and no other server, and FAIRLEAD_BUS__URL."
        return Seen(part=PART, findings=[wrong(PART, "broker-slow", says, remedy)])


async def _seen(bus: BusSettings, databases: Databases) -> Seen:
    async with Topics(bus) as there:
        topics = await there.look([topic_of(bus, service) for service in SERVICES])
        found = [_different(each) for each in differences(bus, SERVICES, topics)]
    lookout = Lookout(bus)
    try:
        for service in SERVICES:
            standing = await lookout.look(topic_of(bus, service))
            if standing is not None:
                published = await _published(databases, service)
                found += _missing(standing, published)
    finally:
        await lookout.close()
    partitions = sum(topic.partitions for topic in topics.values())
    told = f"{counted(len(topics), 'topic')} with {counted(partitions, 'partition')}"
    return Seen(part=PART, findings=found, is_fine=told)


async def _published(databases: Databases, service: str) -> Mapping[int, int]:
    """What the relay says is on the topic, slot by slot; nothing if its database is away."""
    try:
        async with connected(databases.dsn(service, "worker")) as db:
            return dict(await db.fetch(_PUBLISHED, RELAY, service))
    except Unavailable:
        return {}


def _missing(standing: Standing, published: Mapping[int, int]) -> Iterator[Finding]:
    """A partition keeps each number at least once, so it holds no fewer messages than numbers."""
    wanted = [0] * len(standing.partitions)
    for slot, number in published.items():
        wanted[standing.partition_of(slot)] += number
    lacking = sum(
        max(0, numbers - (partition.end - partition.first))
        for numbers, partition in zip(wanted, standing.partitions, strict=True)
    )
    if lacking:
        says = f"{standing.topic} lacks at least {counted(lacking, 'event')} that were published."
        remedy = (
            "The relay publishes them again by itself, if a worker runs; if Kafka removes them"
            " anew, `fairlead topics --check` shows how long it keeps events."
        )
        yield wrong(PART, "topic-lost-events", says, remedy)


def _different(each: Difference) -> Finding:
    remedy = "Run `fairlead topics`."
    match each.action:
        case "create":
            code, says = "topic-missing", f"There is no topic {each.topic}."
        case "grow":
            says = f"{each.topic} has {each.now} partitions and {each.wanted} are wanted."
            code = "topic-small"
        case "shrink":
            says = f"{each.topic} has {each.now} partitions, more than the {each.wanted} wanted."
            code, remedy = "topic-large", f"Set FAIRLEAD_BUS__PARTITIONS to {each.now}."
        case "move copies":
            says = f"{each.topic} has {each.now} copies and {each.wanted} are wanted."
            code, remedy = "topic-copies", "Move them with kafka-reassign-partitions."
        case "set":
            says = f"{each.topic} has {each.name}={each.now}, not {each.wanted}."
            code = "topic-settings"
    return wrong(PART, code, says, remedy)

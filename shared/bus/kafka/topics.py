"""The topics: what they should be by the settings, what they are, and the way from one to other."""

import asyncio
from collections.abc import Callable, Iterator, Mapping, Sequence
from types import TracebackType
from typing import Any, Literal, Self, TypeAlias

from aiokafka.admin import AIOKafkaAdminClient, NewPartitions, NewTopic
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from aiokafka.errors import TopicAlreadyExistsError, UnknownTopicOrPartitionError, for_code

from shared.bus.kafka.connecting import BrokersAway, arguments, in_words, start
from shared.errors import Refused
from shared.frozen import frozen
from shared.settings import BusSettings

DAY_MILLISECONDS = 24 * 3600 * 1000
Action: TypeAlias = Literal["create", "grow", "set", "shrink", "move copies"]
SEEN_SECONDS, SEEN_TRIES = 0.05, 200
_SET_ON_THE_TOPIC = 1  # where a value comes from: not the broker's default, but the topic's own


class TopicsNeedAnOperator(Refused):
    """Kafka cannot take partitions away or move copies by itself."""


@frozen
class Topic:
    """A topic as it is."""

    name: str
    partitions: int
    replicas: int
    values: Mapping[str, str]  # its configuration, with what it inherits from the brokers
    own: Mapping[str, str]  # the part that was set on the topic itself


@frozen
class Difference:
    """One thing in which a topic is not as the settings want it."""

    topic: str
    action: Action
    name: str
    now: str
    wanted: str

    @property
    def needs_an_operator(self) -> bool:
        """Whether it is not in our power."""
        return self.action in {"shrink", "move copies"}


def topic_of(settings: BusSettings, service: str) -> str:
    """Where a service's events go."""
    return f"{settings.topic_prefix}{service}"


def configuration(settings: BusSettings) -> Mapping[str, str]:
    """What is set on a topic, so that no default of the brokers takes events away."""
    kept = settings.retention_days * DAY_MILLISECONDS
    return {
        "cleanup.policy": "delete",  # compaction would keep the last event of each stream alone
        "retention.ms": str(kept or -1),
        "retention.bytes": "-1",
        "max.message.bytes": str(settings.message_bytes_max),
    }


def differences(
    settings: BusSettings, services: Sequence[str], topics: Mapping[str, Topic]
) -> Sequence[Difference]:
    """What is to be done so that the topics of these services are as the settings want them."""
    names = (topic_of(settings, service) for service in services)
    return [one for name in names for one in _differences(settings, name, topics.get(name))]


def _differences(settings: BusSettings, name: str, topic: Topic | None) -> Iterator[Difference]:
    def told(action: Action, what: str, now: object, wanted: object) -> Difference:
        return Difference(topic=name, action=action, name=what, now=str(now), wanted=str(wanted))

    if topic is None:
        yield told("create", "partitions", 0, settings.partitions)
        return
    if topic.partitions < settings.partitions:
        yield told("grow", "partitions", topic.partitions, settings.partitions)
    if topic.partitions > settings.partitions:
        yield told("shrink", "partitions", topic.partitions, settings.partitions)
    if settings.replication_factor > 0 and topic.replicas != settings.replication_factor:
        yield told("move copies", "copies", topic.replicas, settings.replication_factor)
    for key, value in configuration(settings).items():
        if topic.values.get(key) != value:
            yield told("set", key, topic.values.get(key, ""), value)


class Topics:
    """Looks after the topics of one Kafka, for the time of an `async with` block."""

    def __init__(self, settings: BusSettings) -> None:
        """Know where."""
        self._settings = settings

    async def __aenter__(self) -> Self:
        """Reach the brokers.

        Raises:
            Unavailable: with the reason.
        """
        self._admin = AIOKafkaAdminClient(**arguments(self._settings))
        try:
            await start(self._admin, self._settings)
        except BaseException:
            await self._admin.close()
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None
    ) -> None:
        """Leave them."""
        await self._admin.close()

    async def look(self, names: Sequence[str]) -> Mapping[str, Topic]:
        """The topics of these names that there are.

        Raises:
            Unavailable: the brokers do not answer, or do not allow it.
        """
        with in_words():
            # Asked for by name, a missing topic would be made by brokers that do so by themselves.
            every = await self._admin.describe_topics()
            standing = {
                one["topic"]: one["partitions"]
                for one in every
                if one["topic"] in names and one["partitions"]
            }
            if not standing:
                return {}
            wanted = [ConfigResource(ConfigResourceType.TOPIC, name) for name in standing]
            values, own = _read(await self._admin.describe_configs(wanted))
        return {
            name: Topic(
                name=name,
                partitions=len(partitions),
                replicas=min(len(partition["replicas"]) for partition in partitions),
                values=values[name],
                own=own[name],
            )
            for name, partitions in standing.items()
        }

    async def create(self, name: str) -> None:
        """Make a topic as the settings want it; if it is there already, it stays as it is.

        Raises:
            Unavailable: it was not made, or not for sure.
        """
        settings = self._settings
        topic = NewTopic(name, settings.partitions, 1, topic_configs=dict(configuration(settings)))
        topic.replication_factor = settings.replication_factor  # -1 too, which it does not let pass
        with in_words():
            answer: Any = await self._admin.create_topics([topic])
            _, code, told = answer.topic_errors[0]
            if code not in {0, TopicAlreadyExistsError.errno}:
                raise for_code(code)(told)
        await self._seen(name, lambda _: True)

    async def grow(self, name: str, partitions: int) -> None:
        """Add partitions; the events of slots that move with it have to be published again.

        Raises:
            Unavailable: it did not grow, or not for sure.
        """
        with in_words():
            await self._admin.create_partitions({name: NewPartitions(partitions)})
        await self._seen(name, lambda topic: topic.partitions >= partitions)

    async def _seen(self, name: str, is_so: Callable[[Topic], bool]) -> None:
        """Wait until the brokers have heard what their controller decided."""
        for _ in range(SEEN_TRIES):
            topic = (await self.look([name])).get(name)
            if topic and is_so(topic):
                return
            await asyncio.sleep(SEEN_SECONDS)
        message = f"Kafka did what was asked for with {name} and does not show it."
        raise BrokersAway(message)

    async def configure(self, topic: Topic) -> None:
        """Set our part of the configuration; what others have set on the topic stays.

        Raises:
            Unavailable: it is not set, or not for sure.
        """
        values = {**topic.own, **configuration(self._settings)}
        resource = ConfigResource(ConfigResourceType.TOPIC, topic.name, values)
        with in_words():
            answers: Any = await self._admin.alter_configs([resource])
            for answer in answers:
                for code, told, *_ in answer.resources:
                    if code:
                        raise for_code(code)(told)
        await self._seen(topic.name, lambda now: values.items() <= now.own.items())

    async def remove(self, names: Sequence[str]) -> None:
        """Take topics away with all that is in them; those that are not there are no matter.

        Raises:
            Unavailable: they are not gone, or not for sure.
        """
        with in_words():
            answer: Any = await self._admin.delete_topics(list(names))
            for name, code in answer.topic_error_codes:
                if code not in {0, UnknownTopicOrPartitionError.errno}:
                    raise for_code(code)(name)

    async def adjust(
        self, topics: Mapping[str, Topic], found: Sequence[Difference]
    ) -> Sequence[Difference]:
        """Do what is in our power; what was done.

        Raises:
            Unavailable: part of it may not be done.
        """
        done = [difference for difference in found if not difference.needs_an_operator]
        for difference in done:
            if difference.action == "create":
                await self.create(difference.topic)
            elif difference.action == "grow":
                await self.grow(difference.topic, self._settings.partitions)
        for name in {difference.topic for difference in done if difference.action == "set"}:
            await self.configure(topics[name])
        return done


def _read(answers: Sequence[Any]) -> tuple[dict[str, dict[str, str]], dict[str, dict[str, str]]]:
    """The configuration of each topic: all of it, and what is set on the topic itself."""
    every: dict[str, dict[str, str]] = {}
    own: dict[str, dict[str, str]] = {}
    for answer in answers:
        for code, told, _, name, entries in answer.resources:
            if code:
                raise for_code(code)(told)
            every[name] = {entry[0]: entry[1] for entry in entries}
            own[name] = {entry[0]: entry[1] for entry in entries if entry[3] == _SET_ON_THE_TOPIC}
    return every, own

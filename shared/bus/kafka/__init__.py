"""Apache Kafka as the bus: the only place that knows its client."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from types import TracebackType
from typing import Self

from shared.bus import NO_MARKS, Kept, Message, Subscription
from shared.bus.kafka.following import LOOK_SECONDS, Following
from shared.bus.kafka.looking import Lookout
from shared.bus.kafka.publishing import Publisher
from shared.bus.kafka.reading import Reader
from shared.bus.kafka.standing import gone
from shared.bus.kafka.topics import topic_of
from shared.settings import BusSettings


class KafkaBus:
    """Carries messages over Kafka, for the time of an `async with` block."""

    def __init__(self, settings: BusSettings, look_seconds: float = LOOK_SECONDS) -> None:
        """Know where the brokers are; whoever follows a topic looks at it so often."""
        self._settings = settings
        self._look_seconds = look_seconds
        self.foreign: Counter[tuple[str, str]] = Counter()  # passed over, by topic and reason

    async def __aenter__(self) -> Self:
        """Be ready; brokers that are away now are no reason to fail."""
        self._lookout = Lookout(self._settings)
        self._publisher = Publisher(self._settings, self._lookout)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None
    ) -> None:
        """Leave the brokers."""
        await self._publisher.close()
        await self._lookout.close()

    async def publish(self, messages: Sequence[Message]) -> None:
        """Publish, whatever was published before; see `shared.bus.Bus`."""
        sources = {message.source for message in messages}
        for source in sources:
            told = [message for message in messages if message.source == source]
            await self._publisher.publish(source, told, None)

    async def publish_after(self, marks: Mapping[int, str], messages: Sequence[Message]) -> Kept:
        """Publish messages of one source; see `shared.bus.Broker`."""
        return await self._publisher.publish(messages[0].source, messages, marks)

    async def lost(self, source: str, marks: Mapping[int, str]) -> Collection[int]:
        """Slots to be published again from their first number; see `shared.bus.Broker`."""
        topic = topic_of(self._settings, source)
        standing = await self._lookout.make(topic)
        self._publisher.forget(topic)
        return gone(standing, marks)

    async def subscribe(
        self, source: str, positions: Mapping[int, int], marks: Mapping[int, str] = NO_MARKS
    ) -> Subscription:
        """Follow slots of a source; see `shared.bus.Bus`."""
        topic = topic_of(self._settings, source)
        reader = Reader(source, self.foreign)
        following = Following(self._lookout, reader, topic, positions, self._look_seconds)
        try:
            await following.begin(marks)
        except BaseException:
            await following.close()
            raise
        return following

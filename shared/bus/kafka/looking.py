"""Looks at topics now and then, for all in this process who publish to them or follow them."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack, suppress

from aiokafka import AIOKafkaConsumer, TopicPartition

from shared.bus.kafka.connecting import TROUBLE, arguments, in_words, start, stop
from shared.bus.kafka.standing import EMPTY, Partition, Standing
from shared.bus.kafka.topics import Topics
from shared.errors import Unavailable
from shared.settings import BusSettings
from shared.waiting import to_its_end

log = logging.getLogger(__name__)

FRESH_SECONDS = 1.0  # what is asked at the same moment is asked once
MADE_LOOKS_MAX, MADE_LOOK_SECONDS = 20, 0.1


class Lookout:
    """Asks the brokers how topics stand, one question at a time, and says when they are away."""

    def __init__(self, settings: BusSettings) -> None:
        """Know where; brokers are reached when they are asked first."""
        self.settings = settings
        self._turn = asyncio.Lock()
        self._clock: Callable[[], float] = asyncio.get_running_loop().time
        self._seen: dict[str, tuple[float, Standing | None]] = {}
        self._failure: tuple[float, Unavailable] | None = None
        self._trouble = ""  # what was said last about what is wrong
        self._small: set[str] = set()
        self._clients = AsyncExitStack()
        self._topics: Topics | None = None
        self._consumer: AIOKafkaConsumer | None = None

    async def look(self, topic: str, since: float | None = None) -> Standing | None:
        """How the topic stands, seen not before `since`, or a moment ago; None: it is not there.

        Raises:
            Unavailable: the brokers do not answer.
        """
        oldest = self._clock() - FRESH_SECONDS if since is None else since
        async with self._turn:
            at, standing = self._seen.get(topic, (oldest, None))
            if at <= oldest:
                began = self._clock()  # what happens while they answer may not be in the answer
                standing = await self._answered(lambda: self._look(topic), oldest)
                self._seen[topic] = began, standing
        return standing

    async def make(self, topic: str) -> Standing:
        """How the topic stands now; if it is missing it is made first.

        Raises:
            Unavailable: the brokers do not answer, or do not let us make it.
        """
        asked_at = self._clock()
        standing = await self.look(topic, asked_at)
        if standing is None:
            async with self._turn:
                await self._answered(lambda: self._make(topic), asked_at)
            standing = await self._made(topic)
        self._weigh(standing)
        return standing

    async def _made(self, topic: str) -> Standing:
        """A topic is known to all brokers a little after it was made."""
        for _ in range(MADE_LOOKS_MAX):
            standing = await self.look(topic, self._clock())
            if standing is not None:
                return standing
            await asyncio.sleep(MADE_LOOK_SECONDS)
        message = f"Kafka has made {topic}, and does not know it yet."
        raise Unavailable(message)

    async def close(self) -> None:
        """Leave the brokers."""
        self._topics = self._consumer = None
        with suppress(*TROUBLE):
            await to_its_end(self._clients.aclose())

    async def _answered(
        self, ask: Callable[[], Awaitable[Standing | None]], since: float
    ) -> Standing | None:
        if self._failure is not None and self._failure[0] > since:
            raise self._failure[1]  # somebody else has just asked in vain
        try:
            with in_words():
                answer = await ask()
        except Unavailable as failure:
            self._failure = self._clock(), failure
            await self.close()
            if self._trouble != str(failure):
                self._trouble = str(failure)
                log.warning("kafka away", extra={"reason": str(failure)})
            raise
        if self._trouble:
            self._trouble = ""
            log.info("kafka back")
        return answer

    async def _make(self, topic: str) -> None:
        topics, _ = await self._reached()
        await topics.create(topic)
        log.info("topic made", extra={"topic": topic, "partitions": self.settings.partitions})

    async def _look(self, topic: str) -> Standing | None:
        topics, consumer = await self._reached()
        found = (await topics.look([topic])).get(topic)
        if found is None:
            return None
        parts = [TopicPartition(topic, number) for number in range(found.partitions)]
        # In this order: what comes in between would else stand before the beginning of a
        # partition that was empty.
        ends = await consumer.end_offsets(parts)
        firsts = await consumer.offsets_for_times(dict.fromkeys(parts, 0))
        return Standing(
            topic=topic,
            partitions=[
                Partition(first=firsts[part].offset, first_at=firsts[part].timestamp, end=end)
                if firsts[part]
                else Partition(first=end, first_at=EMPTY, end=end)
                for part, end in sorted(ends.items())
            ],
            message_bytes_max=min(
                self.settings.message_bytes_max,
                int(found.values.get("max.message.bytes", self.settings.message_bytes_max)),
            ),
        )

    async def _reached(self) -> tuple[Topics, AIOKafkaConsumer]:
        if self._topics is None or self._consumer is None:
            topics = await self._clients.enter_async_context(Topics(self.settings))
            consumer = AIOKafkaConsumer(enable_auto_commit=False, **arguments(self.settings))
            self._clients.push_async_callback(stop, consumer)
            await start(consumer, self.settings)
            self._topics, self._consumer = topics, consumer
        return self._topics, self._consumer

    def _weigh(self, standing: Standing) -> None:
        topic, count = standing.topic, len(standing.partitions)
        if count >= self.settings.partitions:
            self._small.discard(topic)
        elif topic not in self._small:
            self._small.add(topic)
            log.warning(
                "topic has fewer partitions than the settings",
                extra={
                    "topic": topic,
                    "partitions": count,
                    "wanted": self.settings.partitions,
                    "remedy": "fairlead topics grows it; until then work goes on with these",
                },
            )

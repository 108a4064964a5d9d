"""Follows slots on their partitions: assigned and sought by us, never by a consumer group."""

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from aiokafka import AIOKafkaConsumer, TopicPartition

from shared.bus import NO_MARKS, Message
from shared.bus.kafka.connecting import arguments, in_words, start, stop
from shared.bus.kafka.looking import Lookout
from shared.bus.kafka.reading import Reader
from shared.bus.kafka.standing import EMPTY, Mark, Partition, Standing, mark_in, read_mark
from shared.errors import Unavailable
from shared.waiting import to_its_end

log = logging.getLogger(__name__)

LOOK_SECONDS = 10.0  # a topic that changed is noticed after this
MISSING_SECONDS = 0.5  # a topic that is not there is looked for again after this
FETCH_BYTES_MAX = 4 << 20  # of one answer; a larger message comes alone
PARTITION_BYTES_MAX = 1 << 20
FETCH_MILLISECONDS_MAX = 1_000  # news are answered at once; without any it is asked again
STUCK_SECONDS = 5.0  # waited in vain while there is more


class StuckClient(Unavailable):
    """Kafka has more messages and the client does not fetch them: it is made anew."""


class Following:
    """A subscription to some slots of one topic."""

    def __init__(
        self,
        lookout: Lookout,
        reader: Reader,
        topic: str,
        positions: Mapping[int, int],
        look_seconds: float = LOOK_SECONDS,
    ) -> None:
        """Follow these slots; the numbers are looked after by whoever reads."""
        self._lookout = lookout
        self._reader = reader
        self._topic = topic
        self._positions = positions
        self._look_seconds = look_seconds
        self._clock: Callable[[], float] = asyncio.get_running_loop().time
        self._consumer: AIOKafkaConsumer | None = None
        self._standing: Standing | None = None
        self._places: dict[int, int] = {}  # of each partition, the next offset
        self._looked_at = 0.0
        self._waited_seconds = 0.0
        self._marks: Mapping[int, str] | None = None  # until a place changes

    async def begin(self, marks: Mapping[int, str]) -> None:
        """Reach the topic and go to the marks; if it is not there yet, wait for it.

        Raises:
            Unavailable: the brokers do not answer.
        """
        self._looked_at = self._clock()
        # To who looked before it was made, a mark is of a partition made anew or beyond its end.
        since = self._looked_at if marks else None
        standing = await self._lookout.look(self._topic, since)
        if standing is None:
            log.info("topic not there yet", extra={"topic": self._topic})
        else:
            known = {slot: mark for slot, text in marks.items() if (mark := read_mark(text))}
            await self._assign(standing, _places(standing, self._positions, known))

    async def next_batch(self, limit: int, timeout_seconds: float) -> Sequence[Message]:
        """See `shared.bus.Subscription`."""
        apart = self._look_seconds if self._standing else MISSING_SECONDS
        if self._clock() >= self._looked_at + apart:
            await self._look_again(apart)
        if self._consumer is None or self._standing is None:
            await asyncio.sleep(min(timeout_seconds, MISSING_SECONDS))
            return ()
        asked_at = self._clock()
        with in_words():
            fetched: Mapping[TopicPartition, Sequence[Any]] = await self._consumer.getmany(
                timeout_ms=max(1, int(timeout_seconds * 1000)), max_records=limit
            )
        if not fetched:
            self._waited_seconds += self._clock() - asked_at
            return ()
        self._waited_seconds = 0.0
        self._marks = None
        messages: list[Message] = []
        for part, records in fetched.items():
            self._know(part.partition, records[0])
            messages += self._reader.messages(records, self._positions)
            self._places[part.partition] = records[-1].offset + 1
        return messages

    def marks(self) -> Mapping[int, str]:
        """See `shared.bus.Subscription`."""
        if self._standing is None:
            return NO_MARKS
        if self._marks is None:
            texts = {part: mark_in(self._standing, part, at) for part, at in self._places.items()}
            partitions = {slot: self._standing.partition_of(slot) for slot in self._positions}
            self._marks = {
                slot: texts[partition] for slot, partition in partitions.items() if texts[partition]
            }
        return self._marks

    async def close(self) -> None:
        """Leave the brokers."""
        consumer, self._consumer = self._consumer, None
        if consumer is not None:
            await to_its_end(stop(consumer))

    def _know(self, number: int, record: Any) -> None:  # noqa: ANN401  # the client's record
        """By its first message, a partition that was empty when we looked is told from one anew."""
        standing = self._standing
        if standing is None or standing.partitions[number].first_at != EMPTY:
            return
        partitions = list(standing.partitions)
        known = Partition(first=record.offset, first_at=record.timestamp, end=record.offset + 1)
        partitions[number] = known
        self._standing = replace(standing, partitions=partitions)

    async def _look_again(self, apart_seconds: float) -> None:
        """Notice what became of the topic: gone, grown, made anew, or not fetched by our client."""
        self._looked_at = self._clock()
        try:
            recently = self._clock() - apart_seconds / 2  # others who follow it look as well
            standing = await self._lookout.look(self._topic, recently)
        except Unavailable:
            return  # the lookout says so, and the client goes on when the brokers are back
        before, self._standing = self._standing, standing
        self._marks = None
        if standing is None:
            self._places = {}
        elif before is None:
            await self._assign(standing, _places(standing, self._positions, {}))
        elif len(standing.partitions) != len(before.partitions) or not _is_same(before, standing):
            kept = {
                number: place
                for number, place in self._places.items()
                if number < len(standing.partitions)
                and standing.partitions[number].follows(before.partitions[number])
                and place <= standing.partitions[number].end
            }
            await self._assign(standing, {**_places(standing, self._positions, {}), **kept})
        elif self._waited_seconds > STUCK_SECONDS and self._is_behind(before):
            raise StuckClient

    def _is_behind(self, standing: Standing) -> bool:
        ends = standing.partitions
        return any(place < ends[number].end for number, place in self._places.items())

    async def _assign(self, standing: Standing, places: Mapping[int, int]) -> None:
        wanted = {standing.partition_of(slot) for slot in self._positions}
        self._places = {number: places[number] for number in wanted}
        self._waited_seconds = 0.0
        if self._consumer is None:
            self._consumer = AIOKafkaConsumer(
                enable_auto_commit=False,
                auto_offset_reset="earliest",
                fetch_max_bytes=FETCH_BYTES_MAX,
                max_partition_fetch_bytes=PARTITION_BYTES_MAX,
                fetch_max_wait_ms=FETCH_MILLISECONDS_MAX,
                consumer_timeout_ms=FETCH_MILLISECONDS_MAX,
                **arguments(self._lookout.settings),
            )
            await start(self._consumer, self._lookout.settings)
        parts = {number: TopicPartition(self._topic, number) for number in self._places}
        self._consumer.assign(list(parts.values()))
        for number, part in parts.items():
            self._consumer.seek(part, self._places[number])
        self._standing, self._marks = standing, None


def _is_same(before: Standing, after: Standing) -> bool:
    pairs = zip(before.partitions, after.partitions, strict=True)
    return all(later.follows(earlier) for earlier, later in pairs)


def _places(
    standing: Standing, positions: Mapping[int, int], marks: Mapping[int, Mark]
) -> dict[int, int]:
    """Where to begin in each partition: where the last of its slots is marked, or at its start."""
    places: dict[int, int] = {}
    for slot in positions:
        number = standing.partition_of(slot)
        partition, mark = standing.partitions[number], marks.get(slot)
        place = partition.first
        if mark is not None and mark.is_of(standing, slot) and mark.offset <= partition.end:
            place = max(place, mark.offset)
        places[number] = min(place, places.get(number, place))
    return places

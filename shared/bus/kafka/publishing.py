"""Publishes in batches of our own, a partition each, and waits until all brokers have them."""

import asyncio
import logging
from collections.abc import Mapping, Sequence
from typing import Any

from aiokafka import AIOKafkaProducer
from aiokafka.producer.message_accumulator import BatchBuilder

from shared.bus import Kept, Message, Place
from shared.bus.kafka.connecting import arguments, in_words, start
from shared.bus.kafka.looking import Lookout
from shared.bus.kafka.sorting import batches, sort, strangers
from shared.bus.kafka.standing import EMPTY, Standing, mark_in, read_mark
from shared.bus.kafka.topics import topic_of
from shared.errors import Unavailable
from shared.settings import BusSettings
from shared.waiting import only_we_are_cancelled, to_its_end

log = logging.getLogger(__name__)

BATCH_BYTES_MAX = 1 << 20
ACK_SECONDS_MAX = 20.0  # a client that has not brought it through by then is made anew
END_SECONDS_MAX = 0.5


class NotAcknowledged(Unavailable):
    """Kafka did not acknowledge in time what was published: it is published again."""


class Publisher:
    """One idempotent producer at a time: whatever goes wrong with it, the next one begins anew.

    A producer that met an error has a hole in its numbering, and would fail from then on.
    """

    def __init__(self, settings: BusSettings, lookout: Lookout) -> None:
        """Know where; brokers are reached when there is something to publish."""
        self._settings = settings
        self._lookout = lookout
        self._producer: AIOKafkaProducer | None = None
        self._standings: dict[str, Standing] = {}  # as they are when marks are compared with them
        self._turn = asyncio.Lock()

    async def publish(
        self, source: str, messages: Sequence[Message], marks: Mapping[int, str] | None
    ) -> Kept:
        """Publish messages of one source; without marks it is not asked what came before.

        Raises:
            Unavailable: some may not be kept; publish all of them again.
        """
        topic = topic_of(self._settings, source)
        async with self._turn:
            try:
                return await self._publish(topic, messages, marks)
            except BaseException:
                self._standings.pop(topic, None)  # brokers may come back without their disks
                await self._abandon()
                raise

    def forget(self, topic: str) -> None:
        """Look again how the topic stands before the next message goes there."""
        self._standings.pop(topic, None)

    async def close(self) -> None:
        """Leave the brokers."""
        await self._abandon()

    async def _publish(
        self, topic: str, messages: Sequence[Message], marks: Mapping[int, str] | None
    ) -> Kept:
        standing, lost = await self._compared(topic, messages, marks)
        found = sort(standing, messages, lost)
        with in_words():
            ends = await self._send(standing, found.partitions)
        now = standing
        if any(standing.partitions[number].first_at == EMPTY for number in ends):
            # Whoever was first: now there is a first message to know the partition by.
            now = self._standings[topic] = await self._lookout.make(topic)
        lost |= _forgotten(
            standing, now, ends, {slot: (marks or {}).get(slot) for slot in found.last}
        )
        partitions = {slot: standing.partition_of(slot) for slot in found.last if slot not in lost}
        places = {
            slot: Place(number=found.last[slot], mark=mark_in(now, number, ends[number]))
            for slot, number in partitions.items()
        }
        return Kept(places=places, refused=found.refused, lost=lost)

    async def _compared(
        self, topic: str, messages: Sequence[Message], marks: Mapping[int, str] | None
    ) -> tuple[Standing, set[int]]:
        """How the topic stands, and the slots whose marks are not of it."""
        standing = self._standings.get(topic)
        if standing is not None and not (marks and strangers(standing, messages, marks)):
            return standing, set()
        # What we know may be older than a mark that another relay has made.
        standing = self._standings[topic] = await self._lookout.make(topic)
        return standing, set() if marks is None else strangers(standing, messages, marks)

    async def _send(
        self, standing: Standing, partitions: Mapping[int, Sequence[Message]]
    ) -> Mapping[int, int]:
        """Send and wait for the brokers; of each partition the offset of the last message."""
        producer = await self._started(standing)
        sent: list[tuple[int, BatchBuilder, asyncio.Future[Any]]] = []
        for number, messages in partitions.items():
            for batch in batches(producer, messages):
                future = await producer.send_batch(batch, standing.topic, partition=number)
                future.add_done_callback(_heard)
                sent.append((number, batch, future))
            await asyncio.sleep(0)  # the first are on their way while the others are made
        answers = await _answers([future for _, _, future in sent])
        ends = {
            number: answer.offset + batch.record_count() - 1
            for (number, batch, _), answer in zip(sent, answers, strict=True)
            if answer.offset >= 0
        }
        if len(ends) < len(partitions):  # the brokers had them already, and do not tell where
            seen = await self._lookout.make(standing.topic)
            ends |= {number: seen.partitions[number].end - 1 for number in partitions}
        return ends

    async def _started(self, standing: Standing) -> AIOKafkaProducer:
        if self._producer is not None:
            known = await self._producer.partitions_for(standing.topic)
            if len(known) < len(standing.partitions):  # it has not heard yet that the topic grew
                await self._abandon()
        if self._producer is None:
            self._producer = AIOKafkaProducer(
                acks="all",
                enable_idempotence=True,
                max_batch_size=min(BATCH_BYTES_MAX, standing.message_bytes_max),
                **arguments(self._settings),
            )
            await start(self._producer, self._settings)
        return self._producer

    async def _abandon(self) -> None:
        """Throw the producer away, with what it has not sent yet."""
        producer, self._producer = self._producer, None
        if producer is not None:
            await to_its_end(_ended(producer))


async def _ended(producer: AIOKafkaProducer) -> None:
    # It would try for ever to send what it holds, and `stop` would wait for that.
    waiting = producer._message_accumulator  # noqa: SLF001  # pyright: ignore[reportPrivateUsage]
    waiting.fail_all(NotAcknowledged())
    try:
        with only_we_are_cancelled():
            async with asyncio.timeout(END_SECONDS_MAX):
                await producer.stop()
    except Exception as error:  # noqa: BLE001  # it is out of order: that is why it has to go
        log.debug("producer did not end", extra={"reason": repr(error)})
    finally:
        await producer.client.close()


def _heard(future: asyncio.Future[Any]) -> None:
    """An error that nobody waits for any more is no news."""
    if not future.cancelled():
        future.exception()


async def _answers(futures: Sequence[asyncio.Future[Any]]) -> Sequence[Any]:
    """What the brokers answer to each batch; the first error among them, if there is one."""
    if not futures:
        return ()
    done, late = await asyncio.wait(
        futures, timeout=ACK_SECONDS_MAX, return_when=asyncio.FIRST_EXCEPTION
    )
    for future in done:
        future.result()
    if late:
        raise NotAcknowledged
    return [future.result() for future in futures]


def _forgotten(
    then: Standing, now: Standing, ends: Mapping[int, int], marks: Mapping[int, str | None]
) -> set[int]:
    """Slots whose partition has changed, or has begun anew, while it was published to."""
    if len(now.partitions) != len(then.partitions):
        return set(marks)
    lost: set[int] = set()
    for slot, text in marks.items():
        number = then.partition_of(slot)
        before = read_mark(text or "")
        went_back = before is not None and ends[number] <= before.offset
        is_gone = now is not then and ends[number] >= now.partitions[number].end
        if went_back or is_gone:
            lost.add(slot)
    return lost

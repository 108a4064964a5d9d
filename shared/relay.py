"""Log to bus: in the order of each slot, at least once; the checkpoint follows what is kept."""

import asyncio
import logging
from collections.abc import Collection, Mapping, Sequence
from time import time_ns

from shared import crashing, leases, tracing
from shared.bus import Broker, Bus, Kept, Message, Place, Refusal
from shared.consumer import Consumer, Held, Pace
from shared.database import Connection, Pool
from shared.envelope import SLOTS
from shared.errors import Unavailable
from shared.leases import Holding, Lease, LeaseLost, move, set_back
from shared.monitoring import counters
from shared.waiting import only_we_are_cancelled, rest, until

log = logging.getLogger(__name__)

CONSUMER = "relay"
ALL_SLOTS = range(SLOTS)
WATCH_SECONDS = 10.0  # what a broker lost is noticed after this, if not by what is told


class Relay:
    """Publishes the log of one service; several may share its slots.

    It is a consumer of its own service's log whose effect is to publish. What it keeps in its
    leases are the numbers published, and the marks of where the broker keeps them: a broker that
    lost them, or keeps them elsewhere by now, gets all of the slot again.
    """

    def __init__(
        self, pool: Pool, feed: Bus, bus: Bus, watch_seconds: float = WATCH_SECONDS
    ) -> None:
        """Read from `feed`, which follows the log, and publish to `bus`."""
        self._watch_seconds = watch_seconds
        self._stop = asyncio.Event()
        self._pool = pool
        self._feed = feed
        self._bus = bus
        self._marks: dict[int, tuple[int, str]] = {}  # by slot, the epoch and what was kept in it
        self._refused: dict[int, int] = {}  # by slot, the number that was complained of

    async def run(self, service: str, member: str, stop: asyncio.Event, pace: Pace) -> None:
        """Publish until `stop` is set; `member` is this worker's own name."""
        mine = Holding(consumer=CONSUMER, source=service, member=member)
        self._stop = stop
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(Consumer(self._pool, self._feed, self, mine, pace).run(stop))
            if isinstance(self._bus, Broker):
                tasks.create_task(self._watch(self._bus, mine, stop))

    async def handle(
        self, mine: Holding, held: Mapping[int, Lease], messages: Sequence[Message]
    ) -> None:
        """Publish, then move the checkpoint: a crash between the two publishes again."""
        began = time_ns()
        crashing.reached("relay: before publishing")
        kept = await self._publish(held, messages)
        crashing.reached("relay: after publishing")
        traces = (message.headers.get("traceparent") for message in messages)
        tracing.published(mine.source, traces, began)
        steps = {slot: (held[slot], place.number) for slot, place in kept.places.items()}
        marks = {slot: place.mark for slot, place in kept.places.items()}
        async with self._pool.acquire() as connection:
            await move(connection, mine, steps, marks)
        self._marks |= {slot: (held[slot].epoch, mark) for slot, mark in marks.items()}
        events = sum(number - lease.number for lease, number in steps.values())
        counters.PUBLISHED.inc(events)
        log.info("batch published", extra={"source": mine.source, "events": events})
        if kept.lost:
            await self._publish_anew(mine.source, kept.lost)
            raise LeaseLost
        if kept.refused:
            self._complain(mine.source, kept.refused)
            raise Held({refusal.message.slot for refusal in kept.refused})

    async def _publish(self, held: Mapping[int, Lease], messages: Sequence[Message]) -> Kept:
        last = {message.slot: message.number for message in messages}
        if isinstance(self._bus, Broker):
            marks = {slot: self._mark(held[slot]) for slot in last}
            kept = await until(self._stop, self._bus.publish_after(marks, messages))
            if kept is None:  # told to stop while the broker was silent
                raise Held(())
            return kept
        await self._bus.publish(messages)
        return Kept(places={slot: Place(number=number, mark="") for slot, number in last.items()})

    def _mark(self, lease: Lease) -> str:
        epoch, mark = self._marks.get(lease.slot, (lease.epoch, lease.mark))
        return mark if epoch == lease.epoch else lease.mark

    def _complain(self, source: str, refused: Sequence[Refusal]) -> None:
        """Say once of each message that it holds its slot."""
        for message, reason in ((refusal.message, refusal.reason) for refusal in refused):
            if self._refused.get(message.slot) != message.number:
                self._refused[message.slot] = message.number
                place = {"slot": message.slot, "number": message.number, "stream": message.key}
                event = {"event": message.headers.get("ce_id"), "reason": reason}
                log.error("message refused", extra={"source": source, **place, **event})

    async def _watch(self, bus: Broker, mine: Holding, stop: asyncio.Event) -> None:
        """Notice what the broker lost while nothing new is told."""
        while not stop.is_set():
            try:
                with only_we_are_cancelled():
                    await self._look(bus, mine, stop)
            except Unavailable:
                pass  # the bus says so itself
            except Exception:
                log.exception("broker not looked at", extra={"source": mine.source})
            await rest(stop, self._watch_seconds)

    async def _look(self, bus: Broker, mine: Holding, stop: asyncio.Event) -> None:
        async with self._pool.acquire() as connection:
            held = await leases.held(connection, mine)
        marks = {slot: lease.mark for slot, lease in held.items() if lease.number}
        if lost := await until(stop, bus.lost(mine.source, marks)):
            await self._publish_anew(mine.source, lost)

    async def _publish_anew(self, source: str, lost: Collection[int]) -> None:
        async with self._pool.acquire() as connection:
            slots = await refill(connection, source, lost)
        if slots:
            fields = {"source": source, "slots": sorted(slots)}
            log.warning("broker lost messages: publishing again", extra=fields)

    async def retry(self, mine: Holding, lease: Lease, stream: str) -> None:
        """Do nothing: a relay publishes every message, whatever is in it."""


async def refill(
    connection: Connection, service: str, slots: Collection[int] = ALL_SLOTS
) -> Collection[int]:
    """Let the relay publish slots of a service again from their first number; it may be running.

    Returns:
        The slots of which something had been published.
    """
    return await set_back(connection, CONSUMER, service, slots)

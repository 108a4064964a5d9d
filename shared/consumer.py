"""The loop behind projectors and reactors: holds slots, follows the bus, hands over in order."""

import asyncio
import logging
from collections.abc import (
    AsyncIterator,
    Awaitable,
    Callable,
    Collection,
    Mapping,
    Sequence,
)
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from typing import Protocol, TypeAlias

from shared import leases, parking
from shared.bus import NO_MARKS, Bus, Message, Subscription
from shared.bus.intake import Intake
from shared.database import Connection, Pool
from shared.errors import Conflict, Unavailable
from shared.frozen import frozen
from shared.leases import Holding, Lease, LeaseLost
from shared.resting import Resting
from shared.waiting import backoff_seconds, called_off, only_we_are_cancelled, rest, until

log = logging.getLogger(__name__)

Positions: TypeAlias = Callable[[], Awaitable[Mapping[int, int]]]

Batch: TypeAlias = tuple[Sequence[Message], Mapping[int, str]]  # and the bus's marks after it

NOTHING: Batch = ((), NO_MARKS)
GAP_SECONDS_MAX = 5.0  # a missing number is asked for again after this
AWAY_SECONDS_MAX = 5.0  # what was away is missed no longer than this after it is back
REMEDY = "if they do not come: fairlead topics refill, with the name of the source"


@frozen
class Pace:
    """How much a consumer takes at once, and how long it waits."""

    batch_events_max: int = 5_000
    wait_seconds: float = 1.0
    term_seconds: float = 10.0  # of a lease; renewed after a third of it


class Handler(Protocol):
    """What is done with messages; all of it in transactions that move the lease's number."""

    async def handle(
        self, mine: Holding, held: Mapping[int, Lease], messages: Sequence[Message]
    ) -> None:
        """Handle messages of held slots, each slot's from its lease's number on without a gap.

        Raises:
            LeaseLost: someone else works on one of the slots; nothing of the rest was done.
            Held: some slots cannot go on now; the leases tell how far the others came.
        """
        ...

    async def retry(self, mine: Holding, lease: Lease, stream: str) -> None:
        """Try a parked stream again, in its order."""
        ...


class Held(Exception):
    """Some slots cannot go on now: they are tried again later, the others go on."""

    def __init__(self, slots: Collection[int]) -> None:
        """Name the slots; whatever was done of them is in their leases."""
        super().__init__(f"slots {sorted(slots)}")
        self.slots = slots


class Consumer:
    """One member among those that work on one source for one projection or reaction."""

    def __init__(self, pool: Pool, bus: Bus, handler: Handler, mine: Holding, pace: Pace) -> None:
        self._pool = pool
        self._bus = bus
        self._handler = handler
        self._mine = replace(mine, term=timedelta(seconds=pace.term_seconds))
        self._pace = pace
        self._clock: Callable[[], float] = asyncio.get_running_loop().time
        self._failures = 0
        self._trouble = ""  # what was said last about what is wrong
        self._resting = Resting(self._clock)
        self._held: Mapping[int, Lease] = {}
        self._marks: Mapping[int, str] = {}  # of what is handled
        self._saved: Mapping[int, str] = {}
        self._fields = {"consumer": mine.consumer, "source": mine.source}

    async def run(self, stop: asyncio.Event, start: Positions | None = None) -> None:
        """Work until `stop` is set, then give the slots back; failures are retried for ever.

        A consumer seen for the first time begins after what `start` says, or at the beginning.
        """
        is_known = False
        while not stop.is_set():
            try:
                with only_we_are_cancelled():
                    if not is_known:
                        await self._introduce(start)
                        is_known = True
                    await self._work(stop)
            except Held as held:
                self._resting.put(held.slots)
            except LeaseLost:
                log.warning("lease lost", extra=self._fields)
            except (Conflict, Unavailable) as reason:
                self._wait_for(reason)
                await rest(stop, min(AWAY_SECONDS_MAX, backoff_seconds(self._failures)))
            except Exception:
                self._failures += 1
                fields = {**self._fields, "attempt": self._failures}
                log.exception("consumer failed", extra=fields)
                await rest(stop, backoff_seconds(self._failures))
        try:
            async with self._pool.acquire() as connection:
                await self._save_marks(connection)
                await leases.leave(connection, self._mine)
        except Exception:
            log.exception("slots not given back", extra=self._fields)

    async def _introduce(self, start: Positions | None) -> None:
        positions = await start() if start else None
        async with self._pool.acquire() as connection:
            await leases.ensure(connection, self._mine.consumer, self._mine.source, positions)

    async def _work(self, stop: asyncio.Event) -> None:
        """Follow the slots that are ours until others are, or one that rested is due again."""
        held = self._held = await self._keep()
        self._marks, self._saved = NO_MARKS, {slot: each.mark for slot, each in held.items()}
        resting = held.keys() & self._resting.slots()
        numbers = {slot: lease.number for slot, lease in held.items() if slot not in resting}
        if not numbers:
            seconds = self._resting.first_end(resting) - self._clock()
            await rest(stop, min(self._pace.term_seconds / 3, max(0.0, seconds)))
            return
        marks = {slot: held[slot].mark for slot in numbers if held[slot].mark}
        subscribing = self._bus.subscribe(self._mine.source, numbers, marks)
        subscription = await until(stop, subscribing, lambda unused: unused.close())
        if subscription is None:
            return
        try:
            intake = Intake(numbers, self._pace.batch_events_max)
            await self._follow(stop, subscription, intake, self._resting.first_end(resting))
        finally:
            await subscription.close()

    async def _follow(
        self, stop: asyncio.Event, subscription: Subscription, intake: Intake, due_at: float
    ) -> None:
        renew_at = self._clock() + self._pace.term_seconds / 3
        complete_at = self._clock()
        async with _ahead(subscription, self._pace) as next_batch:
            while not stop.is_set() and self._clock() < due_at:
                if self._clock() >= renew_at:
                    renewed = await self._keep()
                    if _epochs(renewed) != _epochs(self._held):
                        return
                    renew_at = self._clock() + self._pace.term_seconds / 3
                messages, marks = await until(stop, next_batch()) or NOTHING
                await self._handle(intake.take(messages))
                if not intake.waits:
                    complete_at = self._clock()
                    self._marks = marks
                    if not messages:
                        self._go_on()
                elif intake.is_full or self._clock() > complete_at + GAP_SECONDS_MAX:
                    due_at = min(due_at, await self._leave_alone(intake))

    async def _handle(self, ready: Sequence[Message]) -> None:
        if not ready:
            return
        await self._handler.handle(self._mine, self._held, ready)
        last = {message.slot: message.number for message in ready}
        self._held = {
            slot: replace(lease, number=last[slot]) if slot in last else lease
            for slot, lease in self._held.items()
        }
        self._go_on()
        if back := self._resting.done(last):
            log.info("slots go on", extra={**self._fields, "slots": back})

    async def _leave_alone(self, intake: Intake) -> float:
        """The slots that wait for a number: read from their beginning when the rest ends."""
        missing = intake.missing
        intake.forget(missing)
        async with self._pool.acquire() as connection:
            await leases.mark(connection, self._mine, self._held, dict.fromkeys(missing, ""))
        if news := self._resting.put(missing):
            fields = {**self._fields, "awaited": {slot: missing[slot] for slot in news}}
            log.warning("numbers missing", extra={**fields, "remedy": REMEDY})
        return self._resting.first_end(missing)

    async def _keep(self) -> Mapping[int, Lease]:
        mine = self._mine
        async with self._pool.acquire() as connection:
            await self._save_marks(connection)
            held = await leases.keep(connection, mine)
            asked = await parking.released(connection, mine.consumer, mine.source, held)
        for slot, stream in asked:
            await self._handler.retry(mine, held[slot], stream)
        return held

    async def _save_marks(self, connection: Connection) -> None:
        marks, asleep = self._marks, self._resting.known()
        news = {
            slot: mark
            for slot, mark in marks.items()
            if slot not in asleep and self._saved.get(slot) != mark
        }
        await leases.mark(connection, self._mine, self._held, news)
        self._saved = {**self._saved, **news}

    def _wait_for(self, reason: Exception) -> None:
        """Say once what is wrong, however often it is tried again."""
        self._failures += 1
        if self._trouble != (trouble := f"{type(reason).__name__}: {reason}"):
            self._trouble = trouble
            log.warning("consumer waits", extra={**self._fields, "reason": trouble})

    def _go_on(self) -> None:
        if self._trouble:
            log.info("consumer goes on", extra=self._fields)
        self._trouble, self._failures = "", 0


def _epochs(held: Mapping[int, Lease]) -> Mapping[int, int]:
    return {slot: lease.epoch for slot, lease in held.items()}


@asynccontextmanager
async def _ahead(
    subscription: Subscription, pace: Pace
) -> AsyncIterator[Callable[[], Awaitable[Batch]]]:
    """The next batch is fetched while the last one is handled."""
    wait_seconds = min(pace.wait_seconds, pace.term_seconds / 6)  # a lease is renewed in between

    async def fetched() -> Batch:
        messages = await subscription.next_batch(pace.batch_events_max, wait_seconds)
        return messages, subscription.marks()  # at once: they are of this batch, not of the next

    fetching = asyncio.ensure_future(fetched())

    async def next_batch() -> Batch:
        nonlocal fetching
        batch = await fetching
        fetching = asyncio.ensure_future(fetched())
        return batch

    try:
        yield next_batch
    finally:
        await called_off(fetching)

"""The loop behind projectors and reactors: holds slots, follows the bus, hands over in order."""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from typing import Protocol, TypeAlias

from shared import leases, parking
from shared.bus import Bus, Message, Subscription
from shared.database import Pool
from shared.errors import Conflict, Unavailable
from shared.frozen import frozen
from shared.leases import Holding, Lease, LeaseLost
from shared.waiting import backoff_seconds, rest, until

log = logging.getLogger(__name__)

Positions: TypeAlias = Callable[[], Awaitable[Mapping[int, int]]]

GAP_SECONDS_MAX = 5.0  # a missing number is asked for again after this


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
        """
        ...

    async def retry(self, mine: Holding, lease: Lease, stream: str) -> None:
        """Try a parked stream again, in its order."""
        ...


class Intake:
    """Makes of what the bus delivers what a handler may see: in order, no copies, no gaps."""

    def __init__(self, positions: Mapping[int, int], messages_max: int) -> None:
        self._last = dict(positions)
        self._early: dict[int, dict[int, Message]] = {}
        self._messages_max = messages_max

    def take(self, messages: Iterable[Message]) -> list[Message]:
        """What can be handled now; a number too high is kept until the one before it comes."""
        ready: list[Message] = []
        last = self._last
        for message in messages:
            slot, number = message.slot, message.number
            following = last.get(slot, number) + 1  # of a slot that is not ours: nothing follows
            if number == following:
                last[slot] = number
                ready.append(message)
                if slot in self._early:
                    ready += self._caught_up(slot)
            elif number > following:
                self._early.setdefault(slot, {})[number] = message
        return ready

    @property
    def waits(self) -> bool:
        """Whether a number is missing."""
        return bool(self._early)

    @property
    def is_full(self) -> bool:
        """Whether too much is kept for the sake of a missing number."""
        return sum(map(len, self._early.values())) > self._messages_max

    def _caught_up(self, slot: int) -> list[Message]:
        early, ready = self._early[slot], []
        while (message := early.pop(self._last[slot] + 1, None)) is not None:
            self._last[slot] = message.number
            ready.append(message)
        for number in [number for number in early if number <= self._last[slot]]:
            del early[number]
        if not early:
            del self._early[slot]
        return ready


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

    async def run(self, stop: asyncio.Event, start: Positions | None = None) -> None:
        """Work until `stop` is set, then give the slots back; failures are retried for ever.

        A consumer seen for the first time begins after what `start` says, or at the beginning.
        """
        mine = self._mine
        fields = {"consumer": mine.consumer, "source": mine.source}
        is_known = False
        while not stop.is_set():
            try:
                if not is_known:
                    await self._introduce(start)
                    is_known = True
                await self._work(stop)
            except LeaseLost:
                log.warning("lease lost", extra=fields)
            except (Conflict, Unavailable) as reason:
                self._failures += 1
                log.warning("consumer waits", extra={**fields, "reason": type(reason).__name__})
                await rest(stop, backoff_seconds(self._failures))
            except Exception:
                self._failures += 1
                log.exception("consumer failed", extra={**fields, "attempt": self._failures})
                await rest(stop, backoff_seconds(self._failures))
        try:
            async with self._pool.acquire() as connection:
                await leases.leave(connection, mine)
        except Exception:
            log.exception("slots not given back", extra=fields)

    async def _introduce(self, start: Positions | None) -> None:
        positions = await start() if start else None
        async with self._pool.acquire() as connection:
            await leases.ensure(connection, self._mine.consumer, self._mine.source, positions)

    async def _work(self, stop: asyncio.Event) -> None:
        """Follow the slots that are ours until others are, or a number stays missing."""
        held = await self._keep()
        if not held:
            await rest(stop, self._pace.term_seconds / 3)
            return
        positions = {slot: lease.number for slot, lease in held.items()}
        subscription = await self._bus.subscribe(self._mine.source, positions)
        try:
            await self._follow(stop, subscription, held)
        finally:
            await subscription.close()

    async def _follow(
        self, stop: asyncio.Event, subscription: Subscription, held: Mapping[int, Lease]
    ) -> None:
        pace = self._pace
        numbers = {slot: lease.number for slot, lease in held.items()}
        intake = Intake(numbers, pace.batch_events_max)
        renew_at = self._clock() + pace.term_seconds / 3
        complete_at = self._clock()
        async with _ahead(subscription, pace) as next_batch:
            while not stop.is_set():
                if self._clock() >= renew_at:
                    renewed = await self._keep()
                    if _epochs(renewed) != _epochs(held):
                        return
                    renew_at = self._clock() + pace.term_seconds / 3
                ready = intake.take(await until(stop, next_batch()) or ())
                if ready:
                    await self._handler.handle(self._mine, held, ready)
                    held = _moved(held, ready)
                    self._failures = 0
                if not intake.waits:
                    complete_at = self._clock()
                elif intake.is_full or self._clock() > complete_at + GAP_SECONDS_MAX:
                    log.warning("numbers missing", extra={"source": self._mine.source})
                    return

    async def _keep(self) -> Mapping[int, Lease]:
        mine = self._mine
        async with self._pool.acquire() as connection:
            held = await leases.keep(connection, mine)
            asked = await parking.released(connection, mine.consumer, mine.source, held)
        for slot, stream in asked:
            await self._handler.retry(mine, held[slot], stream)
        return held


def _epochs(held: Mapping[int, Lease]) -> Mapping[int, int]:
    return {slot: lease.epoch for slot, lease in held.items()}


def _moved(held: Mapping[int, Lease], handled: Iterable[Message]) -> Mapping[int, Lease]:
    last = {message.slot: message.number for message in handled}
    return {
        slot: replace(lease, number=last[slot]) if slot in last else lease
        for slot, lease in held.items()
    }


@asynccontextmanager
async def _ahead(
    subscription: Subscription, pace: Pace
) -> AsyncIterator[Callable[[], Awaitable[Sequence[Message]]]]:
    """The next batch is fetched while the last one is handled."""
    wait_seconds = min(pace.wait_seconds, pace.term_seconds / 6)  # a lease is renewed in between

    def fetch() -> asyncio.Task[Sequence[Message]]:
        return asyncio.ensure_future(subscription.next_batch(pace.batch_events_max, wait_seconds))

    fetching = fetch()

    async def next_batch() -> Sequence[Message]:
        nonlocal fetching
        messages = await fetching
        fetching = fetch()
        return messages

    try:
        yield next_batch
    finally:
        fetching.cancel()
        await asyncio.gather(fetching, return_exceptions=True)

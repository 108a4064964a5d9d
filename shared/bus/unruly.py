"""A bus that does all that a bus may do: repeats, goes back, mixes slots, and fails at times."""

from collections import defaultdict, deque
from collections.abc import Callable, Mapping, Sequence
from random import Random

from shared.bus import NO_MARKS, Bus, Message, Subscription
from shared.errors import Unavailable

REMEMBERED = 50  # messages of a slot that may come again
ODDS = 0.3


class BusAway(Unavailable):
    """The bus does not answer now."""


class UnrulyBus:
    """Another bus at its worst; what works on this one works on each."""

    def __init__(self, bus: Bus, seed: int, odds_of_failure: float = 0.0) -> None:
        self._bus = bus
        self._dice = Random(seed)  # noqa: S311  # no secret: it makes a bad day repeatable
        self._odds_of_failure = odds_of_failure

    async def publish(self, messages: Sequence[Message]) -> None:
        """Publish, and at times again, and at times say that it may have failed."""
        await self._bus.publish(messages)
        if self._dice.random() < ODDS:
            await self._bus.publish(messages)
        self._fail()

    async def subscribe(
        self, source: str, positions: Mapping[int, int], marks: Mapping[int, str] = NO_MARKS
    ) -> Subscription:
        """Follow the bus, in disorder."""
        self._fail()
        subscription = await self._bus.subscribe(source, positions, marks)
        return _Disorder(subscription, self._dice, self._fail)

    def _fail(self) -> None:
        if self._dice.random() < self._odds_of_failure:
            raise BusAway


class _Disorder:
    def __init__(self, subscription: Subscription, dice: Random, fail: Callable[[], None]) -> None:
        self._subscription = subscription
        self._dice = dice
        self._fail = fail
        self._late: dict[int, list[Message]] = {}
        self._marks: Mapping[int, str] = {}  # of when nothing came late
        self._recent: defaultdict[int, deque[Message]] = defaultdict(
            lambda: deque(maxlen=REMEMBERED)
        )

    async def next_batch(self, limit: int, timeout_seconds: float) -> Sequence[Message]:
        self._fail()
        by_slot, self._late = self._late, {}
        for message in await self._subscription.next_batch(limit, timeout_seconds):
            by_slot.setdefault(message.slot, []).append(message)
        slots = list(by_slot)
        self._dice.shuffle(slots)
        batch: list[Message] = []
        for slot in slots:
            if self._dice.random() < ODDS:
                self._late[slot] = by_slot[slot]  # another slot's may overtake them
            else:
                batch += self._repeated(slot, by_slot[slot])
        if not self._late:
            self._marks = self._subscription.marks()
        return batch

    def marks(self) -> Mapping[int, str]:
        return self._marks

    async def close(self) -> None:
        await self._subscription.close()

    def _repeated(self, slot: int, messages: Sequence[Message]) -> list[Message]:
        recent = self._recent[slot]
        again = list(recent)[-self._dice.randint(0, len(recent)) :] if recent else []
        recent.extend(messages)
        doubled: list[Message] = []
        for message in messages:
            doubled += [message] * (2 if self._dice.random() < ODDS else 1)
        return again + doubled

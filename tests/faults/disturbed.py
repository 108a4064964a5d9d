"""A service whose bus behaves as badly as a bus may, or whose code is older than the events.

`python -m tests.faults.disturbed serve SERVICE …` takes what is to be wrong from the environment.
"""

import asyncio
import os
import time
from collections import deque
from collections.abc import Mapping, Sequence
from random import Random
from typing import Any

import msgspec

from shared.bus import Message
from shared.bus.feed import Feed
from shared.bus.kafka import KafkaBus
from shared.cli import main
from shared.codec import CODEC

VARIABLE = "DISTURBANCE"
ENTRY = ("-m", "tests.faults.disturbed")
REMEMBERED_MESSAGES = 50


class Disturbance(msgspec.Struct, frozen=True):
    """What is wrong with what a service hears."""

    seed: int = 0
    copies_max: int = 1  # each message comes once to so many times, and old ones again
    shuffled: bool = False  # slots overtake each other
    late_seconds: Mapping[str, float] = {}  # by source: nothing comes so long after the start
    batch_events_max: int = 0  # 0: as many as are asked for
    batch_seconds: float = 0.0  # each batch takes so long
    unknown: Sequence[str] = ()  # types of events that this code has never heard of


class Disturbing:
    """A subscription that hands over what it got, disturbed."""

    def __init__(self, inner: Any, wrong: Disturbance, source: str) -> None:  # noqa: ANN401  # any subscription
        self._inner = inner
        self._wrong = wrong
        self._random = Random(f"{wrong.seed} {source}")
        self._speaks_at = BEGAN + wrong.late_seconds.get(source, 0.0)
        self._old: deque[Message] = deque(maxlen=REMEMBERED_MESSAGES)

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401  # whatever the port has besides
        return getattr(self._inner, name)

    async def next_batch(self, limit: int, timeout_seconds: float) -> Sequence[Message]:
        wrong = self._wrong
        if time.monotonic() < self._speaks_at:
            await asyncio.sleep(timeout_seconds)
            return ()
        if wrong.batch_seconds:
            await asyncio.sleep(wrong.batch_seconds)
        batch = await self._inner.next_batch(wrong.batch_events_max or limit, timeout_seconds)
        if wrong.copies_max > 1:
            batch = self._repeated(batch)
        return self._shuffled(batch) if wrong.shuffled else batch

    def _repeated(self, batch: Sequence[Message]) -> list[Message]:
        told: list[Message] = []
        for message in batch:
            told += [message] * self._random.randint(1, self._wrong.copies_max)
            if self._old and self._random.random() < 0.1:
                told.append(self._random.choice(self._old))
            self._old.append(message)
        return told

    def _shuffled(self, batch: Sequence[Message]) -> list[Message]:
        """Messages of a slot keep their order; slots do not."""
        slots: dict[int, deque[Message]] = {}
        for message in batch:
            slots.setdefault(message.slot, deque()).append(message)
        turns = [message.slot for message in batch]
        self._random.shuffle(turns)
        return [slots[slot].popleft() for slot in turns]


def disturb(bus: type[Any], wrong: Disturbance) -> None:
    """Have all subscriptions of this kind of bus disturbed."""
    plain = bus.subscribe

    async def subscribe(self: Any, source: str, *more: Any, **named: Any) -> Disturbing:  # noqa: ANN401  # any bus
        return Disturbing(await plain(self, source, *more, **named), wrong, source)

    bus.subscribe = subscribe


BEGAN = time.monotonic()

if __name__ == "__main__":
    told = msgspec.json.decode(os.environ.get(VARIABLE, "{}"), type=Disturbance)
    CODEC._events = {name: each for name, each in CODEC._events.items() if name not in told.unknown}
    for kind in (Feed, KafkaBus):
        disturb(kind, told)
    main()

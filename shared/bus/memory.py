"""A bus within one process, for tests and the world in memory."""

import asyncio
from collections import defaultdict
from collections.abc import Mapping, Sequence

from shared.bus import NO_MARKS, Message, Subscription


class MemoryBus:
    """Keeps what was published, each time it was, as a broker does."""

    def __init__(self) -> None:
        self._slots: defaultdict[tuple[str, int], list[Message]] = defaultdict(list)
        self._rings: set[asyncio.Event] = set()

    async def publish(self, messages: Sequence[Message]) -> None:
        for message in messages:
            self._slots[message.source, message.slot].append(message)
        for ring in self._rings:
            ring.set()

    async def subscribe(
        self, source: str, positions: Mapping[int, int], marks: Mapping[int, str] = NO_MARKS
    ) -> Subscription:
        del marks  # numbers are found at once
        slots = {slot: self._slots[source, slot] for slot in positions}
        ring = asyncio.Event()
        self._rings.add(ring)
        return _Following(slots, positions, ring, self._rings)


class _Following:
    def __init__(
        self,
        slots: Mapping[int, list[Message]],
        positions: Mapping[int, int],
        ring: asyncio.Event,
        rings: set[asyncio.Event],
    ) -> None:
        self._slots = slots
        self._next = {slot: _index_after(slots[slot], after) for slot, after in positions.items()}
        self._ring = ring
        self._rings = rings

    async def next_batch(self, limit: int, timeout_seconds: float) -> Sequence[Message]:
        self._ring.clear()
        messages = self._take(limit)
        if messages:
            return messages
        try:
            async with asyncio.timeout(timeout_seconds):
                await self._ring.wait()
        except TimeoutError:
            return ()
        return self._take(limit)

    def marks(self) -> Mapping[int, str]:
        return NO_MARKS

    async def close(self) -> None:
        self._rings.discard(self._ring)

    def _take(self, limit: int) -> Sequence[Message]:
        taken: list[Message] = []
        for slot, index in self._next.items():
            messages = self._slots[slot][index : index + limit - len(taken)]
            self._next[slot] = index + len(messages)
            taken += messages
        return taken


def _index_after(messages: Sequence[Message], number: int) -> int:
    """Where the first message stands that comes after `number`, copies of earlier ones passed."""
    for index, message in enumerate(messages):
        if message.number > number:
            return index
    return len(messages)

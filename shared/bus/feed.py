"""The log itself as a bus: consumers follow the publisher's numbers, woken by its doorbell."""

import asyncio
from collections.abc import Mapping, Sequence

from shared.bus import NO_MARKS, Message, Subscription
from shared.bus.cloudevents import RecordHeaders
from shared.database import Pool
from shared.errors import Unavailable
from shared.eventstore import LogEntry
from shared.eventstore.doorbell import NUMBERED, Listener
from shared.eventstore.log_reader import LogReader
from shared.waiting import called_off, to_its_end

LOOK_SECONDS = 1.0  # a doorbell that was not heard costs no more than this


class UnknownSource(LookupError):
    """No log is known of a service by this name."""


class LogWentBack(Unavailable):
    """A log ends before what was heard of it: an older backup of its database was restored."""


class Feed:
    """Follows logs in Postgres; nothing is carried anywhere, so nothing can be lost on the way."""

    def __init__(self, pools: Mapping[str, Pool]) -> None:
        """Know how to read each service's log: a pool of its database by the service's name."""
        self._readers = {source: LogReader(pool) for source, pool in pools.items()}
        self._wakers = {source: _Waker(pool) for source, pool in pools.items()}

    async def publish(self, messages: Sequence[Message]) -> None:
        """Do nothing: what is numbered in the log is published."""

    async def subscribe(
        self, source: str, positions: Mapping[int, int], marks: Mapping[int, str] = NO_MARKS
    ) -> Subscription:
        del marks  # numbers are found at once
        if source not in self._readers:
            raise UnknownSource(source)
        reader, waker = self._readers[source], self._wakers[source]
        _assert_heard(source, await reader.heads(), positions)
        return _Following(source, reader, positions, waker)

    async def close(self) -> None:
        """Stop listening to doorbells."""
        for waker in self._wakers.values():
            await waker.close()


class _Following:
    def __init__(
        self, source: str, reader: LogReader, positions: Mapping[int, int], waker: "_Waker"
    ) -> None:
        self._source = source
        self._reader = reader
        self._positions = dict(positions)
        self._waker = waker
        self._rung = waker.listen()

    async def next_batch(self, limit: int, timeout_seconds: float) -> Sequence[Message]:
        self._rung.clear()
        messages = await self._read(limit)
        if messages:
            return messages
        try:
            async with asyncio.timeout(timeout_seconds):
                await self._rung.wait()
        except TimeoutError:
            return ()
        return await self._read(limit)

    def marks(self) -> Mapping[int, str]:
        return NO_MARKS

    async def close(self) -> None:
        await self._waker.ignore(self._rung)

    async def _read(self, limit: int) -> Sequence[Message]:
        # At least one of each slot comes, however low the limit: ask for fewer slots then.
        asked = dict(list(self._positions.items())[: max(1, limit)])
        entries = await self._reader.read(asked, limit)
        for entry in entries:
            # Moved to the end, so that each slot has its turn.
            self._positions.pop(entry.slot)
            self._positions[entry.slot] = entry.number
        return [_message(self._source, entry) for entry in entries]


class _Waker:
    """One ear for all who follow the same log in this process."""

    def __init__(self, pool: Pool) -> None:
        self._listener = Listener(pool, NUMBERED)
        self._rings: set[asyncio.Event] = set()
        self._listening: asyncio.Task[None] | None = None

    def listen(self) -> asyncio.Event:
        rung = asyncio.Event()
        self._rings.add(rung)
        if self._listening is None:
            self._listening = asyncio.create_task(self._listen())
        return rung

    async def ignore(self, rung: asyncio.Event) -> None:
        self._rings.discard(rung)
        if not self._rings:
            await self.close()

    async def close(self) -> None:
        listening, self._listening = self._listening, None
        if listening is not None:
            await to_its_end(self._deaf(listening))

    async def _deaf(self, listening: asyncio.Task[None]) -> None:
        await called_off(listening)
        await self._listener.close()

    async def _listen(self) -> None:
        while True:
            await self._listener.wait(LOOK_SECONDS)
            for rung in self._rings:
                rung.set()


def _assert_heard(source: str, heads: Mapping[int, int], positions: Mapping[int, int]) -> None:
    """New events would be given numbers that were heard before, and be passed over unheard.

    Raises:
        LogWentBack: with the slots, and what to do.
    """
    beyond = {slot: n for slot, n in positions.items() if n > heads.get(slot, 0)}
    if beyond:
        ends = {slot: heads.get(slot, 0) for slot in beyond}
        message = (
            f"The log of {source} ends at {ends} by slot, and was heard up to {beyond}: was an"
            " older backup restored? Nothing more of it is heard until the newer one is back, or"
            " those who heard it are restored to the same moment."
        )
        raise LogWentBack(message)


def _message(source: str, entry: LogEntry) -> Message:
    return Message(
        source=source,
        slot=entry.slot,
        number=entry.number,
        key=entry.stream,
        headers=RecordHeaders(source, entry),
        value=entry.record,
    )

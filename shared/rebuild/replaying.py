"""Reads history from the bus and applies it to tables, some slots beside each other."""

import asyncio
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from time import monotonic

from shared.bus import Bus, Message, Subscription
from shared.bus.intake import Intake
from shared.codec import Codec, Undecodable
from shared.database import REPEATABLE, Pool
from shared.envelope import Recorded
from shared.errors import Unavailable
from shared.frozen import frozen
from shared.projection import ReadTables
from shared.rebuild.standing import Numbers

PAGE_EVENTS = 5_000
SLOTS_AT_ONCE = 4  # more readers gain little: beyond it they wait for each other
WAIT_SECONDS = 0.5
SILENCE_SECONDS_MAX = 15.0


class HistoryMissing(Unavailable):
    """The bus does not have what the live tables were made of: fill it again from the logs."""


class RebuildStopped(Exception):
    """An event cannot be applied; a rebuild passes over none."""


@frozen
class Replay:
    """Where history comes from, and the tables that it goes to."""

    pool: Pool
    bus: Bus
    tables: ReadTables
    codec: Codec
    silence_seconds_max: float  # a bus that is silent for longer does not have the history

    async def run(self, after: Numbers, to: Numbers) -> int:
        """Apply what lies between two numbers of each slot.

        Returns:
            How many events that were.

        Raises:
            RebuildStopped: at the first event that cannot be applied.
            HistoryMissing: the bus does not have all of them.
        """
        parts = [
            (source, slots)
            for source in to
            for slots in _parts(after.get(source, {}), to[source])
            if slots
        ]
        turn = asyncio.Semaphore(SLOTS_AT_ONCE)

        async def apply(source: str, slots: Mapping[int, tuple[int, int]]) -> int:
            async with turn:
                return await self._part(source, slots)

        try:
            async with asyncio.TaskGroup() as tasks:
                running = [tasks.create_task(apply(source, slots)) for source, slots in parts]
        except ExceptionGroup as group:  # the others were stopped: say what the first one met
            raise group.exceptions[0] from group
        return sum(task.result() for task in running)

    async def _part(self, source: str, slots: Mapping[int, tuple[int, int]]) -> int:
        count = 0
        subscription = await self.bus.subscribe(source, {slot: slots[slot][0] for slot in slots})
        try:
            async for page in self._pages(subscription, slots):
                await self._apply(page)
                count += len(page)
        finally:
            await subscription.close()
        return count

    async def _pages(
        self, subscription: Subscription, slots: Mapping[int, tuple[int, int]]
    ) -> AsyncIterator[Sequence[Message]]:
        intake = Intake({slot: first for slot, (first, _) in slots.items()}, PAGE_EVENTS)
        missing = sum(last - first for first, last in slots.values())
        heard_at = monotonic()
        while missing:
            batch = await subscription.next_batch(PAGE_EVENTS, WAIT_SECONDS)
            page = [each for each in intake.take(batch) if each.number <= slots[each.slot][1]]
            if page:
                yield page
                missing -= len(page)
                heard_at = monotonic()
            elif monotonic() > heard_at + self.silence_seconds_max:
                raise HistoryMissing

    async def _apply(self, page: Sequence[Message]) -> None:
        try:
            async with self.pool.acquire() as connection, connection.transaction():
                await connection.execute(REPEATABLE)
                # Each event goes as soon as it is folded: a page of them fits no processor's cache.
                await self.tables.project(connection, map(self._decoded, page))
        except RebuildStopped:
            raise
        except Exception as error:
            raise await self._named(page, error) from error

    def _decoded(self, message: Message) -> Recorded:
        try:
            return self.codec.decode(message.value, slot=message.slot, number=message.number)
        except Undecodable as error:
            raise RebuildStopped(_place(message, error)) from error

    async def _named(self, page: Iterable[Message], error: Exception) -> Exception:
        """Find out which event it was: one by one, and nothing of it is kept."""
        async with self.pool.acquire() as connection:
            attempt = connection.transaction()
            await attempt.start()
            try:
                for event in map(self._decoded, page):
                    try:
                        await self.tables.project(connection, [event])
                    except Exception as reason:  # noqa: BLE001  # it is named, not handled
                        return RebuildStopped(
                            f"{event.type}, {event.stream} version {event.version}: {reason}"
                        )
            finally:
                await attempt.rollback()
        return error


def _parts(
    after: Mapping[int, int], to: Mapping[int, int]
) -> Iterable[Mapping[int, tuple[int, int]]]:
    """The slots with anything between two numbers, shared out among those that work at once."""
    slots = {
        slot: (after.get(slot, 0), number)
        for slot, number in to.items()
        if number > after.get(slot, 0)
    }
    names = sorted(slots)
    for first in range(SLOTS_AT_ONCE):
        yield {slot: slots[slot] for slot in names[first::SLOTS_AT_ONCE]}


def _place(message: Message, error: Exception) -> str:
    return f"{message.source} slot {message.slot} number {message.number}: {error}"

"""One trip to the database serves all who came while the trip before was under way."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, TypeVar

from shared.eventstore.failures import DatabaseAway, is_away
from shared.frozen import frozen

Asked = TypeVar("Asked")
Answer = TypeVar("Answer")

TRIPS_MAX = 2  # of one tenant at a time: one is at the disk while the other is prepared
PARTY_MAX = 64  # who travels in a large party waits for all of it


class Held(Exception):
    """Somebody who is not of the party would have to be waited for, by all of it."""


class Together(Generic[Asked, Answer]):
    """Trips of one kind, each for one tenant.

    Who comes while nobody is under way goes at once. Under load, those who wait share a trip, its
    transaction, and its wait for the disk. A trip that fails has changed nothing, and each of its
    party goes again alone and beside all others, so that nobody pays for another; only if the
    database went away is it not known what has changed, and all are told so.
    """

    def __init__(
        self,
        go: Callable[[str, Sequence[Asked]], Awaitable[Sequence[Answer]]],
        go_alone: Callable[[str, Asked], Awaitable[Answer]],
    ) -> None:
        """Say how to travel.

        Args:
            go: answers everybody of a party in their order, or fails for all of them.
            go_alone: answers one, however long that takes.
        """
        self._go = go
        self._go_alone = go_alone
        self._lines: dict[str, _Line[Asked, Answer]] = {}

    async def ask(self, tenant: str, asked: Asked) -> Answer:
        """What is answered to this one."""
        try:
            return await self._in_company(tenant, asked)
        except Held:
            return await self._go_alone(tenant, asked)

    async def _in_company(self, tenant: str, asked: Asked) -> Answer:
        line = self._lines.get(tenant)
        if line is None:
            line = self._lines[tenant] = _Line()
            try:
                answers = await self._go(tenant, (asked,))
            finally:
                self._leave(tenant, line)
            return answers[0]
        answer: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        line.waiting.append(_Traveller(asked=asked, answer=answer))
        if line.under_way < TRIPS_MAX:
            line.under_way += 1
            self._start(tenant, line)
        return await answer

    def _start(self, tenant: str, line: "_Line[Asked, Answer]") -> None:
        trips = asyncio.create_task(self._travel(tenant, line))
        line.trips.add(trips)  # the loop itself does not hold on to it
        trips.add_done_callback(line.trips.discard)

    def _leave(self, tenant: str, line: "_Line[Asked, Answer]") -> None:
        if line.waiting:
            self._start(tenant, line)
            return
        line.under_way -= 1
        if not line.under_way:
            del self._lines[tenant]

    async def _travel(self, tenant: str, line: "_Line[Asked, Answer]") -> None:
        """One trip, begun a moment after it was ordered: who was just served may be back."""
        party = line.party()
        try:
            if party:
                await self._serve(tenant, party)
        finally:
            for each in party:
                each.answer.cancel()  # only if this trip was itself cancelled is anything open
            self._leave(tenant, line)

    async def _serve(self, tenant: str, party: "Sequence[_Traveller[Asked, Answer]]") -> None:
        try:
            answers = await self._go(tenant, [each.asked for each in party])
        except Exception as error:  # noqa: BLE001  # whatever it is, who asked is told
            if len(party) == 1:
                party[0].fail(error)
                return
            for each in party:
                each.fail(_away(error) if is_away(error) else Held())
        else:
            for each, answer in zip(party, answers, strict=True):
                each.succeed(answer)


@frozen
class _Traveller(Generic[Asked, Answer]):
    """Who waits for an answer, unless they were cancelled meanwhile."""

    asked: Asked
    answer: asyncio.Future[Answer]

    def succeed(self, answer: Answer) -> None:
        if not self.answer.done():
            self.answer.set_result(answer)

    def fail(self, error: Exception) -> None:
        if not self.answer.done():
            self.answer.set_exception(error)


class _Line(Generic[Asked, Answer]):
    """Who waits for a trip of one tenant; there is a line only while somebody is under way."""

    __slots__ = ("trips", "under_way", "waiting")

    def __init__(self) -> None:
        self.under_way = 1
        self.waiting: deque[_Traveller[Asked, Answer]] = deque()
        self.trips: set[asyncio.Task[None]] = set()

    def party(self) -> "Sequence[_Traveller[Asked, Answer]]":
        """Those who have waited longest, without any who were cancelled."""
        party: list[_Traveller[Asked, Answer]] = []
        while self.waiting and len(party) < PARTY_MAX:
            traveller = self.waiting.popleft()
            if not traveller.answer.done():
                party.append(traveller)
        return party


def _away(error: Exception) -> DatabaseAway:
    away = DatabaseAway()
    away.__cause__ = error
    return away

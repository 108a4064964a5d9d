"""Those who wait share a trip; nobody pays for another."""

import asyncio
from collections.abc import Sequence

import pytest

from shared.errors import Conflict
from shared.eventstore.failures import DatabaseAway
from shared.eventstore.together import PARTY_MAX, TRIPS_MAX, Together

ORCHARD, HARBOUR = "orchard", "harbour"
WRONG, AWAY = -1, -2


class Ferry:
    """Remembers who travelled with whom; answers everybody with the double of what they asked."""

    def __init__(self) -> None:
        self.trips: list[tuple[str, Sequence[int]]] = []
        self.under_way = 0
        self.under_way_at_most = 0

    async def go(self, tenant: str, party: Sequence[int]) -> Sequence[int]:
        self.trips.append((tenant, tuple(party)))
        self.under_way += 1
        self.under_way_at_most = max(self.under_way_at_most, self.under_way)
        await asyncio.sleep(0.001)
        self.under_way -= 1
        if AWAY in party:
            raise ConnectionResetError
        if WRONG in party:
            raise Conflict
        return [2 * asked for asked in party]

    async def go_alone(self, tenant: str, asked: int) -> int:
        (answer,) = await self.go(tenant, (asked,))
        return answer

    @property
    def sizes(self) -> list[int]:
        return [len(party) for _, party in self.trips]


async def test_who_comes_alone_goes_at_once_and_alone() -> None:
    ferry = Ferry()
    together = Together(ferry.go, ferry.go_alone)
    assert [await together.ask(ORCHARD, asked) for asked in range(3)] == [0, 2, 4]
    assert ferry.sizes == [1, 1, 1]


async def test_those_who_wait_share_a_trip() -> None:
    ferry = Ferry()
    together = Together(ferry.go, ferry.go_alone)
    answers = await asyncio.gather(*(together.ask(ORCHARD, asked) for asked in range(40)))
    assert answers == [2 * asked for asked in range(40)]
    assert ferry.sizes == [1, 39]
    assert ferry.under_way_at_most <= TRIPS_MAX


async def test_a_party_is_no_larger_than_it_may_be() -> None:
    ferry = Ferry()
    together = Together(ferry.go, ferry.go_alone)
    await asyncio.gather(*(together.ask(ORCHARD, asked) for asked in range(3 * PARTY_MAX)))
    assert max(ferry.sizes) == PARTY_MAX
    assert sum(ferry.sizes) == 3 * PARTY_MAX


async def test_tenants_never_travel_together() -> None:
    ferry = Ferry()
    together = Together(ferry.go, ferry.go_alone)
    await asyncio.gather(
        *(together.ask(tenant, ord(tenant[0])) for tenant in (ORCHARD, HARBOUR) * 20)
    )
    assert {tenant for tenant, _ in ferry.trips} == {ORCHARD, HARBOUR}
    assert all(set(party) == {ord(tenant[0])} for tenant, party in ferry.trips)


async def test_one_who_fails_fails_alone() -> None:
    ferry = Ferry()
    together = Together(ferry.go, ferry.go_alone)
    asked = [0, 1, 2, WRONG, 4]
    answers = await asyncio.gather(
        *(together.ask(ORCHARD, each) for each in asked), return_exceptions=True
    )
    assert isinstance(answers[3], Conflict)
    assert [answers[place] for place in (0, 1, 2, 4)] == [0, 2, 4, 8]


async def test_what_a_lost_database_did_is_asked_of_it_no_second_time() -> None:
    ferry = Ferry()
    together = Together(ferry.go, ferry.go_alone)
    answers = await asyncio.gather(
        *(together.ask(ORCHARD, each) for each in (0, 1, AWAY, 3)), return_exceptions=True
    )
    assert answers[0] == 0
    assert all(isinstance(answer, DatabaseAway) for answer in answers[1:])
    assert ferry.sizes == [1, 3]


async def test_who_is_cancelled_while_waiting_does_not_travel() -> None:
    ferry = Ferry()
    together = Together(ferry.go, ferry.go_alone)
    tasks = [asyncio.create_task(together.ask(ORCHARD, asked)) for asked in range(4)]
    await asyncio.sleep(0)
    tasks[2].cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    assert [asked for _, party in ferry.trips for asked in party] == [0, 1, 3]


async def test_who_is_cancelled_under_way_leaves_the_others_in_peace() -> None:
    ferry = Ferry()
    together = Together(ferry.go, ferry.go_alone)
    tasks = [asyncio.create_task(together.ask(ORCHARD, asked)) for asked in range(4)]
    for _ in range(3):
        await asyncio.sleep(0)
    assert ferry.sizes == [1, 3]
    tasks[0].cancel()
    tasks[2].cancel()
    answers = await asyncio.gather(*tasks, return_exceptions=True)
    assert (answers[1], answers[3]) == (2, 6)
    assert await together.ask(ORCHARD, 7) == 14


async def test_after_a_failure_the_way_is_free_again() -> None:
    ferry = Ferry()
    together = Together(ferry.go, ferry.go_alone)
    for wrong in (WRONG, AWAY):
        with pytest.raises((Conflict, ConnectionResetError)):
            await together.ask(ORCHARD, wrong)
    assert await together.ask(ORCHARD, 1) == 2

"""Two hundred at once for one seat, over HTTP and Postgres: one has it, and the log agrees."""

import asyncio
import time
from collections import Counter
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest

from services.matching.domain.pairing import PAIRING
from services.matching.domain.request_desk import DESK
from services.matching.domain.roster import ROSTER
from shared.auth import Role
from shared.events.matching import (
    ParticipantListed,
    ParticipantsPaired,
    RequestReceived,
    RequestSettled,
    SeatReleased,
    SeatReserved,
    SeatsChanged,
)
from tests.matching.cast import enrollment, person
from tests.matching.town import CAUSE, Town
from tests.metrics.serving import listening, served
from tests.world import TENANT

pytestmark = [pytest.mark.integration, pytest.mark.slow]

MANY = 200
PATIENCE = 2  # times as long as others wait until all is quiet
AT_ONCE = 50  # while the stage is set; the race itself has no such limit


async def history(town: Town, stream: str) -> Sequence[Any]:
    store = town.world.apps["matching"].state.ports.store
    async with store.transaction(CAUSE) as transaction:
        found = await transaction.read([stream])
    return list(found[stream].events)


def most_taken(events: Sequence[Any]) -> int:
    """How many seats were taken at most; a prefix with more than there are fails."""
    seats, taken, most = 0, set[Any](), 0
    for event in events:
        match event:
            case ParticipantListed() | SeatsChanged():
                seats = event.seats
            case SeatReserved(pairing_id=pairing):
                taken.add(pairing)
            case SeatReleased(pairing_id=pairing):
                taken.discard(pairing)
            case _:
                pass
        assert len(taken) <= seats, "a prefix of the log is beyond the seats"
        most = max(most, len(taken))
    return most


async def pairs_in_order(town: Town) -> list[ParticipantsPaired]:
    """Every pairing in the order in which it was recorded in the whole log."""
    connection = town.world.connections["matching"]
    rows = await connection.fetch(
        "SELECT stream FROM log.events WHERE type = 'ParticipantsPaired' ORDER BY id"
    )
    pairs = []
    for row in rows:
        told = await history(town, row["stream"])
        pairs += [event for event in told if isinstance(event, ParticipantsPaired)]
    return pairs


def summed_up(answers: Sequence[httpx.Response]) -> Mapping[tuple[int, str], int]:
    return Counter(
        (answer.status_code, "" if answer.status_code < 300 else answer.json()["code"])
        for answer in answers
    )


async def raced(waiting: Sequence[Any]) -> Sequence[httpx.Response]:
    started = time.perf_counter()
    answers: Sequence[httpx.Response] = await asyncio.gather(*waiting)
    seconds = time.perf_counter() - started
    print(f"{len(answers)} at once: {dict(summed_up(answers))} in {seconds:.2f} s")  # noqa: T201  # what this run is for
    return answers


async def gather_in(town: Town, mentors: Mapping[str, int], mentees: Sequence[str]) -> None:
    await town.join(mentors, mentees, settle=False)
    await come_to_rest(town)


async def come_to_rest(town: Town) -> None:
    """So many people take their time on a machine that does other things too."""
    for _ in range(PATIENCE - 1):
        try:
            await town.world.settle()
        except TimeoutError:
            continue
        return
    await town.world.settle()


class Caller:
    """Requests over sockets, each in somebody's name."""

    def __init__(self, town: Town, client: httpx.AsyncClient) -> None:
        self._town = town
        self._client = client

    async def post(self, name: str, path: str, body: object = None, *roles: Role) -> httpx.Response:
        token = self._town.world.issuer.mint(TENANT, str(person(name)), roles)
        key = "".join(each if each.isalnum() else "-" for each in f"{name}{path[-40:]}{body}")
        headers = {"Authorization": f"Bearer {token}", "Idempotency-Key": key[:200]}
        return await self._client.post(path, json=body, headers=headers)

    async def ask(self, name: str, asked: str, limit: asyncio.Semaphore) -> str:
        path = f"/v1/rosters/{enrollment(name)}/requests"
        async with limit:
            answer = await self.post(name, path, {"choices": [str(enrollment(asked))]})
        assert answer.status_code == 201, answer.text
        where: str = answer.json()["request_id"]
        return where

    async def accept(self, name: str, request_id: str) -> httpx.Response:
        return await self.post(name, f"/v1/requests/{request_id}/acceptance")


@asynccontextmanager
async def calling(town: Town) -> AsyncIterator[Caller]:
    town.expects_a_crowd()
    each_its_own = httpx.Limits(max_connections=MANY, max_keepalive_connections=0)
    async with (
        listening() as door,
        served(town.world.apps["matching"], door) as address,
        httpx.AsyncClient(base_url=address, limits=each_its_own, timeout=240) as client,
    ):
        yield Caller(town, client)


async def test_of_two_hundred_requests_accepted_at_once_one_gets_the_seat(town: Town) -> None:
    mentees = [f"mentee {number}" for number in range(MANY)]
    await town.set_policy(open_requests_max=MANY)
    await gather_in(town, {"ana": 1}, mentees)
    limit = asyncio.Semaphore(AT_ONCE)
    async with calling(town) as caller:
        requests = await asyncio.gather(*(caller.ask(name, "ana", limit) for name in mentees))
        answers = await raced([caller.accept("ana", each) for each in requests])
        assert summed_up(answers) == {(200, ""): 1, (409, "mentor_at_capacity"): MANY - 1}
        assert len({each.json()["detail"] for each in answers if each.status_code == 409}) == 1
        assert most_taken(await history(town, f"{ROSTER.category}-{enrollment('ana')}")) == 1
        assert len(await pairs_in_order(town)) == 1
        await come_to_rest(town)
        late = [await town.post("ana", f"/v1/requests/{each}/acceptance") for each in requests]
        assert summed_up(late) == {(200, ""): 1, (409, "mentor_at_capacity"): MANY - 1}
    desk = await history(town, f"{DESK.category}-{enrollment('ana')}")
    came = sum(isinstance(event, RequestReceived) for event in desk)
    went = sum(isinstance(event, RequestSettled) for event in desk)
    assert (came, went) == (MANY, MANY), "who lost the seat was told, and waits no longer"


async def test_of_two_hundred_mentors_a_mentee_says_yes_to_at_once_one_is_theirs(
    town: Town,
) -> None:
    mentors = [f"mentor {number}" for number in range(MANY)]
    await town.set_policy(open_requests_max=MANY)
    await gather_in(town, dict.fromkeys(mentors, 1), ["ben"])
    limit = asyncio.Semaphore(AT_ONCE)
    async with calling(town) as caller:
        requests = await asyncio.gather(*(caller.ask(name, "ben", limit) for name in mentors))
        answers = await raced([caller.accept("ben", each) for each in requests])
    assert summed_up(answers) == {(200, ""): 1, (409, "request_not_open"): MANY - 1}
    assert most_taken(await history(town, f"{ROSTER.category}-{enrollment('ben')}")) == 1
    assert len(await pairs_in_order(town)) == 1


async def test_of_two_hundred_proposals_by_managers_at_once_one_gets_the_seat(town: Town) -> None:
    mentees = [f"mentee {number}" for number in range(MANY)]
    await town.set_policy()
    await gather_in(town, {"ana": 1}, mentees)
    async with calling(town) as caller:
        answers = await raced(
            [
                caller.post(
                    "pia",
                    "/v1/pairings",
                    {"mentor": str(enrollment("ana")), "mentee": str(enrollment(name))},
                    Role.PROGRAM_MANAGER,
                )
                for name in mentees
            ]
        )
    assert summed_up(answers) == {(201, ""): 1, (409, "mentor_at_capacity"): MANY - 1}
    assert most_taken(await history(town, f"{ROSTER.category}-{enrollment('ana')}")) == 1
    (proposed,) = [each.json()["pairing_id"] for each in answers if each.status_code == 201]
    assert await history(town, f"{PAIRING.category}-{proposed}")

"""A matching run through the API: from the request until its draft and its reasons are read."""

import asyncio
import time
from dataclasses import replace
from random import Random
from typing import Any

import httpx

from services.matching.reactions import elsewhere
from shared.events.enrollment import PersonRegistered, ProfileUpdated
from shared.events.vocabulary import CompetencyLevel, Part
from shared.ids import CompetencyId, derived_id, new_id
from tests.bench.figures import Figure, Report
from tests.bench.servers import Place, durable_place
from tests.matching import town as towns
from tests.matching.cast import COHORT, PROGRAM
from tests.matching.town import THEN, Town, joined, position

MENTEES, MENTORS = 1_860, 640
ROUNDS = 3
TOLD_AT_ONCE = 50  # people
LOOK_SECONDS = 0.05
RUN_SECONDS_MAX = 300.0
FUNCTIONS, SKILLS = 12, 64
ZONES = ("Europe/Lisbon", "Europe/Berlin", "Africa/Nairobi", "America/New_York")
NOTES = (
    "One process with the API and the loops of matching, a durable Postgres, and the run's worker.",
    "Draft: until the operation has succeeded, with its record and proof kept.",
    "The first reason of a run reads its record; the next ones have it at hand.",
)


def _facts(name: str, part: Part, random: Random) -> list[tuple[str, Any]]:
    """Somebody with skills of their function, some of them wanted by others."""
    function = random.randrange(FUNCTIONS)
    skills = [(function * 5 + random.randrange(12)) % SKILLS for _ in range(8)]
    known = [CompetencyId(derived_id("skill", number)) for number in dict.fromkeys(skills)]
    levels = tuple(
        CompetencyLevel(competency_id=each, level=random.randrange(1, 6)) for each in known
    )
    goals = tuple(CompetencyId(derived_id("skill", random.randrange(SKILLS))) for _ in range(4))
    place = position(part, function=f"function {function}", time_zone=random.choice(ZONES))
    wants: dict[str, Any] = {"growth_goals": tuple(dict.fromkeys(goals))}
    told: list[tuple[str, Any]] = []
    for stream, fact in joined(name, part, random.randrange(1, 4)):
        match fact:
            case PersonRegistered():
                told.append((stream, replace(fact, position=place)))
            case ProfileUpdated(person_id=who):
                said = {"expertise": levels, **(wants if part is Part.MENTEE else {})}
                told.append((stream, ProfileUpdated(person_id=who, **said, at=THEN)))
            case _:
                told.append((stream, fact))
    return told


async def _filled(town: Town, mentees: int, mentors: int) -> None:
    random = Random(1)
    people = [(f"mentor {n}", Part.MENTOR) for n in range(mentors)]
    people += [(f"mentee {n}", Part.MENTEE) for n in range(mentees)]
    for start in range(0, len(people), TOLD_AT_ONCE):
        facts: list[tuple[str, Any]] = []
        for name, part in people[start : start + TOLD_AT_ONCE]:
            facts += _facts(name, part, random)
        await town.tell("enrollment", facts)
        await town.world.settle()


async def _drafted(pia: httpx.AsyncClient) -> tuple[float, str]:
    """Seconds until a draft is there, and its run."""
    body = {"program_id": str(PROGRAM), "cohort_id": str(COHORT)}
    key = {"Idempotency-Key": str(new_id())}
    begun = time.perf_counter()
    asked = await pia.post("/v1/matching-runs", json=body, headers=key)
    assert asked.status_code == httpx.codes.ACCEPTED, asked.text
    async with asyncio.timeout(RUN_SECONDS_MAX):
        told = (await pia.get(asked.headers["location"])).json()
        while told["finished_at"] is None:
            await asyncio.sleep(LOOK_SECONDS)  # as a page would look
            told = (await pia.get(asked.headers["location"])).json()
    assert told["status"] == "succeeded", told
    return time.perf_counter() - begun, str(told["operation_id"])


async def _asked(pia: httpx.AsyncClient, path: str, **query: str) -> tuple[float, Any]:
    begun = time.perf_counter()
    answer = await pia.get(path, params=query)
    assert answer.status_code == httpx.codes.OK, answer.text
    return 1_000 * (time.perf_counter() - begun), answer.json()


async def _measured(town: Town, rounds: int) -> tuple[list[float], dict[str, list[float]]]:
    drafts: list[float] = []
    reads: dict[str, list[float]] = {}
    async with town.pia() as pia:
        for _ in range(rounds):
            seconds, run = await _drafted(pia)
            drafts.append(seconds)
            path = f"/v1/matching-runs/{run}"
            took, pairs = await _asked(pia, f"{path}/pairs")
            reads.setdefault("a page of its pairs", []).append(took)
            first, second = pairs["items"][0], pairs["items"][1]
            of = first["mentee"]
            for name in ("the first reason", "a reason after it"):
                took, _ = await _asked(pia, f"{path}/pairs/{of}/explanation")
                reads.setdefault(name, []).append(took)
            took, _ = await _asked(pia, f"{path}/why-not", mentee=of, mentor=second["mentor"])
            reads.setdefault("why not somebody else", []).append(took)
            discard = {"reason": "measured"}
            await pia.post(f"{path}/discard", json=discard)
    return drafts, reads


async def _measure(
    place: Place, mentees: int, mentors: int, rounds: int
) -> tuple[list[float], dict[str, list[float]]]:
    async with towns.running(place.databases, place.folder) as town:
        answer = await town.set_policy()
        assert answer.is_success, answer.text
        await _filled(town, mentees, mentors)
        return await _measured(town, rounds)


def measure(*, small: bool = False) -> list[Report]:
    """Seconds until a draft, milliseconds until its reasons."""
    elsewhere.make_ready()
    mentees, mentors, rounds = (60, 30, 1) if small else (MENTEES, MENTORS, ROUNDS)
    with durable_place() as place:
        drafts, reads = asyncio.run(_measure(place, mentees, mentors, rounds))
    figures = [Figure(name="draft", unit="s", runs=drafts)]
    figures += [Figure(name=name, unit="ms", runs=runs) for name, runs in reads.items()]
    title = f"A run through the API, {mentees:,} mentees and {mentors:,} mentors"
    return [Report(title=title, figures=figures, targets={"draft": "a few s"}, notes=NOTES)]

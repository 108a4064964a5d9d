"""Facts of one moment are heard in any order, or read before one another: what follows is one."""

import asyncio
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from services.matching.queries.pool import Pair
from services.matching.reactions import asking, leaving
from shared import clock
from shared.database import Database
from shared.envelope import Recorded
from shared.events.enrollment import (
    CohortClosed,
    ParticipantWithdrew,
    PersonErased,
    PersonMoved,
    Position,
    ProgramClosed,
)
from shared.events.matching import (
    Choice,
    ChoiceAsked,
    ChoicePassed,
    CircleFormed,
    CircleJoined,
    CircleMember,
    PairingFormat,
    PassReason,
    RequestMade,
    RequestReceived,
    RequestSent,
    RequestSettled,
    RouletteJoined,
    SilenceBegun,
    SilenceCounted,
)
from shared.events.vocabulary import Part
from shared.ids import CircleId, PairingId, PersonId, RequestId, derived_id
from tests.matching.asking import ids
from tests.matching.cast import COHORT, PROGRAM, enrollment, person
from tests.matching.town import THEN, Town, joined, position

pytestmark = pytest.mark.integration

CLOSED = (f"cohort-{COHORT}", CohortClosed(cohort_id=COHORT, program_id=PROGRAM, at=THEN))
ALL_CLOSED = (f"program-{PROGRAM}", ProgramClosed(program_id=PROGRAM, reason="done", at=THEN))


async def test_who_is_erased_before_they_are_listed_holds_nobody_up(town: Town) -> None:
    known, *enrolled = joined("ben", Part.MENTEE, 0)
    erased = PersonErased(person_id=person("ben"), at=THEN)
    await town.tell("enrollment", [known, (known[0], erased)])
    await town.world.settle()
    await town.tell("enrollment", enrolled)
    await town.world.settle()
    assert (await town.get(f"/v1/rosters/{enrollment('ben')}")).status_code == 404


@pytest.mark.parametrize("over", [CLOSED, ALL_CLOSED], ids=["cohort", "program"])
async def test_who_is_listed_when_all_is_over_does_not_stay(
    town: Town, over: tuple[str, CohortClosed | ProgramClosed]
) -> None:
    await town.set_policy()
    await town.tell("enrollment", [over])
    await town.world.settle()
    await town.join({"ana": 1}, ["ben"])
    assert [(await town.roster(name))["listed"] for name in ("ana", "ben")] == [False, False]


async def test_who_left_as_they_were_taken_in_is_in_no_circle_and_in_no_draw(town: Town) -> None:
    names = ("ben", "cem", "dia", "eli")
    await town.join({}, names)
    await withdraws(town, "ben", "cem")
    circle = CircleId(derived_id("circle"))
    formed = CircleFormed(
        circle_id=circle,
        program_id=PROGRAM,
        cohort_id=COHORT,
        members=tuple(member(name) for name in names if name != "cem"),
        size_min=2,
        size_max=5,
        functions_min=1,
        at=THEN,
    )
    joined = CircleJoined(circle_id=circle, member=member("cem"), at=THEN)
    played = RouletteJoined(cohort_id=COHORT, enrollment_id=enrollment("ben"), at=THEN)
    drawn = (f"roulette-{COHORT}", played)
    where = f"circle-{circle}"
    await town.tell("matching", [(where, formed), (where, joined), drawn])
    await town.world.settle()
    members = (await town.get(f"/v1/circles/{circle}")).json()["members"]
    assert {each["enrollment_id"] for each in members} == {*ids("dia", "eli")}
    database = town.world.connections["matching"]
    assert await database.fetchval("SELECT count(*) FROM read.roulette_players") == 0


async def test_who_was_paired_or_left_as_they_asked_is_waited_for_no_longer(town: Town) -> None:
    await town.set_policy()
    await town.join({"ana": 1, "eva": 1}, ["ben", "cem", "dia"])
    await town.paired("ana", "ben")
    await withdraws(town, "cem")
    await town.tell("matching", [*asks("ben", "eva"), *asks("cem", "eva"), *asks("dia", "ana")])
    await town.world.settle()
    shown = (await town.get(f"/v1/cohorts/{COHORT}/requests")).json()["items"]
    assert {each["asker"]: (each["state"], each["reason"]) for each in shown} == {
        str(enrollment("ben")): ("closed", "paired"),
        str(enrollment("cem")): ("closed", "left"),
        str(enrollment("dia")): ("closed", "nobody_left"),
    }
    (choice,) = next(each["choices"] for each in shown if each["asker"] == str(enrollment("dia")))
    assert (choice["state"], choice["reason"]) == ("passed", "seats_taken")


async def test_a_yes_as_its_mentor_moves_does_not_keep_another_proposal_up(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    await town.set_policy(cross_function="required")
    await town.join({"ana": 2}, ["ben", "cem"])
    made = [(await town.propose("ana", name)).json()["pairing_id"] for name in ("ben", "cem")]
    forbidden = leaving._forbidden

    async def slowly(
        db: Database, told: Recorded, pair: Pair, mover: PersonId, position: Position
    ) -> bool:
        for name in ("ana", "ben"):
            await town.post(name, f"/v1/pairings/{made[0]}/acceptance")
        return await forbidden(db, told, pair, mover, position)

    monkeypatch.setattr(leaving, "_forbidden", slowly)
    there = position(Part.MENTEE)
    moved = PersonMoved(person_id=person("ana"), position=there, at=THEN)
    await town.tell("enrollment", [(f"person-{person('ana')}", moved)])
    await town.world.settle()
    shown = [(await town.get(f"/v1/pairings/{each}")).json()["state"] for each in made]
    assert shown == ["on_trial", "declined"]


async def test_who_goes_away_as_a_silence_begins_is_not_held_to_it(town: Town) -> None:
    await town.set_policy()
    await town.join({"ana": 1}, ["ben"])
    where = PairingId(UUID(await town.paired("ana", "ben")))
    until = {"until": (clock.now() + timedelta(days=9)).isoformat()}
    away = await town.post("ana", f"/v1/rosters/{enrollment('ana')}/pause", until)
    assert away.status_code == 200, away.text
    begun = SilenceBegun(
        pairing_id=where,
        misses=2,
        offer_days=None,
        end_days=None,
        next_step=None,
        next_at=None,
        at=clock.now(),
    )
    counted = SilenceCounted(pairing_id=where, told=1, misses=2, due_at=THEN, at=THEN)
    await town.tell("matching", [(f"pairing-{where}", each) for each in (counted, begun)])
    await town.world.settle()
    silent = await town.get("/v1/pairings", program_id=str(PROGRAM), silent="true")
    assert silent.json()["items"] == []


async def test_of_two_requests_that_go_on_to_one_mentor_at_once_none_is_left_lying(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    await town.set_policy(open_requests_max=1)
    await town.join({"ana": 2, "eva": 1, "fay": 1}, ["ben", "cem"])
    await town.tell("matching", [*asks("ben", "eva", "ana"), *asks("cem", "fay", "ana")])
    await town.world.settle()
    both, looks, field = asyncio.Barrier(2), iter((True, True)), asking._field

    async def together(*known: Any) -> Any:  # noqa: ANN401  # as it is asked
        found = await field(*known)
        if next(looks, False):
            await both.wait()
        return found

    monkeypatch.setattr(asking, "_field", together)
    await town.tell("matching", [*says_no("eva", "ben"), *says_no("fay", "cem")])
    await town.world.settle()
    shown = (await town.get(f"/v1/cohorts/{COHORT}/requests")).json()["items"]
    assert sorted(each["state"] for each in shown) == ["closed", "open"]


def says_no(asked: str, asker: str) -> list[tuple[str, Any]]:
    where, who = wish(asker), enrollment(asked)
    passed = ChoicePassed(request_id=where, passed=who, reason=PassReason.DECLINED, at=THEN)
    settled = RequestSettled(enrollment_id=who, request_id=where, at=THEN)
    return [(f"request-{where}", passed), (f"desk-{who}", settled)]


def wish(asker: str) -> RequestId:
    return RequestId(derived_id("request", asker))


def asks(asker: str, asked: str, *others: str) -> list[tuple[str, Any]]:
    """A mentee's request to mentors, on the desks of who asks and who is asked first."""
    where = wish(asker)
    made = RequestMade(
        request_id=where,
        program_id=PROGRAM,
        cohort_id=COHORT,
        asker=enrollment(asker),
        asker_person=person(asker),
        part=Part.MENTEE,
        choices=tuple(
            Choice(enrollment_id=enrollment(name), person_id=person(name))
            for name in (asked, *others)
        ),
        format=PairingFormat.ONE_TO_ONE,
        request_days=7,
        message=None,
        at=THEN,
    )
    answer_by = clock.now() + timedelta(days=7)
    turn = ChoiceAsked(request_id=where, asked=enrollment(asked), answer_by=answer_by, at=THEN)
    ids_of: dict[str, Any] = {"request_id": where, "at": THEN}
    return [
        (f"request-{where}", made),
        (f"request-{where}", turn),
        (f"desk-{enrollment(asker)}", RequestSent(enrollment_id=enrollment(asker), **ids_of)),
        (f"desk-{enrollment(asked)}", RequestReceived(enrollment_id=enrollment(asked), **ids_of)),
    ]


def member(name: str) -> CircleMember:
    return CircleMember(enrollment_id=enrollment(name), person_id=person(name), function="finance")


async def withdraws(town: Town, *names: str) -> None:
    facts: list[tuple[str, Any]] = []
    for name in names:
        withdrew = ParticipantWithdrew(
            enrollment_id=enrollment(name),
            program_id=PROGRAM,
            cohort_id=COHORT,
            person_id=person(name),
            part=Part.MENTEE,
            reason="own_wish",
            at=THEN,
        )
        facts.append((f"enrollment-{enrollment(name)}", withdrew))
    await town.tell("enrollment", facts)
    await town.world.settle()

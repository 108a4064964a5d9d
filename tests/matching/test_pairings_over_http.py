import asyncio
from collections import Counter
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest

from services.matching.domain.roster import ROSTER
from shared.auth import Role
from shared.events.enrollment import ParticipantWithdrew, PersonLeft, PersonMoved, ProgramClosed
from shared.events.matching import ParticipantListed, SeatReleased, SeatReserved, SeatsChanged
from shared.events.sessions import JourneyCompleted
from shared.events.vocabulary import Part
from shared.ids import PairingId, new_id
from tests.matching.cast import COHORT, PROGRAM, enrollment, person
from tests.matching.town import CAUSE, THEN, Town, capacity, position

pytestmark = pytest.mark.integration


async def test_two_who_both_accept_are_on_trial_and_then_confirmed(town: Town) -> None:
    await town.set_policy()
    await town.join({"ana": 1}, ["ben"])
    where = await town.paired("ana", "ben")
    assert (await town.get(f"/v1/pairings/{where}")).json()["state"] == "on_trial"
    half = await town.post("ben", f"/v1/pairings/{where}/trial-confirmation")
    assert half.json()["state"] == "on_trial"
    await town.post("ana", f"/v1/pairings/{where}/trial-confirmation")
    shown = (await town.get(f"/v1/pairings/{where}")).json()
    assert (shown["state"], shown["confirmed_by"]) == ("confirmed", ["mentor", "mentee"])


async def test_only_the_two_answer_and_others_see_nothing(town: Town) -> None:
    await town.set_policy()
    await town.join({"ana": 1}, ["ben", "cem"])
    where = (await town.propose("ana", "ben")).json()["pairing_id"]
    assert (await town.post("cem", f"/v1/pairings/{where}/acceptance")).status_code == 404
    async with town.client(person("ben")) as ben:
        mine = (await ben.get(f"/v1/people/{person('ben')}/pairings")).json()["items"]
        theirs = await ben.get(f"/v1/people/{person('ana')}/pairings")
    assert [each["pairing_id"] for each in mine] == [where]
    assert theirs.status_code == 404
    async with town.client(new_id(), Role.AUDITOR) as auditor:
        assert (await auditor.get(f"/v1/pairings/{where}")).status_code == 200
        refused = await auditor.post(f"/v1/pairings/{where}/end", json={"reason": "silent"})
    assert refused.status_code == 404


async def test_a_declined_proposal_frees_both_seats_for_others(town: Town) -> None:
    await town.set_policy()
    await town.join({"ana": 1}, ["ben", "cem"])
    where = (await town.propose("ana", "ben")).json()["pairing_id"]
    full = await town.propose("ana", "cem")
    assert (full.status_code, full.json()["code"]) == (409, "mentor_at_capacity")
    for _ in range(2):
        declined = await town.post("ana", f"/v1/pairings/{where}/decline")
        assert declined.json()["state"] == "declined"
    ben = await town.roster("ben")
    assert (ben["taken"], ben["seeking"], ben["waiting"]["priority"]) == (0, True, True)
    assert (await town.propose("ana", "cem", key="again")).status_code == 201
    again = await town.propose("ana", "ben", key="once more")
    assert again.json()["code"] == "mentor_at_capacity"


async def test_a_proposal_nobody_answers_expires(town: Town) -> None:
    await town.set_policy(answer_days=5)
    await town.join({"ana": 1}, ["ben"])
    where = (await town.propose("ana", "ben")).json()["pairing_id"]
    await town.post("ben", f"/v1/pairings/{where}/acceptance")
    await town.world.pass_time(timedelta(days=5, minutes=1))
    assert (await town.get(f"/v1/pairings/{where}")).json()["state"] == "expired"
    assert (await town.roster("ana"))["taken"] == 0
    assert (await town.roster("ben"))["waiting"]["priority"] is True


async def test_a_trial_nobody_leaves_is_passed(town: Town) -> None:
    await town.set_policy(trial_days=3)
    await town.join({"ana": 1}, ["ben"])
    where = await town.paired("ana", "ben")
    await town.world.pass_time(timedelta(days=3, minutes=1))
    assert (await town.get(f"/v1/pairings/{where}")).json()["state"] == "confirmed"


async def test_who_leaves_a_trial_gives_no_reason_and_both_go_back(town: Town) -> None:
    await town.set_policy()
    await town.join({"ana": 1}, ["ben"])
    where = await town.paired("ana", "ben")
    left = await town.post("ben", f"/v1/pairings/{where}/trial-leave")
    assert left.json()["state"] == "ended"
    shown = (await town.get(f"/v1/pairings/{where}")).json()
    assert (shown["end_reason"], shown["ended_in_trial"]) == ("no_reason_given", True)
    ben = await town.roster("ben")
    assert (ben["seeking"], ben["waiting"]["priority"]) == (True, False)
    assert (await town.roster("ana"))["taken"] == 0


async def test_a_pairing_ends_with_a_reason_its_program_knows(town: Town) -> None:
    criteria = [{"code": "goals_met", "text": "The goals of the pair are met."}]
    await town.set_policy(exit_criteria=criteria)
    await town.join({"ana": 1}, ["ben"])
    where = await town.paired("ana", "ben")
    unknown = await town.post("ben", f"/v1/pairings/{where}/end", {"reason": "silent"})
    assert (unknown.status_code, unknown.json()["code"]) == (409, "reason_not_open")
    ended = await town.post("ben", f"/v1/pairings/{where}/end", {"reason": "goals_met"})
    assert ended.json()["state"] == "ended"
    assert (await town.roster("ben"))["seeking"] is False
    asked = await town.post("ben", f"/v1/rosters/{enrollment('ben')}/rematch")
    assert asked.json()["seeking"] is True


async def test_the_partner_of_a_leaver_gets_priority(town: Town) -> None:
    await town.set_policy()
    await town.join({"ana": 2}, ["ben", "cem"])
    paired = await town.paired("ana", "ben")
    proposed = (await town.propose("ana", "cem")).json()["pairing_id"]
    left = PersonLeft(person_id=person("ana"), at=THEN)
    await town.tell("enrollment", [(f"person-{person('ana')}", left)])
    await town.world.settle()
    shown = (await town.get(f"/v1/pairings/{paired}")).json()
    assert (shown["state"], shown["end_reason"]) == ("ended", "partner_left")
    assert (await town.get(f"/v1/pairings/{proposed}")).json()["state"] == "declined"
    ana = await town.roster("ana")
    assert (ana["listed"], ana["taken"]) == (False, 0)
    waiting = (await town.get(f"/v1/cohorts/{COHORT}/waiting-list")).json()["items"]
    assert {place["enrollment_id"] for place in waiting if place["priority"]} == {
        str(enrollment("ben")),
        str(enrollment("cem")),
    }
    refused = await town.propose("ana", "ben", key="again")
    assert refused.json()["code"] == "not_listed"


async def test_who_withdraws_is_out_of_the_pool(town: Town) -> None:
    await town.set_policy()
    await town.join({"ana": 1}, ["ben"])
    where = await town.paired("ana", "ben")
    withdrew = ParticipantWithdrew(
        enrollment_id=enrollment("ben"),
        program_id=PROGRAM,
        cohort_id=COHORT,
        person_id=person("ben"),
        part=Part.MENTEE,
        reason="own_wish",
        at=THEN,
    )
    await town.tell("enrollment", [(f"enrollment-{enrollment('ben')}", withdrew)])
    await town.world.settle()
    assert (await town.get(f"/v1/pairings/{where}")).json()["end_reason"] == "withdrew"
    assert (await town.roster("ana"))["taken"] == 0


async def test_a_completed_journey_ends_its_pairing(town: Town) -> None:
    await town.set_policy()
    await town.join({"ana": 1}, ["ben"])
    where = await town.paired("ana", "ben")
    completed = JourneyCompleted(
        pairing_id=PairingId(UUID(where)),
        program_id=PROGRAM,
        cohort_id=COHORT,
        mentor=enrollment("ana"),
        mentee=enrollment("ben"),
        sessions_held=4,
        at=THEN,
    )
    await town.tell("sessions", [(f"journey-{where}", completed)])
    await town.world.settle()
    shown = (await town.get(f"/v1/pairings/{where}")).json()
    assert (shown["state"], shown["end_reason"]) == ("ended", "journey_completed")
    assert (await town.roster("ben"))["seeking"] is False


async def test_a_program_that_closes_ends_its_pairings_and_empties_its_pool(town: Town) -> None:
    await town.set_policy()
    await town.join({"ana": 2}, ["ben", "cem"])
    paired = await town.paired("ana", "ben")
    proposed = (await town.propose("ana", "cem")).json()["pairing_id"]
    closed = ProgramClosed(program_id=PROGRAM, reason="budget", at=THEN)
    await town.tell("enrollment", [(f"program-{PROGRAM}", closed)])
    await town.world.settle()
    assert (await town.get(f"/v1/pairings/{paired}")).json()["end_reason"] == "program_closed"
    assert (await town.get(f"/v1/pairings/{proposed}")).json()["state"] == "declined"
    for name in ("ana", "ben", "cem"):
        roster = await town.roster(name)
        assert (roster["listed"], roster["taken"], roster["seeking"]) == (False, 0, False)


async def test_a_move_under_the_mentor_takes_a_proposal_back(town: Town) -> None:
    await town.set_policy()
    await town.join({"ana": 2}, ["ben", "cem"])
    proposed = (await town.propose("ana", "ben")).json()["pairing_id"]
    other = (await town.propose("ana", "cem")).json()["pairing_id"]
    under = position(Part.MENTEE, manager_id=person("ana"))
    moved = PersonMoved(person_id=person("ben"), position=under, at=THEN)
    await town.tell("enrollment", [(f"person-{person('ben')}", moved)])
    await town.world.settle()
    assert (await town.get(f"/v1/pairings/{proposed}")).json()["state"] == "declined"
    assert (await town.get(f"/v1/pairings/{other}")).json()["state"] == "proposed"
    by_hand = await town.propose("ana", "ben", key="by hand")
    assert (by_hand.status_code, by_hand.json()["code"]) == (409, "hard_rule_broken")


async def test_a_move_up_takes_back_a_proposal_that_the_level_gap_forbids_now(town: Town) -> None:
    await town.join({"ana": 2}, ["ben"])
    lead = PersonMoved(
        person_id=person("ana"), position=position(Part.MENTOR, level="lead"), at=THEN
    )
    await town.tell("enrollment", [(f"person-{person('ana')}", lead)])
    await town.world.settle()
    set_up = await town.set_policy(levels=["senior", "lead"], level_gap_min=1)
    assert set_up.status_code == 200, set_up.text
    proposed = await town.propose("ana", "ben")
    assert proposed.status_code == 201, proposed.text
    risen = replace(lead, person_id=person("ben"), position=position(Part.MENTEE, level="lead"))
    await town.tell("enrollment", [(f"person-{person('ben')}", risen)])
    await town.world.settle()
    told = await town.get(f"/v1/pairings/{proposed.json()['pairing_id']}")
    assert told.json()["state"] == "declined"


async def test_seats_follow_what_is_declared_and_the_ratio_of_the_program(town: Town) -> None:
    await town.set_policy(seats_per_mentor_max=2)
    await town.join({"ana": 4}, [])
    assert (await town.roster("ana"))["seats"] == 2
    await town.tell("enrollment", [(f"profile-{person('ana')}", capacity("ana", 1))])
    await town.world.settle()
    assert (await town.roster("ana"))["seats"] == 1
    await town.tell("enrollment", [(f"profile-{person('ana')}", capacity("ana", 5))])
    await town.world.settle()
    await town.set_policy(seats_per_mentor_max=3, reason="more room")
    await town.world.settle()
    assert (await town.roster("ana"))["seats"] == 3


@pytest.mark.slow
async def test_of_two_hundred_who_want_one_seat_one_gets_it(town: Town) -> None:
    mentees = [f"mentee {number}" for number in range(200)]
    await town.set_policy()
    await town.join({"ana": 1}, mentees)
    town.expects_a_crowd()
    answers = await asyncio.gather(*(town.propose("ana", name) for name in mentees))
    assert Counter(answer.status_code for answer in answers) == {201: 1, 409: 199}
    refused = {answer.json()["code"] for answer in answers if answer.status_code == 409}
    assert refused == {"mentor_at_capacity"}
    store = town.world.apps["matching"].state.ports.store
    stream = f"{ROSTER.category}-{enrollment('ana')}"
    async with store.transaction(CAUSE) as transaction:
        history = (await transaction.read([stream]))[stream]
    seats, taken = 0, 0
    for event in history.events:
        match event:
            case ParticipantListed() | SeatsChanged():
                seats = event.seats
            case SeatReserved():
                taken += 1
            case SeatReleased():
                taken -= 1
            case _:
                pass
        assert taken <= seats, "a prefix of the log is beyond the seats"
    assert taken == 1

import csv
from datetime import datetime, timedelta
from io import StringIO
from uuid import UUID

import pytest

from shared import clock
from shared.auth import Role
from shared.events.enrollment import (
    CohortClosed,
    PersonMoved,
)
from shared.events.vocabulary import Part
from shared.ids import new_id
from tests.matching.cast import COHORT, PROGRAM, enrollment, person
from tests.matching.town import THEN, Town, position
from tests.matching.voices import as_pia, governed, notices_of, pairings_of, waitlisted

pytestmark = pytest.mark.integration
DAY = timedelta(days=1)


async def test_a_mentee_moves_on_to_another_function_with_all_seats_at_once(town: Town) -> None:
    await town.set_policy()
    await town.join({"ana": 1, "eva": 1, "fay": 1}, ["ben"])
    research = position(Part.MENTOR, function="research")
    moved = PersonMoved(person_id=person("eva"), position=research, at=THEN)
    await town.tell("enrollment", [(f"person-{person('eva')}", moved)])
    await town.world.settle()
    where = await town.paired("ana", "ben")
    path = f"/v1/pairings/{where}/rotation"
    same = await as_pia(town, path, {"mentor": str(enrollment("fay"))})
    assert (same.status_code, same.json()["code"]) == (409, "rotation_same_function")
    body = {"mentor": str(enrollment("eva")), "continuing": True}
    async with town.pia() as pia:
        rotated = await pia.post(path, json=body, headers={"Idempotency-Key": "to-eva"})
    assert (rotated.status_code, rotated.json()["state"]) == (201, "proposed")
    before = (await town.get(f"/v1/pairings/{where}")).json()
    assert (before["end_reason"], before["on_record"]) == ("rotated", "continuing")
    assert before["next_pairing"] == rotated.json()["pairing_id"]
    taken = {name: (await town.roster(name))["taken"] for name in ("ana", "eva", "ben")}
    assert taken == {"ana": 0, "eva": 1, "ben": 1}
    for person_name in ("ana", "ben"):
        wanted = await town.post(person_name, f"/v1/pairings/{where}/continuity")
    assert wanted.json()["agreed"] is True
    assert (await town.get(f"/v1/pairings/{where}")).json()["continuing"] is True


async def test_a_pairing_rests_is_extended_reviewed_and_ends_with_its_length(town: Town) -> None:
    await town.set_policy(
        trial_days=5, pairing_days_default=30, extension_days_max=10, review_days=8
    )
    await town.join({"ana": 1}, ["ben"])
    where = await town.paired("ana", "ben")
    path = f"/v1/pairings/{where}"
    paused = await town.post("ben", f"{path}/pause")
    assert paused.json()["paused"] is True
    await town.world.pass_time(6 * DAY)
    assert (await town.get(path)).json()["state"] == "on_trial", "a trial stands still"
    assert (await town.post("ana", f"{path}/resumption")).json()["paused"] is False
    await town.world.pass_time(timedelta(days=5, minutes=1))
    shown = (await town.get(path)).json()
    assert shown["state"] == "confirmed"
    await town.world.pass_time(timedelta(days=3, minutes=1))
    assert (await town.get(path)).json()["review_open"] is True
    answered = await town.post(
        "ben", f"{path}/review", {"outcome": "adjust", "adjustments": ["rhythm"]}
    )
    assert answered.status_code == 200, answered.text
    reviews = (await town.get(f"{path}/reviews")).json()["items"]
    assert (reviews[0]["outcome"], reviews[0]["answered_by"]) == ("adjust", "mentee")
    ends_at = datetime.fromisoformat((await town.get(path)).json()["ends_at"])
    far = {"until": (ends_at + 11 * DAY).isoformat()}
    refused = await town.post("ana", f"{path}/extension", far)
    assert (refused.status_code, refused.json()["code"]) == (409, "extension_too_long")
    later = {"until": (ends_at + 10 * DAY).isoformat()}
    assert (await town.post("ana", f"{path}/extension", later)).status_code == 200
    await town.world.pass_time(ends_at - clock.now() + DAY)
    assert (await town.get(path)).json()["state"] == "confirmed"
    await town.world.pass_time(10 * DAY)
    over = (await town.get(path)).json()
    assert (over["state"], over["end_reason"]) == ("ended", "term_over")
    assert (await town.roster("ana"))["taken"] == 0


async def test_what_each_side_says_at_the_end_is_for_the_program_alone(town: Town) -> None:
    await town.set_policy()
    await town.join({"ana": 1}, ["ben"])
    where = await town.paired("ana", "ben")
    path = f"/v1/pairings/{where}"
    early = await town.post("ben", f"{path}/exit-survey", {"reason": "no_time"})
    assert early.json()["code"] == "pairing_not_ended"
    await town.post("ana", f"{path}/end", {"reason": "goals_met"})
    answers = [{"question": "goals_reached", "answer": 2}]
    said = {"reason": "not_a_fit", "answers": answers, "text": "We met once."}
    assert (await town.post("ben", f"{path}/exit-survey", said)).json()["answered"] is True
    managers = (await town.get(f"{path}/exit-surveys")).json()["items"]
    assert (managers[0]["reason"], managers[0]["text"]) == ("not_a_fit", "We met once.")
    async with town.client(person("ana")) as ana:
        assert (await ana.get(f"{path}/exit-surveys")).json()["items"] == []
    async with town.client(new_id(), Role.AUDITOR) as auditor:
        (seen,) = (await auditor.get(f"{path}/exit-surveys")).json()["items"]
    assert (seen["has_text"], seen["text"]) == (True, None)


async def test_an_escalation_is_settled_by_who_was_named_and_overdue_after_its_day(
    town: Town,
) -> None:
    await town.set_policy(escalation_days=5)
    await governed(town, "sam")
    await town.join({"ana": 1}, ["ben"])
    where = await town.paired("ana", "ben")
    path = f"/v1/pairings/{where}"
    outsider = {"ground": "no_contact", "to": str(person("eva"))}
    refused = await town.post("ben", f"{path}/escalation", outsider)
    assert (refused.status_code, refused.json()["code"]) == (422, "escalation_to_outsider")
    called = {"ground": "no_contact", "to": str(person("sam")), "text": "No answer since May."}
    assert (await town.post("ben", f"{path}/escalation", called)).status_code == 200
    async with town.client(person("ana")) as ana:
        assert (await ana.get(f"{path}/escalations")).json()["items"] == []
    assert "escalated" not in await notices_of(town, "ana"), "the partner is not told"
    assert "escalated" in await notices_of(town, "ben")
    await town.world.pass_time(timedelta(days=5, minutes=1))
    late = (await town.get(f"/v1/programs/{PROGRAM}/escalations", state="overdue")).json()["items"]
    assert [each["pairing_id"] for each in late] == [where]
    assert late[0]["text"] is None, "a manager who was not named sees that there are words"
    attention = (await town.get(f"/v1/programs/{PROGRAM}/matching-attention")).json()
    assert attention["overdue_escalations"] == 1
    async with town.client(person("sam"), Role.SPONSOR) as sam:
        (mine,) = (await sam.get(f"/v1/people/{person('sam')}/escalations")).json()["items"]
        assert mine["text"] == "No answer since May."
    by_ana = await town.post("ana", f"{path}/escalation-resolution", {"outcome": "settled"})
    assert (by_ana.status_code, by_ana.json()["code"]) == (403, "escalation_not_yours")
    solved = await town.post("sam", f"{path}/escalation-resolution", {"outcome": "re_match"})
    assert solved.json()["state"] == "ended"
    assert (await town.roster("ben"))["seeking"] is True


async def test_a_closed_cohort_ends_its_pairings_and_empties_its_pool(town: Town) -> None:
    await town.set_policy()
    await town.join({"ana": 2}, ["ben", "cem", "dia"])
    paired = await town.paired("ana", "ben")
    proposed = (await town.propose("ana", "cem")).json()["pairing_id"]
    await waitlisted(town)  # Dia, who must not be offered what becomes free now
    closed = CohortClosed(cohort_id=COHORT, program_id=PROGRAM, at=THEN)
    await town.tell("enrollment", [(f"cohort-{COHORT}", closed)])
    await town.world.settle()
    over = (await town.get(f"/v1/pairings/{paired}")).json()
    assert (over["end_reason"], over["closed_by"]) == ("cohort_closed", None)
    assert (await town.get(f"/v1/pairings/{proposed}")).json()["state"] == "declined"
    assert await pairings_of(town, "dia") == []
    for name in ("ana", "ben", "cem", "dia"):
        roster = await town.roster(name)
        assert (roster["listed"], roster["taken"], roster["seeking"]) == (False, 0, False)


async def test_approvals_follow_the_policy_one_after_the_other(town: Town) -> None:
    await town.set_policy(approvals=["manager", "mentee"], approvals_in_order=True)
    await town.join({"ana": 1}, ["ben"])
    where = (await town.propose("ana", "ben")).json()["pairing_id"]
    path = f"/v1/pairings/{where}"
    early = await town.post("ben", f"{path}/acceptance")
    assert (early.status_code, early.json()["code"]) == (409, "approval_out_of_turn")
    assert (await town.post("ben", f"{path}/approval")).status_code == 403
    approved = await as_pia(town, f"{path}/approval")
    assert (approved.status_code, approved.json()["state"]) == (200, "proposed")
    assert (await town.post("ben", f"{path}/acceptance")).json()["state"] == "on_trial"


async def test_tables_are_filtered_and_exported_without_formulas(town: Town) -> None:
    await town.set_policy()
    await town.join({"ana": 2, "eva": 1}, ["ben", "cem"])
    odd = position(Part.MENTEE, function="=1+1")
    moved = PersonMoved(person_id=person("cem"), position=odd, at=THEN)
    await town.tell("enrollment", [(f"person-{person('cem')}", moved)])
    await town.world.settle()
    await town.paired("ana", "ben")
    base = f"/v1/programs/{PROGRAM}"
    unmatched = (await town.get(f"{base}/place-tables/unmatched")).json()["items"]
    assert [row["enrollment_id"] for row in unmatched] == [str(enrollment("cem"))]
    idle = (await town.get(f"{base}/place-tables/unmatched", part="mentor")).json()["items"]
    assert [row["enrollment_id"] for row in idle] == [str(enrollment("eva"))]
    free = (await town.get(f"{base}/place-tables/available", function="law")).json()["items"]
    assert {row["enrollment_id"] for row in free} == {
        str(enrollment("ana")),
        str(enrollment("eva")),
    }
    active = (await town.get(f"{base}/pair-tables/active", state="on_trial")).json()["items"]
    assert [row["mentee"] for row in active] == [str(enrollment("ben"))]
    assert (await town.get(f"{base}/pair-tables/past")).json()["items"] == []
    exported = await town.get(f"{base}/matching-tables/unmatched/export")
    assert exported.headers["content-type"].startswith("text/csv")
    (row,) = csv.DictReader(StringIO(exported.text))
    assert row["function"] == "'=1+1"
    async with town.client(person("ben")) as ben:
        refused = await ben.get(f"{base}/matching-tables/active/export")
    assert refused.status_code == 403
    assert UUID(row["enrollment_id"]) == enrollment("cem")

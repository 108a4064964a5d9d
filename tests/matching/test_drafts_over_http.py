"""Drafts compared, changed by hand, tried out, and published only as their manager wants them."""

from hashlib import sha256
from typing import Any

import asyncpg
import httpx
import pytest

from shared.auth import Role
from shared.events.enrollment import CohortClosed
from shared.ids import new_id
from shared.vault import destroy
from tests.matching.cast import COHORT, FACILITATION, PROGRAM, enrollment, person
from tests.matching.town import PIA, THEN, Town
from tests.world import TENANT

pytestmark = pytest.mark.integration

REQUEST = {"program_id": str(PROGRAM), "cohort_id": str(COHORT)}
RUNS = "/v1/matching-runs"


async def asked(town: Town, **wanted: object) -> httpx.Response:
    async with town.pia() as pia:
        body = {**REQUEST, **wanted}
        return await pia.post(RUNS, json=body, headers={"Idempotency-Key": str(new_id())})


async def drafted(town: Town, **wanted: object) -> str:
    answer = await asked(town, **wanted)
    assert answer.status_code == 202, answer.text
    await town.world.settle()
    operation = (await town.get(answer.headers["location"])).json()
    assert operation["status"] == "succeeded", operation
    return str(operation["operation_id"])


async def pairs_of(town: Town, run_id: str) -> dict[str, str]:
    items = (await town.get(f"{RUNS}/{run_id}/pairs")).json()["items"]
    return {pair["mentee"]: pair["mentor"] for pair in items}


async def changed(town: Town, run_id: str, **change: object) -> httpx.Response:
    async with town.pia() as pia:
        body = {"reason": "they know each other", **change}
        return await pia.post(f"{RUNS}/{run_id}/overrides", json=body)


def named(mentor: str, mentee: str) -> dict[str, str]:
    return {"mentor": str(enrollment(mentor)), "mentee": str(enrollment(mentee))}


def fault(answer: httpx.Response) -> tuple[int, str, str | None]:
    problem: dict[str, Any] = answer.json()
    pointers = [error["pointer"] for error in problem.get("errors", [])]
    return answer.status_code, problem["code"], pointers[0] if pointers else None


async def test_what_is_tried_out_is_compared_and_never_published(town: Town) -> None:
    await town.set_policy()
    await town.join({"ana": 3, "eva": 1}, ["ben", "cem", "dia"])
    real = await drafted(town, reason="spring")
    tried = await drafted(town, what_if={"seats_per_mentor_max": 1}, reason="one each?")
    shown = (await town.get(f"{RUNS}/{tried}")).json()
    assert (shown["what_if"], shown["asked_because"]) == (True, "one each?")
    assert shown["tried"]["seats_per_mentor_max"] == 1
    marked = (await town.get(RUNS, program_id=str(PROGRAM), what_if="true")).json()["items"]
    assert [run["run_id"] for run in marked] == [tried]

    async with town.pia() as pia:
        compared = await pia.get(f"{RUNS}/comparison", params={"run_id": [real, tried]})
        assert compared.status_code == 200, compared.text
        both = compared.json()
        refused = await pia.post(f"{RUNS}/{tried}/publication")
    assert fault(refused)[:2] == (409, "what_if_never_published")
    assert [run["served"] for run in both["runs"]] == [3, 2]
    (difference,) = both["differences"]
    assert len(difference["newly_unserved"]) == 1
    assert both["runs"][0]["cross_functional_per_mille"] == 1000
    (group,) = both["runs"][0]["access"][0]["groups"]
    assert (group["group"], group["people"]) == ("finance", None)  # three are too few to be told
    alone = await town.get(f"{RUNS}/comparison", run_id=real)
    assert fault(alone) == (422, "runs_not_comparable", "/run_id")


async def test_locks_stand_bars_hold_and_both_are_taken_over(town: Town) -> None:
    await town.set_policy()
    await town.join({"ana": 1, "eva": 1}, ["ben", "cem"])
    first = await drafted(town, lock=[named("eva", "cem")])
    assert await pairs_of(town, first) == {
        str(enrollment("cem")): str(enrollment("eva")),
        str(enrollment("ben")): str(enrollment("ana")),
    }
    again = await drafted(town, basis=first, bar=[named("ana", "ben")])
    assert await pairs_of(town, again) == {str(enrollment("cem")): str(enrollment("eva"))}
    shown = (await town.get(f"{RUNS}/{again}")).json()
    assert (shown["lock"], shown["bar"]) == ([named("eva", "cem")], [named("ana", "ben")])
    seed = bytes.fromhex(shown["lottery_seed"])
    assert shown["lottery_commitment"] == sha256(seed).hexdigest()


async def test_who_was_erased_changes_no_draft(town: Town) -> None:
    await town.set_policy()
    await town.join({"ana": 1}, ["ben"])
    run_id = await drafted(town)
    await destroy(town.world.connections["matching"], TENANT, str(PIA))
    ben = str(enrollment("ben"))
    refused = await changed(town, run_id, change="unpair", mentee=ben)
    assert fault(refused)[:2] == (409, "author_erased")
    assert ben in await pairs_of(town, run_id)


async def test_who_serves_requests_cannot_look_at_what_a_lottery_is_drawn_from(town: Town) -> None:
    await town.set_policy()
    await town.join({"ana": 1}, ["ben"])
    run_id = (await asked(town)).json()["operation_id"]
    shown = (await town.get(f"{RUNS}/{run_id}")).json()
    assert shown["lottery_commitment"]
    connection = await asyncpg.connect(town.world.databases.dsn("matching", "app"))
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await connection.fetch("SELECT seed FROM log.lottery")
    await connection.close()
    await town.world.settle()


async def test_what_cannot_be_asked_of_a_run_is_refused_where_it_stands(town: Town) -> None:
    assert fault(await asked(town))[:2] == (409, "no_matching_policy")
    await town.set_policy()
    assert fault(await asked(town))[:2] == (409, "nobody_to_pair")
    await town.join({"ana": 1, "eva": 1}, ["ben", "cem"])
    both = [named("ana", "ben"), named("eva", "ben")]
    assert fault(await asked(town, lock=both)) == (422, "locks_conflict", "/lock/0/mentee")
    two = [named("ana", "ben"), named("ana", "cem")]
    assert fault(await asked(town, lock=two)) == (422, "locks_exceed_seats", "/lock/0/mentor")
    one = [named("ana", "ben")]
    assert fault(await asked(town, lock=one, bar=one)) == (422, "locked_and_barred", "/lock/0")
    zoe = [named("zoe", "ben")]
    assert fault(await asked(town, lock=zoe)) == (422, "person_not_in_pool", "/lock/0/mentor")
    assert fault(await asked(town, bar=zoe)) == (422, "person_not_in_pool", "/bar/0/mentor")
    skill = {"competencies": [str(new_id())], "weight": 50}
    unknown = (422, "competency_unknown", "/emphasis/competencies/0")
    assert fault(await asked(town, emphasis=skill)) == unknown
    role = {"target_role": str(new_id()), "weight": 50}
    assert fault(await asked(town, emphasis=role))[1] == "target_role_unknown"
    neither = {"weight": 50}
    assert fault(await asked(town, emphasis=neither))[1] == "emphasis_ambiguous"
    assert fault(await asked(town, basis=str(new_id()))) == (422, "basis_unknown", "/basis")
    ratio = {"seats_per_mentor_max": 99}
    assert fault(await asked(town, what_if=ratio))[1] == "ratio_out_of_range"


async def test_nobody_is_paired_in_a_closed_cohort(town: Town) -> None:
    await town.set_policy()
    await town.join({"ana": 1}, ["ben"])
    closed = CohortClosed(cohort_id=COHORT, program_id=PROGRAM, at=THEN)
    await town.tell("enrollment", [(f"cohort-{COHORT}", closed)])
    await town.world.settle()
    assert fault(await asked(town))[:2] == (409, "cohort_is_closed")


async def test_a_run_above_a_cap_is_rejected_and_the_log_says_so(town: Town) -> None:
    await town.set_policy()
    await town.join({"ana": 1}, ["ben"])
    heavy = {"weights": {"title": 100, "tenure": 60, "other_function": 0}}
    levels = {"levels": ["junior", "senior"]}
    rejected = await asked(town, what_if={**heavy, **levels})
    assert fault(rejected) == (422, "standing_dominates", "/what_if/weights/title")
    (run,) = (await town.get(RUNS, program_id=str(PROGRAM))).json()["items"]
    assert (run["state"], run["reason"]) == ("rejected", "standing_dominates")


async def test_a_cancelled_run_makes_way_for_another(town: Town) -> None:
    await town.set_policy()
    await town.join({"ana": 1}, ["ben"])
    first = (await asked(town)).json()["operation_id"]
    async with town.pia() as pia:
        body = {"reason": "too early"}
        gone = await pia.post(f"{RUNS}/{first}/cancellation", json=body)
    if gone.status_code == 409:  # it was quicker
        assert gone.json()["code"] == "run_not_computing"
    else:
        assert gone.json()["state"] == "cancelled"
        assert (await asked(town)).status_code == 202
        await town.world.settle()
        operation = (await town.get(f"/v1/operations/{first}")).json()
        assert (operation["status"], operation["error"]["code"]) == ("failed", "run_cancelled")
    await town.world.settle()


async def test_a_pair_changed_by_hand_is_what_is_published(town: Town) -> None:
    await town.set_policy()
    await town.join({"ana": 1, "eva": 1}, ["ben", "cem", "dia"])
    run_id = await drafted(town)
    found = await pairs_of(town, run_id)
    (without,) = ({str(enrollment(name)) for name in ("ben", "cem", "dia")}) - found.keys()
    served = str(min(found))
    mentor = found[served]
    full = await changed(town, run_id, change="pair", mentee=without, mentor=mentor)
    assert fault(full)[:2] == (409, "mentor_at_capacity")
    swapped = await changed(town, run_id, change="swap", mentee=without, other_mentee=served)
    assert swapped.json()["overridden"] is True, swapped.text
    now = await pairs_of(town, run_id)
    assert (now[without], served in now) == (mentor, False)
    (by_hand,) = (
        pair
        for pair in (await town.get(f"{RUNS}/{run_id}/pairs")).json()["items"]
        if pair["overridden"]
    )
    assert (by_hand["mentee"], by_hand["override_reason"]) == (without, "they know each other")
    told = (await town.get(f"{RUNS}/{run_id}/pairs/{without}/explanation")).json()
    assert told["summary"].endswith("after the run. The reason given: they know each other")
    (left,) = (await town.get(f"{RUNS}/{run_id}/unserved")).json()["items"]
    assert (left["mentee"], left["reason"]) == (served, "left_by_manager")
    run = (await town.get(f"{RUNS}/{run_id}")).json()
    assert (run["overrides"], run["pairs"]) == (1, 2)  # what the run found stays on record
    stranger = await changed(town, run_id, change="unpair", mentee=str(new_id()))
    assert fault(stranger) == (422, "mentee_not_in_run", "/mentee")

    async with town.pia() as pia:
        published = (await pia.post(f"{RUNS}/{run_id}/publication")).json()
    assert (published["proposed"], published["waitlisted"]) == (2, 1)
    told = (await town.get("/v1/pairings", program_id=str(PROGRAM))).json()["items"]
    assert {pair["mentee"]: pair["mentor"] for pair in told} == now
    late = await changed(town, run_id, change="unpair", mentee=without)
    assert fault(late)[:2] == (409, "run_published")


async def test_nothing_of_a_draft_reaches_whom_it_is_about(town: Town) -> None:
    await town.set_policy()
    await town.join({"ana": 1}, ["ben"])
    run_id = await drafted(town)
    for name in ("ana", "ben"):
        async with town.client(person(name), Role.MENTEE, Role.MENTOR) as own:
            assert (await own.get(f"{RUNS}/{run_id}")).status_code == 403
            told = await own.get(f"/v1/people/{person(name)}/pairings")
            assert told.json()["items"] == []
    assert (await town.roster("ben"))["taken"] == 0
    waiting = await town.get(f"/v1/cohorts/{COHORT}/waiting-list")
    assert waiting.json()["items"] == []
    async with town.client(new_id(), Role.AUDITOR) as auditor:
        seen = await auditor.get(RUNS, params={"program_id": str(PROGRAM)})
        assert seen.json()["items"] == []


async def test_a_skill_that_a_run_emphasises_adds_points(town: Town) -> None:
    await town.set_policy(weights={"other_function": 60})
    await town.join({"ana": 1}, ["ben"])
    await town.teaches(FACILITATION)
    skill = {"competencies": [str(FACILITATION)], "weight": 50}
    run_id = await drafted(town, emphasis=skill)
    (pair,) = (await town.get(f"{RUNS}/{run_id}/pairs")).json()["items"]
    assert pair["components"]["emphasis"] == 50
    shown = (await town.get(f"{RUNS}/{run_id}")).json()
    assert shown["emphasis"]["competencies"] == [str(FACILITATION)]
    role = await town.wants_role(FACILITATION)
    again = await drafted(town, emphasis={"target_role": str(role), "weight": 40})
    (pair,) = (await town.get(f"{RUNS}/{again}/pairs")).json()["items"]
    assert pair["components"]["emphasis"] == 40
    same = await changed(town, again, change="pair", mentee=pair["mentee"], mentor=pair["mentor"])
    assert same.json()["overridden"] is False


async def test_a_policy_that_leaves_nobody_anybody_fails_with_what_forbade_it(town: Town) -> None:
    await town.set_policy(common_minutes_min=720)
    await town.join({"ana": 1}, ["ben"])
    await town.shortens("ana")
    answer = await asked(town)
    await town.world.settle()
    operation = (await town.get(answer.headers["location"])).json()
    assert operation["error"]["code"] == "nobody_allowed_anybody"
    run = (await town.get(f"{RUNS}/{operation['operation_id']}")).json()
    assert (run["state"], run["rules"]) == (
        "failed",
        [{"rule": "no_common_hours", "pairs": 1}],
    )

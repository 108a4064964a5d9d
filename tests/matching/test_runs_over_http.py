import asyncio
from pathlib import Path

import pytest

from services.matching.domain.solved import STAGES
from services.matching.reactions import elsewhere
from shared.auth import Role
from shared.ids import new_id
from tests.matching.cast import COHORT, PROGRAM, enrollment, person
from tests.matching.standing import Standstill
from tests.matching.test_drafts_over_http import RUNS, asked, fault
from tests.matching.town import Town
from tests.patience import PATIENCE_SECONDS

pytestmark = pytest.mark.integration

REQUEST = {"program_id": str(PROGRAM), "cohort_id": str(COHORT)}
MENTEES = ["ben", "cem", "dia"]


async def drafted(town: Town) -> str:
    async with town.pia() as pia:
        asked = await pia.post(
            "/v1/matching-runs", json=REQUEST, headers={"Idempotency-Key": str(new_id())}
        )
        assert asked.status_code == 202, asked.text
        await town.world.settle()
        operation = (await pia.get(asked.headers["location"])).json()
        assert operation["status"] == "succeeded", operation
        assert operation["progress"]["mentees"] <= 3
        assert all(operation["progress"][stage] == 1 for stage in STAGES)
        return str(operation["operation_id"])


async def test_a_run_is_a_draft_until_its_manager_publishes_it(town: Town) -> None:
    await town.set_policy()
    await town.join({"ana": 2}, MENTEES)
    run_id = await drafted(town)
    run = (await town.get(f"/v1/matching-runs/{run_id}")).json()
    assert (run["state"], run["pairs"], run["unserved"], run["seats"]) == ("draft", 2, 1, 2)
    assert run["cross_functional_pairs"] == 2
    pairs = (await town.get(f"/v1/matching-runs/{run_id}/pairs")).json()["items"]
    assert all(sum(pair["components"].values()) == pair["score"] for pair in pairs)
    async with town.client(new_id(), Role.AUDITOR) as auditor:
        assert (await auditor.get(f"/v1/matching-runs/{run_id}")).status_code == 404
        async with town.pia() as pia:
            published = await pia.post(f"/v1/matching-runs/{run_id}/publication")
        assert published.status_code == 207, published.text
        assert published.json()["proposed"] == 2
        assert published.json()["waitlisted"] == 1
        assert (await auditor.get(f"/v1/matching-runs/{run_id}")).json()["state"] == "published"
    assert (await town.roster("ana"))["taken"] == 2
    waiting = (await town.get(f"/v1/cohorts/{COHORT}/waiting-list")).json()["items"]
    assert [(place["position"], place["reason"]) for place in waiting] == [(1, "all_seats_taken")]


async def test_publishing_again_proposes_nothing_twice(town: Town) -> None:
    await town.set_policy()
    await town.join({"ana": 2}, MENTEES)
    run_id = await drafted(town)
    async with town.pia() as pia:
        await pia.post(f"/v1/matching-runs/{run_id}/publication")
        again = (await pia.post(f"/v1/matching-runs/{run_id}/publication")).json()
    assert (again["proposed"], again["not_proposed"]) == (0, [])
    listed = (await town.get("/v1/pairings", program_id=str(PROGRAM))).json()["items"]
    assert len(listed) == 2


async def test_a_pair_that_is_no_longer_possible_does_not_hold_up_the_others(town: Town) -> None:
    await town.set_policy()
    await town.join({"ana": 2, "eva": 1}, MENTEES)
    run_id = await drafted(town)
    pairs = (await town.get(f"/v1/matching-runs/{run_id}/pairs")).json()["items"]
    assert len(pairs) == 3
    others = [pair for pair in pairs if pair["mentor"] == str(enrollment("ana"))]
    by_hand = next(name for name in MENTEES if str(enrollment(name)) == others[0]["mentee"])
    assert (await town.propose("eva", by_hand)).status_code == 201
    async with town.pia() as pia:
        path = f"/v1/matching-runs/{run_id}/publication"
        stale = await pia.post(path)
        assert (stale.status_code, stale.json()["code"]) == (409, "draft_stale")
        assert "1 mentee no longer waits" in stale.json()["detail"]
        published = (await pia.post(path, json={"accept_changes": True})).json()
    assert published["proposed"] == 1
    codes = {each["problem"]["code"] for each in published["not_proposed"]}
    assert codes == {"mentee_already_paired", "mentor_at_capacity"}


async def test_a_run_without_a_policy_is_refused(town: Town) -> None:
    async with town.pia() as pia:
        asked = await pia.post("/v1/matching-runs", json=REQUEST, headers={"Idempotency-Key": "a"})
    assert (asked.status_code, asked.json()["code"]) == (409, "no_matching_policy")


async def test_a_discarded_draft_is_never_told(town: Town) -> None:
    await town.set_policy()
    await town.join({"ana": 1}, ["ben"])
    run_id = await drafted(town)
    async with town.pia() as pia:
        path = f"/v1/matching-runs/{run_id}"
        gone = await pia.post(f"{path}/discard", json={"reason": "weights were wrong"})
        assert gone.json()["state"] == "discarded"
        refused = await pia.post(f"{path}/publication")
    assert (refused.status_code, refused.json()["code"]) == (409, "run_discarded")


async def test_managers_of_other_programs_see_nothing(town: Town) -> None:
    await town.set_policy()
    async with town.client(person("mia"), Role.PROGRAM_MANAGER) as mia:
        policy = await mia.get(f"/v1/programs/{PROGRAM}/matching-policy")
        runs = await mia.get("/v1/matching-runs", params={"program_id": str(PROGRAM)})
        asked = await mia.post("/v1/matching-runs", json=REQUEST, headers={"Idempotency-Key": "a"})
    assert [policy.status_code, runs.status_code, asked.status_code] == [404, 404, 404]


async def test_a_policy_keeps_its_versions_with_their_reasons(town: Town) -> None:
    assert (await town.set_policy()).json()["version"] == 1
    assert (await town.set_policy(trial_days=14, reason="shorter")).json()["version"] == 2
    current = await town.get(f"/v1/programs/{PROGRAM}/matching-policy")
    assert (current.json()["trial_days"], current.headers["etag"]) == (14, '"2"')
    path = f"/v1/programs/{PROGRAM}/matching-policy/versions"
    assert [each["reason"] for each in (await town.get(path)).json()["items"]] == [
        "shorter",
        "first policy",
    ]
    dominated = await town.set_policy(weights={"strengths": 100, "target_roles": 50})
    assert (dominated.status_code, dominated.json()["code"]) == (422, "growth_outweighed")


async def stands(standstill: Standstill) -> None:
    """A solver stands."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while not standstill.standing():  # noqa: ASYNC110  # another process has no events
            await asyncio.sleep(0.01)


async def test_of_many_runs_asked_for_at_once_one_is_worked_out(
    town: Town, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await town.set_policy()
    await town.join({"ana": 1}, ["ben"])
    standstill = Standstill(folder=tmp_path / "stand", stage="scored")
    standstill.sell(1)  # else it might be over before the last of them asks
    monkeypatch.setattr(elsewhere, "solve_for", standstill.solver())
    answers = await asyncio.gather(*(asked(town) for _ in range(6)))
    assert sorted(answer.status_code for answer in answers) == [202, *[409] * 5]
    assert {fault(each)[1] for each in answers if each.status_code == 409} == {"run_under_way"}
    await stands(standstill)
    standstill.let_go()
    await town.world.settle()
    runs = (await town.get(RUNS, program_id=str(PROGRAM))).json()["items"]
    assert [run["state"] for run in runs] == ["draft"]
    assert (await asked(town)).status_code == 202
    await town.world.settle()

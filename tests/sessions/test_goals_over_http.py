"""Goals, objectives and roadmaps over HTTP, on a real Postgres."""

from datetime import timedelta

import pytest

from shared import clock
from shared.ids import new_id
from tests.sessions.companions import Company, Couple, get, post, put

pytestmark = [pytest.mark.integration, pytest.mark.asyncio(loop_scope="package")]

MEASURE = {"unit": "people", "start": 0, "target": 5}
GOAL = {"text": "Know five people in finance.", "measure": MEASURE, "due_on": "2099-06-01"}


async def agreed(couple: Couple, *, project: bool) -> str:
    """A milestone that both agreed on."""
    milestone = {"title": "Lead a review", "due_on": "2099-06-01", "project": project}
    proposed = await put(couple.ana, f"{couple.path}/roadmap", {"milestones": [milestone]})
    assert proposed["approved_by"] == ["mentee"]
    both = await post(couple.ben, f"{couple.path}/roadmap/approval", {"proposal": 1})
    assert both["accepted_proposal"] == 1
    milestone_id: str = proposed["milestone_ids"][0]
    return milestone_id


async def test_a_goal_is_set_revised_and_achieved(fairlead: Company) -> None:
    couple = await fairlead.paired()
    goal = await post(couple.ana, f"{couple.path}/goals", GOAL, 201)
    one = f"{couple.path}/goals/{goal['goal_id']}"
    revised = {**GOAL, "text": "Know five people in finance by name."}
    seen = await couple.ana.get(one)
    changed = await couple.ana.put(one, json=revised, headers={"If-Match": seen.headers["etag"]})
    assert changed.status_code == 200
    again = await couple.ana.put(one, json=GOAL, headers={"If-Match": seen.headers["etag"]})
    assert again.status_code == 412
    short = await post(couple.ana, f"{one}/achievement", {"reached": 4}, 409)
    assert short["code"] == "goal_not_reached"
    done = await post(couple.ana, f"{one}/achievement", {"reached": 6})
    assert done["status"] == "achieved"
    shown = await get(couple.ben, one)
    assert (shown["reached"], shown["goal"]["text"]) == (6, revised["text"])
    dropped = await post(couple.ana, f"{one}/drop", {"reason": "no_time"}, 409)
    assert dropped["code"] == "goal_closed"


@pytest.mark.parametrize(
    ("missing", "code"), [("measure", "goal_without_measure"), ("due_on", "goal_without_date")]
)
async def test_a_goal_with_no_measure_or_date_is_refused_by_its_own_code(
    fairlead: Company, missing: str, code: str
) -> None:
    couple = await fairlead.paired()
    for body in ({**GOAL, missing: None}, {k: v for k, v in GOAL.items() if k != missing}):
        refused = await post(couple.ana, f"{couple.path}/goals", body, 422)
        assert refused["code"] == code
        assert refused["errors"][0]["pointer"] == f"/{missing}"
    assert (await get(couple.ana, f"{couple.path}/goals"))["items"] == []


async def test_the_mentor_does_not_set_the_mentee_s_goals(fairlead: Company) -> None:
    couple = await fairlead.paired()
    assert (await post(couple.ben, f"{couple.path}/goals", GOAL, 403))["code"] == "mentee_only"


async def test_an_objective_of_both_serves_the_charter(fairlead: Company) -> None:
    couple = await fairlead.paired()
    path = f"{couple.path}/joint-objectives"
    body = {"text": "Finance meets design.", "priority": "be-first", "due_on": "2099-06-01"}
    assert (await post(couple.ben, path, body, 422))["code"] == "priority_unknown"
    body["priority"] = "break-silos"
    objective = await post(couple.ben, path, body, 201)
    goal = await get(couple.ana, f"{couple.path}/goals/{objective['goal_id']}")
    assert (goal["joint"], goal["priority"], goal["measure"]) == (True, "break-silos", None)


async def test_a_goal_is_not_reached_through_another_pair(fairlead: Company) -> None:
    couple, others = await fairlead.paired(), await fairlead.paired()
    goal = await post(couple.ana, f"{couple.path}/goals", GOAL, 201)
    foreign = f"{others.path}/goals/{goal['goal_id']}"
    await get(others.ana, foreign, 404)
    await put(others.ana, foreign, GOAL, 404)
    await post(others.ana, f"{foreign}/achievement", {"reached": 9}, 404)
    await post(others.ana, f"{foreign}/drop", {"reason": "no_time"}, 404)


async def test_a_project_milestone_needs_evidence_and_the_mentor(fairlead: Company) -> None:
    couple = await fairlead.paired()
    milestone_id = await agreed(couple, project=True)
    one = f"{couple.path}/milestones/{milestone_id}"
    assert (await post(couple.ben, f"{one}/confirmation", None, 409))["code"] == "evidence_missing"
    evidence = {"deliverable": "The minutes.", "link": "https://example.org/minutes"}
    assert (await post(couple.ben, f"{one}/evidence", evidence, 403))["code"] == "mentee_only"
    await post(couple.ana, f"{one}/evidence", evidence)
    assert (await post(couple.ana, f"{one}/confirmation", None, 403))["code"] == "mentor_confirms"
    reached = await post(couple.ben, f"{one}/confirmation", None)
    assert reached["reached"] is True
    (milestone,) = (await get(couple.ana, f"{couple.path}/milestones"))["items"]
    assert (milestone["on_time"], milestone["link"]["text"]) == (True, evidence["link"])


async def test_a_milestone_moves_but_keeps_its_evidence(fairlead: Company) -> None:
    couple = await fairlead.paired()
    milestone_id = await agreed(couple, project=True)
    one = f"{couple.path}/milestones/{milestone_id}"
    await post(couple.ana, f"{one}/evidence", {"deliverable": "A draft."})
    moved = {"milestone_id": milestone_id, "title": "Lead the review", "project": True}
    body = {"milestones": [{**moved, "due_on": "2099-09-01"}]}
    assert (await put(couple.ben, f"{couple.path}/roadmap", body))["proposal"] == 2
    (before,) = (await get(couple.ana, f"{couple.path}/milestones"))["items"]
    assert (before["due_on"], before["title"]["text"]) == ("2099-06-01", "Lead a review")
    stale = await post(couple.ana, f"{couple.path}/roadmap/approval", {"proposal": 1}, 409)
    assert stale["code"] == "roadmap_version_superseded"
    await post(couple.ana, f"{couple.path}/roadmap/approval", {"proposal": 2})
    (after,) = (await get(couple.ana, f"{couple.path}/milestones"))["items"]
    assert (after["due_on"], after["title"]["text"]) == ("2099-09-01", "Lead the review")
    assert after["deliverable"]["text"] == "A draft."
    empty = {"milestones": [{"title": "Another one", "due_on": "2099-06-01"}]}
    left_out = await put(couple.ana, f"{couple.path}/roadmap", empty, 409)
    assert left_out["code"] == "milestone_left_out"


async def test_a_roadmap_read_before_it_changed_is_not_overwritten(fairlead: Company) -> None:
    couple = await fairlead.paired()
    await agreed(couple, project=False)
    path = f"{couple.path}/roadmap"
    seen = await couple.ben.get(path)
    (milestone_id,) = [each["milestone_id"] for each in seen.json()["milestones"]]
    same = {"milestone_id": milestone_id, "title": "Lead a review", "due_on": "2099-07-01"}
    match = {"If-Match": seen.headers["etag"]}
    body = {"milestones": [same]}
    assert (await couple.ben.put(path, json=body, headers=match)).status_code == 200
    assert (await couple.ana.put(path, json=body, headers=match)).status_code == 412


async def test_there_is_no_roadmap_until_one_is_proposed(fairlead: Company) -> None:
    couple = await fairlead.paired()
    await get(couple.ana, f"{couple.path}/roadmap", 404)
    await post(couple.ben, f"{couple.path}/roadmap/approval", {"proposal": 1}, 404)
    unknown = [{"milestone_id": str(new_id()), "title": "Old", "due_on": "2099-06-01"}]
    body = {"milestones": unknown}
    assert (await put(couple.ana, f"{couple.path}/roadmap", body, 404))["code"] == (
        "milestone_unknown"
    )


async def test_a_pairing_that_ended_takes_no_more_goals(fairlead: Company) -> None:
    couple = await fairlead.paired()
    await fairlead.broken_off(couple)
    journey = await get(couple.ana, couple.path)
    assert (journey["phase"], journey["end_reason"]) == ("ended", "not_a_fit")
    assert (await post(couple.ana, f"{couple.path}/goals", GOAL, 409))["code"] == "journey_over"
    starts_at = (clock.now() + timedelta(days=1)).isoformat()
    body = {"starts_at": starts_at}
    refused = await post(couple.ana, f"{couple.path}/sessions", body, 409)
    assert refused["code"] == "journey_over"

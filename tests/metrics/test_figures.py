from datetime import timedelta

import httpx
import pytest

from services.metrics.domain.access import MEASURES
from shared import clock
from shared.auth import Role
from shared.events import BY_NAME
from shared.events.matching import MatchingRunRequested
from shared.ids import RunId, derived_id
from tests.metrics.conftest import tell
from tests.metrics.spring import LEGAL, MENTORS, SALES, spring
from tests.metrics.telling import BEGAN, LISTENING, PROGRAM, SPRING, person
from tests.world import World

pytestmark = pytest.mark.integration

HERE = f"/v1/programs/{PROGRAM}"


def mara(world: World) -> httpx.AsyncClient:
    return world.client("metrics", person("mara"), Role.PROGRAM_MANAGER)


def figure(answer: httpx.Response, measure: str) -> dict[str, object]:
    assert answer.status_code == 200, answer.text
    (found,) = [
        item
        for item in answer.json()["items"]
        if (item["measure"], item["part"]) == (measure, None)
    ]
    return {name: found[name] for name in ("numerator", "denominator", "suppressed")}


def shown(numerator: int, denominator: int) -> dict[str, object]:
    return {"numerator": numerator, "denominator": denominator, "suppressed": False}


HIDDEN: dict[str, object] = {"numerator": None, "denominator": None, "suppressed": True}


async def test_whoever_runs_a_program_sees_its_totals(orchard: World) -> None:
    async with mara(orchard) as client:
        answer = await client.get(f"{HERE}/figures")
    assert figure(answer, "participation") == shown(64, 80)
    assert figure(answer, "matched") == shown(38, 44)
    assert figure(answer, "waiting") == shown(2, 44)
    assert figure(answer, "cross_functional") == shown(28, 38)
    began = BEGAN + timedelta(days=17)
    periods = 1 + int((clock.now() - began).total_seconds()) // (30 * 86400)
    assert figure(answer, "session_frequency") == shown(30, 38 * periods)
    assert figure(answer, "milestone_completion") == shown(30, 60)
    assert figure(answer, "skill_gain") == shown(45, 30)
    assert figure(answer, "confidence_gain") == shown(600, 30)
    assert figure(answer, "breadth_of_relations")["denominator"] == 58
    _, skill = [item for item in answer.json()["items"] if item["measure"] == "skill_gain"]
    assert (skill["part"], skill["part_name"]) == (str(LISTENING), "Active listening")
    assert skill["per_mille"] == 1500


async def test_a_small_function_is_hidden_and_cannot_be_subtracted(orchard: World) -> None:
    async with mara(orchard) as client:
        legal = await client.get(f"{HERE}/figures", params={"function": "legal"})
        sales = await client.get(f"{HERE}/figures", params={"function": "sales"})
        finance = await client.get(f"{HERE}/figures", params={"function": "finance"})
    assert figure(legal, "participation") == HIDDEN
    # With the total known, one of the others must be hidden too.
    assert [figure(answer, "matched") for answer in (sales, finance)].count(HIDDEN) >= 1


async def test_a_cohort_and_a_function_at_once_are_refused(orchard: World) -> None:
    async with mara(orchard) as client:
        params = {"function": "sales", "cohort_id": str(SPRING)}
        answer = await client.get(f"{HERE}/figures", params=params)
    assert answer.status_code == 422
    assert answer.json()["code"] == "one_partition_at_a_time"


async def test_a_participant_sees_their_cohort_and_no_function(orchard: World) -> None:
    async with orchard.client("metrics", person(SALES[0]), Role.MENTEE) as client:
        answer = await client.get(f"{HERE}/figures")
        assert answer.json()["cohort_id"] == str(SPRING)
        assert answer.json()["detail"] == "own_cohort"
        for path in ("/figures?function=sales", "/access?dimension=function", "/funnel"):
            refused = await client.get(f"{HERE}{path}")
            assert (refused.status_code, refused.json()["code"]) == (403, "detail_not_allowed")
        assert (await client.get(f"{HERE}/pairings")).status_code == 403


async def test_a_sponsor_sees_no_single_pairing(orchard: World) -> None:
    async with orchard.client("metrics", person("sven"), Role.SPONSOR) as client:
        assert (await client.get(f"{HERE}/figures")).json()["detail"] == "aggregate"
        assert (await client.get(f"{HERE}/pairings")).status_code == 403
        assert (await client.get(f"{HERE}/waiting-list")).status_code == 403
        assert (await client.get(f"{HERE}/funnel?cohort_id={SPRING}")).status_code == 403


async def test_what_is_not_yours_to_see_is_not_there(orchard: World) -> None:
    strangers = [
        orchard.client("metrics", person(LEGAL[5]), Role.MENTEE),  # applied, never enrolled
        orchard.client("metrics", person(SALES[0]), Role.PROGRAM_MANAGER, Role.SPONSOR),
        orchard.client("metrics", person("mara"), Role.PROGRAM_MANAGER, tenant="harbour"),
    ]
    answers = []
    for stranger in strangers:
        async with stranger as client:
            answers.append((await client.get(f"{HERE}/funnel")).status_code)
    assert answers == [404, 403, 404]
    async with orchard.client("metrics", "hr", Role.HR_PLATFORM) as client:
        assert (await client.get(f"{HERE}/figures")).status_code == 403


async def test_lists_go_by_pseudonym_and_page(orchard: World) -> None:
    async with mara(orchard) as client:
        first = (await client.get(f"{HERE}/pairings?limit=20")).json()
        second = await client.get(f"{HERE}/pairings?limit=20&cursor={first['next_cursor']}")
        waiting = (await client.get(f"{HERE}/waiting-list?limit=1")).json()
        last = await client.get(f"{HERE}/waiting-list?cursor={waiting['next_cursor']}")
    pairs = [*first["items"], *second.json()["items"]]
    assert len({item["pairing_id"] for item in pairs}) == 38
    assert second.json()["next_cursor"] is None
    assert sum(item["sessions_held"] for item in pairs) == 30
    functions = {item["function"] for item in (*waiting["items"], *last.json()["items"])}
    assert functions == {"sales", "legal"}


async def test_pairings_are_filtered_by_states_that_there_are(orchard: World) -> None:
    async with mara(orchard) as client:
        everywhere = (await client.get(f"{HERE}/pairings?limit=100")).json()["items"]
        state = everywhere[0]["state"]
        shown = await client.get(f"{HERE}/pairings?limit=100&state={state}&state=declined")
        others = await client.get(f"{HERE}/pairings?state=declined")
        refused = [await client.get(f"{HERE}/pairings?state={what}") for what in ("won", "%00")]
    assert shown.json()["items"] == [each for each in everywhere if each["state"] == state]
    assert others.json()["items"] == []
    for answer in refused:
        (error,) = answer.json()["errors"]
        assert (answer.status_code, error["source"]) == (422, "query")


async def test_the_funnel_narrows_step_by_step(orchard: World) -> None:
    async with orchard.client("metrics", "audit", Role.AUDITOR) as client:
        stages = (await client.get(f"{HERE}/funnel")).json()["items"]
    mentees = {stage["code"]: stage["mentees"] for stage in stages}
    assert mentees == {
        "applied": 60,
        "accepted": 44,
        "enrolled": 44,
        "proposed": 38,
        "paired": 38,
        "confirmed": 0,
        "met": 30,
        "graduated": 0,
    }
    assert [stage["mentors"] for stage in stages][:5] == [20, 20, 20, 20, 20]


async def test_every_measure_says_what_it_is_counted_from(orchard: World) -> None:
    async with orchard.client("metrics", person(MENTORS[0])) as client:
        listed = (await client.get("/v1/measures")).json()["items"]
        one = (await client.get("/v1/measures/access_match")).json()
        missing = await client.get("/v1/measures/luck")
    assert {measure["code"] for measure in listed} == set(MEASURES)
    for measure in listed:
        assert measure["events"]
        assert set(measure["events"]) <= set(BY_NAME)
        assert measure["version"] >= 1
    assert one["denominator"] == "people enrolled"
    assert missing.status_code == 404


async def test_a_draft_is_seen_by_managers_alone_and_what_was_tried_out_by_nobody(
    orchard: World,
) -> None:
    story = spring()
    known = len(story.told)
    for name, what_if in (("real", False), ("tried", True)):
        run_id = RunId(derived_id("run", name))
        asked = MatchingRunRequested(
            run_id=run_id,
            program_id=PROGRAM,
            cohort_id=SPRING,
            policy_version=1,
            requested_by=person("mara"),
            at=BEGAN,
            what_if=what_if,
        )
        story.tell("matching", f"run-{run_id}", asked)
    await tell(orchard, story, after=known)
    async with mara(orchard) as client:
        (run,) = (await client.get(f"{HERE}/matching-runs")).json()["items"]
    assert (run["run_id"], run["state"]) == (str(derived_id("run", "real")), "requested")
    async with orchard.client("metrics", person("ida"), Role.AUDITOR) as auditor:
        assert (await auditor.get(f"{HERE}/matching-runs")).json()["items"] == []

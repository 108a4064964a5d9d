"""A publication that is broken off is finished, and while it lasts nobody else begins one."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from services.matching.domain.matching_run import RUN as RUNS
from services.matching.domain.run_commands import PublishRun
from services.matching.domain.run_turn import RUN_TURN, TakeTurn
from services.matching.projections.runs import PUBLISHING
from shared.command_handler import Step
from shared.events.matching import Turn
from shared.http.ports import Ports
from shared.ids import RunId
from tests.matching.cast import COHORT, PROGRAM, enrollment, person
from tests.matching.test_bars_over_http import declare
from tests.matching.test_drafts_over_http import asked, changed, drafted, fault, pairs_of
from tests.matching.town import CAUSE, PIA, Town

pytestmark = pytest.mark.integration


async def broken_off(town: Town, run_id: str) -> None:
    """A manager publishes, and the process is gone before anybody is told."""
    ports: Ports = town.world.apps["matching"].state.ports
    where = RunId(UUID(run_id))
    steps: list[Step[Any, Any, Any]] = [
        Step(decider=RUNS, command=PublishRun(run_id=where, published_by=PIA)),
        Step(
            decider=RUN_TURN,
            command=TakeTurn(cohort_id=COHORT, run_id=where, turn=Turn.PUBLISHING),
        ),
    ]
    await ports.commands.execute(CAUSE, steps)


async def test_what_a_request_began_to_tell_a_timer_tells_to_the_end(town: Town) -> None:
    await town.set_policy()
    await town.join({"ana": 2}, ["ben", "cem", "dia"])
    run_id = await drafted(town)
    draft = await pairs_of(town, run_id)
    await broken_off(town, run_id)
    assert (await town.get(f"/v1/matching-runs/{run_id}")).json()["state"] == "publishing"
    await town.world.pass_time(PUBLISHING + timedelta(seconds=1))
    run = (await town.get(f"/v1/matching-runs/{run_id}")).json()
    assert (run["state"], run["proposed"], run["waitlisted"]) == ("published", 2, 1)
    told = (await town.get("/v1/pairings", program_id=str(PROGRAM))).json()["items"]
    assert {pair["mentee"]: pair["mentor"] for pair in told} == draft
    await town.world.pass_time(PUBLISHING * 3)
    assert len((await town.get("/v1/pairings", program_id=str(PROGRAM))).json()["items"]) == 2
    assert (await asked(town)).status_code == 202  # the turn was given back
    await town.world.settle()


async def test_a_publication_sent_again_goes_on_where_it_was(town: Town) -> None:
    await town.set_policy()
    await town.join({"ana": 2}, ["ben", "cem"])
    run_id = await drafted(town)
    await broken_off(town, run_id)
    async with town.pia() as pia:
        path = f"/v1/matching-runs/{run_id}/publication"
        again = (await pia.post(path)).json()
        assert again["proposed"] == 2
        once_more = (await pia.post(path)).json()
    assert (once_more["proposed"], once_more["not_proposed"]) == (0, [])
    run = (await town.get(f"/v1/matching-runs/{run_id}")).json()
    assert (run["state"], run["proposed"]) == ("published", 2)


async def test_while_a_run_is_being_published_no_other_begins(town: Town) -> None:
    await town.set_policy()
    await town.join({"ana": 1}, ["ben", "cem"])
    first, second = await drafted(town), await drafted(town)
    await broken_off(town, first)
    async with town.pia() as pia:
        refused = await pia.post(f"/v1/matching-runs/{second}/publication")
    assert fault(refused)[:2] == (409, "publication_under_way")
    assert fault(await asked(town))[:2] == (409, "publication_under_way")
    await town.world.pass_time(PUBLISHING + timedelta(seconds=1))
    async with town.pia() as pia:
        stale = await pia.post(f"/v1/matching-runs/{second}/publication")
    assert fault(stale) == (409, "draft_stale", None)
    assert "1 mentee no longer waits" in stale.json()["detail"]


async def test_a_new_policy_makes_a_draft_stale_and_is_named(town: Town) -> None:
    await town.set_policy()
    await town.join({"ana": 1}, ["ben"])
    run_id = await drafted(town)
    await town.set_policy(trial_days=14, reason="shorter")
    await town.join({"eva": 1}, ["cem"])
    async with town.pia() as pia:
        path = f"/v1/matching-runs/{run_id}/publication"
        stale = await pia.post(path)
        for change in ("1 mentee has joined", "1 mentor has joined", "the policy is at version 2"):
            assert change in stale.json()["detail"]
        told = await pia.post(path, json={"accept_changes": True})
    assert (told.status_code, told.json()["proposed"]) == (207, 1), told.text
    assert (await town.roster("ben"))["taken"] == 1
    assert enrollment("cem") not in (await pairs_of(town, run_id))


async def test_a_bar_declared_since_is_honoured_by_hand_and_in_publication_and_named_by_neither(
    town: Town,
) -> None:
    await town.set_policy()
    await town.join({"ana": 2, "eva": 2}, ["ben", "cem"])
    wanted = [{"mentor": str(enrollment("ana")), "mentee": str(enrollment("ben"))}]
    run_id = await drafted(town, lock=wanted)
    await declare(town, "ben", against=str(person("ana")))
    await town.world.settle()
    lock = await asked(town, lock=wanted)
    assert fault(lock)[:2] == (409, "pair_not_open")
    moved = await changed(
        town, run_id, change="pair", mentee=str(enrollment("ben")), mentor=str(enrollment("eva"))
    )
    back = await changed(
        town, run_id, change="pair", mentee=str(enrollment("ben")), mentor=str(enrollment("ana"))
    )
    assert (moved.status_code, *fault(back)[:2]) == (200, 409, "pair_not_open")
    other = await drafted(town, reason="without changes by hand")
    async with town.pia() as pia:
        first = (await pia.post(f"/v1/matching-runs/{run_id}/publication")).json()
        again = await pia.post(f"/v1/matching-runs/{other}/publication")
    assert (first["proposed"], first["not_proposed"]) == (2, [])
    assert again.json()["code"] == "draft_stale"
    for answer in (lock, back, again):
        assert "bar" not in answer.text.replace("barred", "")
        assert "apart" not in answer.json()["detail"]


async def test_a_pair_that_a_bar_forbids_since_is_left_out_without_a_word_of_it(
    town: Town,
) -> None:
    await town.set_policy()
    await town.join({"ana": 1}, ["ben"])
    run_id = await drafted(town)
    await declare(town, "ben", against=str(person("ana")))
    await town.world.settle()
    async with town.pia() as pia:
        told = (await pia.post(f"/v1/matching-runs/{run_id}/publication")).json()
    (left,) = told["not_proposed"]
    assert (told["proposed"], left["problem"]["code"]) == (0, "pair_no_longer_allowed")
    assert (await town.roster("ben"))["taken"] == 0

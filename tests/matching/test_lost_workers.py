"""Runs whose process is killed while it works: tried again, so often, and told when it is over."""

import asyncio
import gzip
import os
import signal
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from services.matching.domain.run_commands import FailRun
from services.matching.domain.run_turn import EndTurn
from services.matching.projections.runs import RUN_TIMER
from services.matching.reactions import elsewhere
from services.matching.reactions.computing import CLAIMS_MAX, TRIES_MAX, compute_run
from services.matching.verifier import verify
from shared.deadlines import Due, Errand
from shared.ids import TenantId, new_id
from tests.matching.cast import COHORT, PROGRAM
from tests.matching.standing import Standstill, is_there
from tests.matching.town import Town
from tests.patience import PATIENCE_SECONDS
from tests.world import TENANT

pytestmark = pytest.mark.integration

REQUEST = {"program_id": str(PROGRAM), "cohort_id": str(COHORT)}
COMPLETED = "SELECT count(*) FROM log.events WHERE type = 'MatchingRunCompleted'"
RECORDS = "SELECT subject::text, digest, document FROM log.records"


@pytest.fixture
async def standstill(town: Town, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Standstill:
    """Ben waits for Ana; runs can be held up when all pairs are scored."""
    await town.set_policy()
    await town.join({"ana": 1}, ["ben"])
    held = Standstill(folder=tmp_path / "stand", stage="scored")
    monkeypatch.setattr(elsewhere, "solve_for", held.solver())
    return held


async def asked(town: Town) -> str:
    async with town.pia() as pia:
        answer = await pia.post(
            "/v1/matching-runs", json=REQUEST, headers={"Idempotency-Key": str(new_id())}
        )
    assert answer.status_code == 202, answer.text
    return str(answer.json()["operation_id"])


async def eventually(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(PATIENCE_SECONDS):
        while not holds():  # noqa: ASYNC110  # another process has no events to wait for
            await asyncio.sleep(0.01)


async def lose(standstill: Standstill, workers: int) -> None:
    """Kill so many, one after the other, each in the middle of its work."""
    for _ in range(workers):
        await eventually(lambda: len(standstill.standing()) == 1)
        (worker,) = standstill.standing()
        os.kill(worker, signal.SIGKILL)
        await eventually(partial(_is_gone, worker))


def _is_gone(worker: int) -> bool:
    return not is_there(worker)


async def ended(town: Town, run_id: str) -> dict[str, Any]:
    """The operation once it is over."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while True:
            operation: dict[str, Any] = (await town.get(f"/v1/operations/{run_id}")).json()
            if operation["status"] != "running":
                return operation
            await asyncio.sleep(0.05)


async def test_a_run_that_loses_its_process_is_worked_out_by_another(
    town: Town, standstill: Standstill
) -> None:
    standstill.sell(TRIES_MAX - 1)
    run_id = await asked(town)
    await lose(standstill, TRIES_MAX - 1)
    assert (await ended(town, run_id))["status"] == "succeeded"
    matching = town.world.connections["matching"]
    assert await matching.fetchval(COMPLETED) == 1
    (record,) = await matching.fetch(RECORDS)
    run = (await town.get(f"/v1/matching-runs/{run_id}")).json()
    assert (run["state"], run["record_digest"]) == ("draft", record["digest"])
    report = verify(gzip.decompress(record["document"]))
    assert (record["subject"], report.holds, report.whole) == (run_id, True, True)


async def test_a_run_that_loses_every_process_fails_and_the_next_one_has_its_turn(
    town: Town, standstill: Standstill
) -> None:
    standstill.sell(TRIES_MAX)
    run_id = await asked(town)
    await lose(standstill, TRIES_MAX)
    operation = await ended(town, run_id)
    assert (operation["status"], operation["error"]["code"]) == ("failed", "run_failed")
    assert "worker_lost" in operation["error"]["detail"]
    run = (await town.get(f"/v1/matching-runs/{run_id}")).json()
    assert (run["state"], run["reason"]) == ("failed", "worker_lost")
    assert await town.world.connections["matching"].fetch(RECORDS) == []
    assert (await ended(town, await asked(town)))["status"] == "succeeded"


async def test_a_run_that_its_service_does_not_survive_is_given_up(
    town: Town, standstill: Standstill
) -> None:
    standstill.sell(1)
    run_id = await asked(town)
    await eventually(lambda: len(standstill.standing()) == 1)
    due = Due(
        tenant=TenantId(TENANT),
        deadline_id=new_id(),
        due_at=datetime.now(UTC),
        kind=RUN_TIMER,
        subject=UUID(run_id),
        payload={},
        attempt=CLAIMS_MAX + 1,
    )
    steps = await compute_run(due, town.world.connections["matching"])
    assert not isinstance(steps, Errand)
    fail, end = (step.command for step in steps)
    assert isinstance(fail, FailRun)
    assert (str(fail.run_id), fail.reason) == (run_id, "worker_lost")
    assert end == EndTurn(cohort_id=COHORT, run_id=fail.run_id)
    standstill.let_go()
    assert (await ended(town, run_id))["status"] == "succeeded"

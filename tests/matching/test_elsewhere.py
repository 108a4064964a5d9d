"""A run's own process: what it tells, and when it ends."""

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from services.matching.domain.solved import ENGINE, STAGES, Solved
from services.matching.reactions import elsewhere
from services.matching.reactions.elsewhere import Answer, WorkerLost
from tests.matching.cast import candidate, run_input
from tests.matching.solved import ABOUT
from tests.matching.standing import Standstill, is_there
from tests.patience import PATIENCE_SECONDS

SOURCE = run_input([candidate("ben")], [candidate("ana", function="law")])
STANDS = """
import asyncio
from pathlib import Path
from services.matching.reactions import elsewhere
from tests.matching.standing import Standstill
from tests.matching.test_elsewhere import solved

if __name__ == "__main__":
    elsewhere.solve_for = Standstill(folder=Path({folder!r}), stage="scored").solver()
    asyncio.run(solved([]))
"""


async def solved(told: list[str]) -> Answer:
    async def hear(stage: str) -> None:
        told.append(stage)

    async def wanted() -> bool:
        return True

    about = replace(ABOUT, engine=dict(ENGINE))
    return await elsewhere.solved(SOURCE, about, hear, wanted)


async def eventually(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(PATIENCE_SECONDS):
        while not holds():  # noqa: ASYNC110  # another process has no events to wait for
            await asyncio.sleep(0.01)


@pytest.mark.parametrize("stage", ["scored", "priced"])
async def test_stages_are_heard_in_order_while_the_run_is_worked_out(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, stage: str
) -> None:
    standstill = Standstill(folder=tmp_path, stage=stage)
    standstill.sell(1)
    monkeypatch.setattr(elsewhere, "solve_for", standstill.solver())
    told: list[str] = []
    working = asyncio.create_task(solved(told))
    reached = STAGES[: STAGES.index(stage) + 1]
    await eventually(lambda: tuple(told) == reached)
    await eventually(lambda: len(standstill.standing()) == 1)
    assert not working.done()
    standstill.let_go()
    assert isinstance(await working, Solved)
    assert tuple(told) == STAGES


async def test_a_process_that_is_killed_is_lost(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    standstill = Standstill(folder=tmp_path, stage="scored")
    standstill.sell(1)
    monkeypatch.setattr(elsewhere, "solve_for", standstill.solver())
    working = asyncio.create_task(solved([]))
    await eventually(lambda: len(standstill.standing()) == 1)
    os.kill(standstill.standing()[0], signal.SIGKILL)
    with pytest.raises(WorkerLost):
        await working


def test_whoever_works_for_somebody_who_was_killed_ends_too(tmp_path: Path) -> None:
    standstill = Standstill(folder=tmp_path / "stand", stage="scored")
    standstill.sell(1)
    script = tmp_path / "stands.py"
    script.write_text(STANDS.format(folder=str(standstill.folder)))
    environment = {**os.environ, "PYTHONPATH": str(Path.cwd())}
    with subprocess.Popen([sys.executable, str(script)], env=environment) as asking:  # noqa: S603  # our own words
        asyncio.run(eventually(lambda: len(standstill.standing()) == 1))
        (working,) = standstill.standing()
        asking.kill()
    until = time.monotonic() + PATIENCE_SECONDS
    while is_there(working):
        assert time.monotonic() < until, "it still works"
        time.sleep(0.01)

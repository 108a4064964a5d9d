"""Every matching run checked from its record alone, by the command that an auditor would use."""

import asyncio
import sys
from collections.abc import Sequence
from functools import partial
from typing import Any

import msgspec

from shared.cli.demo.stage import AUDITOR, Stage
from shared.codec import canonical
from shared.frozen import frozen


@frozen
class Proof:
    """What `fairlead matching verify` said of one run."""

    run_id: str
    holds: bool
    pairs: int
    allowed: int  # pairs that might have been chosen
    findings: tuple[str, ...]


async def proved(stage: Stage) -> Sequence[Proof]:
    """Fetch the record of each run as an auditor, and check it without a solver or a service."""
    found: list[Proof] = []

    async def prove(run: str) -> None:
        path = f"/matching-runs/{run}/record"
        record = await stage.apis.get(AUDITOR, "matching", path)
        said = await _verified(canonical(record))
        findings = tuple(finding["text"] for finding in said["findings"])
        found.append(
            Proof(
                run_id=run,
                holds=said["holds"],
                pairs=said["pairs"],
                allowed=said["allowed"],
                findings=findings,
            )
        )

    await stage.everybody("checking the records of runs", [partial(prove, r) for r in stage.runs])
    return sorted(found, key=lambda proof: stage.runs.index(proof.run_id))


async def _verified(record: bytes) -> dict[str, Any]:
    command = (sys.executable, "-m", "shared.cli", "matching", "verify", "-", "--json")
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(*command, stdin=pipe, stdout=pipe)
    said, _ = await process.communicate(record)
    told: dict[str, Any] = msgspec.json.decode(said)
    return told

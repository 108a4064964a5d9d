"""Matching as a process of its own, on a test's databases: what it survives, its log does."""

import json
import os
import signal
import subprocess
import sys
from contextlib import suppress
from dataclasses import field
from pathlib import Path
from typing import Any

import httpx

from services.matching.main import SERVICE
from services.matching.reactions import elsewhere
from shared import runtime, settings
from shared.frozen import frozen
from shared.provisioning import Databases
from shared.runtime import Serving
from tests.matching.standing import Standstill

# Not a module: who has one as its main program reads it again in every process that it begins.
BEGIN = "from tests.matching.alone import main; main()"


@frozen
class Alone:
    """The process; it is not started again by itself."""

    standstill: Standstill
    databases: Databases
    port: int
    keys: Path  # the folder of development keys
    begun: list[subprocess.Popen[bytes]] = field(default_factory=list)  # the last may be alive

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def begin(self, crash_at: str = "") -> subprocess.Popen[bytes]:
        """Start it, perhaps to be killed at a point."""
        there = {name: getattr(self.databases, name) for name in ("server", "password", "prefix")}
        stand = {"folder": str(self.standstill.folder), "stage": self.standstill.stage}
        told = json.dumps({"databases": there, "standstill": stand})
        own = {
            "HTTP__MATCHING_PORT": str(self.port),
            "AUTH__DEVELOPMENT_KEY": str(self.keys / "issuer.json"),
            "VAULT__DEVELOPMENT_KEY": str(self.keys / "master-key"),
            "LOG__LEVEL": "warning",
            "BUS__LEASE_SECONDS": "2",  # what the dead hold is others' soon
            "CRASH_AT": crash_at,
        }
        named = {f"FAIRLEAD_{name}": value for name, value in own.items()}
        words = [sys.executable, "-c", BEGIN, told]
        self.begun.append(subprocess.Popen(words, env={**os.environ, **named}))  # noqa: S603  # our own words
        return self.begun[-1]

    def kill(self) -> None:
        """SIGKILL, unless it is gone."""
        for process in self.begun[-1:]:
            process.kill()
            process.wait()

    def died(self) -> bool:
        """Whether it was killed."""
        return self.begun[-1].poll() == -signal.SIGKILL

    def is_ready(self) -> bool:
        assert self.begun[-1].poll() is None, "it ended"
        with suppress(httpx.TransportError):
            return httpx.get(f"{self.address}/readyz", timeout=2).is_success
        return False


def main() -> None:
    """What the process does."""
    told: dict[str, Any] = json.loads(sys.argv[1])
    stand = told["standstill"]
    standstill = Standstill(folder=Path(stand["folder"]), stage=stand["stage"])
    elsewhere.solve_for = standstill.solver()  # type: ignore[assignment, attr-defined]  # its own
    databases = Databases(**told["databases"])
    runtime.serve(SERVICE, settings.load(), databases, Serving(with_worker=True))

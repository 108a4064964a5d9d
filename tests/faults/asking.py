"""How a test asks for a trial."""

from typing import Protocol

from tests.faults.scenarios import Scenario
from tests.faults.stage import Stage


class Told(Protocol):
    """Tries a scenario, keeps its report for the summary, and fails if a promise is broken."""

    def __call__(self, stage: Stage, scenario: Scenario, seed: int) -> None: ...

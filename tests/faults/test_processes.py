"""Services that are killed, paused, joined and replaced while people use them."""

import pytest

from tests.faults.asking import Told
from tests.faults.scenarios import PROCESSES, Scenario
from tests.faults.stage import Stage

pytestmark = [pytest.mark.faults, pytest.mark.integration]
GROUP = PROCESSES


def test_every_promise_is_kept_when_services_end_pause_and_change(
    stage: Stage, scenario: Scenario, seed: int, told: Told
) -> None:
    told(stage, scenario, seed)

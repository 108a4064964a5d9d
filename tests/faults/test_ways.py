"""A database and a way to it that fail, and messages that come as they may."""

import pytest

from tests.faults.asking import Told
from tests.faults.scenarios import WAYS, Scenario
from tests.faults.stage import Stage

pytestmark = [pytest.mark.faults, pytest.mark.integration]
GROUP = WAYS


def test_every_promise_is_kept_when_the_database_or_the_ways_fail(
    stage: Stage, scenario: Scenario, seed: int, told: Told
) -> None:
    told(stage, scenario, seed)

"""Disks without any room left, under the database and under the broker."""

import pytest

from tests.faults.asking import Told
from tests.faults.scenarios import DISKS, Scenario
from tests.faults.stage import Stage

pytestmark = [pytest.mark.faults, pytest.mark.kafka, pytest.mark.integration]
GROUP = DISKS


def test_every_promise_is_kept_when_a_disk_is_full(
    stage: Stage, scenario: Scenario, seed: int, told: Told
) -> None:
    told(stage, scenario, seed)

"""A broker that dies, forgets, and cannot be reached: commands are taken all the while."""

import pytest

from tests.faults.asking import Told
from tests.faults.scenarios import BROKER, Scenario
from tests.faults.stage import Stage

pytestmark = [pytest.mark.faults, pytest.mark.kafka, pytest.mark.integration]
GROUP = BROKER


def test_every_promise_is_kept_whatever_becomes_of_the_broker(
    stage: Stage, scenario: Scenario, seed: int, told: Told
) -> None:
    told(stage, scenario, seed)

"""Short histories under every fault there is a step for."""

from random import Random

import pytest

from tests.simulation.carrying import Sabotage
from tests.simulation.histories import play, play_many

ATTEMPTS = 2_000
CARELESS = {
    "a relay that marks before it has published": Sabotage(marks_before_publishing=True),
    "a consumer that ignores who holds its slots": Sabotage(ignores_epochs=True),
    "a consumer that handles copies": Sabotage(takes_copies=True),
    "a consumer whose number moves without the effect": Sabotage(moves_number_first=True),
}


def test_promises_hold_in_ten_thousand_histories() -> None:
    play_many(10_000, bytes_min=16, bytes_max=48)


@pytest.mark.slow
def test_promises_hold_in_a_hundred_thousand_histories() -> None:
    play_many(100_000, bytes_min=16, bytes_max=80)


@pytest.mark.parametrize("careless", CARELESS)
def test_carelessness_is_found(careless: str) -> None:
    for seed in range(ATTEMPTS):
        try:
            play(Random(seed).randbytes(80), CARELESS[careless])
        except AssertionError:
            return
    pytest.fail(f"{careless}: no promise broke in {ATTEMPTS} histories")


def test_a_history_plays_again_from_its_bytes() -> None:
    story = Random(7).randbytes(200)
    one, other = play(story), play(story)
    assert one.figures.rows == other.figures.rows
    assert len(one.figures.applied) > 20

"""How a history follows from bytes, two a step, so that a failing one shrinks and plays again."""

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.simulation.carrying import Sabotage
from tests.simulation.history import History

HONEST = Sabotage()


def play(story: bytes, sabotage: Sabotage = HONEST) -> History:
    """A history, its faults over and its promises looked at.

    Raises:
        AssertionError: a promise does not hold.
    """
    history = History(sabotage)
    for action, argument in zip(story[::2], story[1::2], strict=False):
        history.step(action, argument)
    history.come_to_rest()
    return history


def play_many(histories: int, bytes_min: int, bytes_max: int) -> None:
    """Look for a history that breaks a promise; it is printed as short as it can be made."""

    @settings(
        max_examples=histories,
        deadline=None,
        database=None,
        print_blob=True,
        suppress_health_check=[HealthCheck.too_slow],
    )
    @given(st.binary(min_size=bytes_min, max_size=bytes_max))
    def holds(story: bytes) -> None:
        play(story)

    holds()

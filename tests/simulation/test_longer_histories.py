"""Histories in which more has happened before something fails; and a machine of all rules."""

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule, run_state_machine_as_test

from tests.simulation.histories import play_many
from tests.simulation.history import ACTIONS, History

MACHINE_HISTORIES, MACHINE_STEPS = 600, 25


def test_promises_hold_in_ten_thousand_longer_histories() -> None:
    play_many(10_000, bytes_min=32, bytes_max=64)


class Machine(RuleBasedStateMachine):
    """The same, chosen rule by rule: what breaks here is told as a list of steps."""

    def __init__(self) -> None:
        super().__init__()
        self.history = History()

    @rule(action=st.sampled_from(ACTIONS), argument=st.integers(0, 255))
    def something_happens(self, action: object, argument: int) -> None:
        assert callable(action)
        action(self.history, argument)

    def teardown(self) -> None:
        self.history.come_to_rest()


def test_promises_hold_whatever_rules_are_chosen() -> None:
    chosen = settings(
        max_examples=MACHINE_HISTORIES,
        stateful_step_count=MACHINE_STEPS,
        deadline=None,
        database=None,
        print_blob=True,
        suppress_health_check=list(HealthCheck),
    )
    run_state_machine_as_test(Machine, settings=chosen)

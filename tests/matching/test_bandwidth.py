"""How many mentees a mentor has room for, whatever the number of programs they serve in."""

from dataclasses import replace

import pytest
from hypothesis import given as for_all
from hypothesis import strategies as st

from services.matching.domain.bandwidth import Declared, Load, free_in, seats_in
from shared.ids import ProgramId, derived_id
from tests.matching.cast import POLICY_SET, PROGRAM

ROOMY = Declared(seats=9, hours=40)
ELSEWHERE = ProgramId(derived_id("another program"))
THIRD = ProgramId(derived_id("a third program"))


@pytest.mark.parametrize(
    ("declared", "seats"),
    [
        (ROOMY, 3),  # the ratio
        (Declared(seats=2, hours=40), 2),
        (Declared(seats=9, hours=5), 2),  # two hours a pair
        (Declared(seats=9, hours=1), 0),
        (Declared(seats=0, hours=40), 0),
    ],
)
def test_seats_are_the_least_of_ratio_own_word_and_hours(declared: Declared, seats: int) -> None:
    assert seats_in(POLICY_SET, declared) == seats


def test_until_a_program_has_a_policy_the_usual_holds() -> None:
    assert seats_in(None, ROOMY) == 3
    assert seats_in(None, Declared(seats=9, hours=2)) == 1


def test_pairings_in_other_programs_use_up_the_same_bandwidth() -> None:
    busy = Load(pairings=2, hours=6, programs=frozenset({ELSEWHERE}))
    few_hours = Declared(seats=9, hours=8)
    few_seats = Declared(seats=3, hours=40)
    assert free_in(POLICY_SET, ROOMY, busy, seats=3, taken=0) == 3
    assert free_in(POLICY_SET, few_hours, busy, seats=3, taken=0) == 1
    assert free_in(POLICY_SET, few_seats, busy, seats=3, taken=0) == 1


def test_who_serves_in_as_many_programs_as_allowed_serves_in_no_other() -> None:
    two = replace(POLICY_SET, programs_max=2)
    full = Load(pairings=2, hours=4, programs=frozenset({ELSEWHERE, THIRD}))
    here_too = replace(full, programs=frozenset({ELSEWHERE, PROGRAM}))
    assert free_in(two, ROOMY, full, seats=3, taken=0) == 0
    assert free_in(two, ROOMY, here_too, seats=3, taken=1) == 2
    assert free_in(POLICY_SET, ROOMY, full, seats=3, taken=0) == 3


@for_all(
    st.builds(Declared, seats=st.integers(0, 10), hours=st.integers(0, 60)),
    st.builds(Load, pairings=st.integers(0, 12), hours=st.integers(0, 60)),
    st.integers(0, 12),
    st.integers(1, 20),
)
def test_one_more_pair_never_takes_more_than_was_declared(
    declared: Declared, load: Load, taken: int, hours_per_pair: int
) -> None:
    policy = replace(POLICY_SET, hours_per_pair=hours_per_pair)
    seats = seats_in(policy, declared)
    free = free_in(policy, declared, load, seats=seats, taken=taken)
    assert free >= 0
    if free:
        assert taken + free <= min(policy.seats_per_mentor_max, declared.seats)
        assert load.pairings + free <= declared.seats
        assert load.hours + free * hours_per_pair <= declared.hours

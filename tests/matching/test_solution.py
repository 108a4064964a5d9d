from dataclasses import replace

from hypothesis import given as for_all
from hypothesis import settings
from hypothesis import strategies as st

from services.matching.domain.solution import solve
from shared.events.matching import Unserved
from tests.matching.cast import (
    BUDGETING,
    FACILITATION,
    STATISTICS,
    candidate,
    enrollment,
    run_input,
)

SKILLS = [FACILITATION, STATISTICS, BUDGETING]
MENTEES = [candidate(f"mentee {n}", goals=[SKILLS[n % 3]]) for n in range(8)]
MENTORS = [
    candidate(f"mentor {n}", function="law", levels={SKILLS[n % 3]: 5}, seats=1 + n % 2)
    for n in range(4)
]


@settings(max_examples=25, deadline=None)
@for_all(st.permutations(MENTEES), st.permutations(MENTORS))
def test_the_order_of_people_changes_nothing(mentees: list[object], mentors: list[object]) -> None:
    assert solve(run_input(mentees, mentors)) == solve(run_input(MENTEES, MENTORS))  # type: ignore[arg-type]  # permutations of the same


def test_a_changed_input_has_another_digest() -> None:
    before = solve(run_input(MENTEES, MENTORS))
    after = solve(run_input([replace(MENTEES[0], function="law"), *MENTEES[1:]], MENTORS))
    assert before.input_digest != after.input_digest


def test_seats_are_never_exceeded_and_everybody_is_accounted_for() -> None:
    solution = solve(run_input(MENTEES, MENTORS))
    for mentor in MENTORS:
        taken = [pair for pair in solution.pairs if pair.mentor == mentor.enrollment_id]
        assert len(taken) <= mentor.free
    served = {pair.mentee for pair in solution.pairs}
    left = {person.mentee for person in solution.unserved}
    assert served | left == {mentee.enrollment_id for mentee in MENTEES}
    assert not served & left
    assert solution.seats == len(solution.pairs) == 6


def test_who_is_not_served_learns_which_kind_of_reason_it_was() -> None:
    speaker = candidate("speaker", languages=["fi"])
    full = replace(candidate("full", seats=1), free=0)
    solution = solve(run_input([speaker, candidate("late")], [full]))
    assert set(solution.unserved) == {
        Unserved(mentee=enrollment("speaker"), reason="no_allowed_mentor"),
        Unserved(mentee=enrollment("late"), reason="all_seats_taken"),
    }


def test_a_run_of_nobody_is_an_empty_answer() -> None:
    assert solve(run_input([], [])).pairs == ()
    assert solve(run_input([candidate("ben")], [])).unserved[0].reason == "no_allowed_mentor"

from dataclasses import replace

import pytest
from hypothesis import given as for_all
from hypothesis import settings
from hypothesis import strategies as st

from services.matching.domain.engine.flow import by_flow
from services.matching.domain.engine.problem import Bits, Problem, Whole
from services.matching.domain.pool import Apart, Locked
from services.matching.domain.solution import solve as solve_run
from services.matching.domain.solved import STAGES, NobodyAllowed
from shared.events.matching import CrossFunctionRule, Objective, RuleCount, Unserved
from tests.matching.cast import (
    BUDGETING,
    FACILITATION,
    POLICY_SET,
    STATISTICS,
    candidate,
    enrollment,
    run_input,
)
from tests.matching.solved import ABOUT, solve

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


def test_where_the_rules_leave_nobody_anybody_each_rule_is_counted_but_for_private_ones() -> None:
    mentees = [candidate("ben", languages=["fi"]), candidate("cem", languages=["fi"])]
    mentors = [candidate("ana"), candidate("eva", languages=["fi"])]
    apart = tuple(
        Apart(mentor=mentors[1].enrollment_id, mentee=who.enrollment_id) for who in mentees
    )
    required = replace(POLICY_SET, cross_function=CrossFunctionRule.REQUIRED)
    source = replace(run_input(mentees, mentors, policy=required), apart=apart)
    answer = solve_run(source, ABOUT)
    assert isinstance(answer, NobodyAllowed)
    assert answer.rules == (
        RuleCount(rule="same_function", pairs=4),
        RuleCount(rule="no_common_language", pairs=2),
    )


def test_a_locked_pair_stands_and_a_barred_one_is_never_made() -> None:
    mentee, other = MENTEES[0], MENTEES[1]
    mentor = MENTORS[2]
    lock = Locked(mentor=mentor.enrollment_id, mentee=mentee.enrollment_id)
    bars = tuple(
        Apart(mentor=each.enrollment_id, mentee=other.enrollment_id) for each in MENTORS[1:]
    )
    source = replace(run_input(MENTEES, MENTORS), locked=(lock,), apart=bars)
    partners = {pair.mentee: pair.mentor for pair in solve(source).pairs}
    assert partners[mentee.enrollment_id] == mentor.enrollment_id
    assert partners.get(other.enrollment_id) in {None, MENTORS[0].enrollment_id}


def test_a_run_says_each_stage_once_and_in_order() -> None:
    told: list[str] = []
    solve_run(run_input(MENTEES, MENTORS), ABOUT, told.append)
    assert told == list(STAGES)


@pytest.mark.parametrize("objective", Objective)
def test_each_stage_is_told_when_it_is_reached(objective: Objective) -> None:
    told: list[str] = []
    last_told: list[str] = []  # each time the engine is asked

    def engine(problem: Problem, weights: Whole) -> Bits:
        last_told.append(told[-1])
        return by_flow(problem, weights)

    policy = replace(POLICY_SET, objective=objective)
    solve_run(run_input(MENTEES, MENTORS, policy=policy), ABOUT, told.append, engine)
    assert tuple(dict.fromkeys(last_told)) == ("served", "priced")  # aims, then which is left

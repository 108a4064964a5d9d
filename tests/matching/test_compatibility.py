from dataclasses import replace

import pytest
from hypothesis import given as for_all
from hypothesis import strategies as st

from services.matching.domain.compatibility import Rule, broken_rules, field_of
from services.matching.domain.pool import Candidate, Parted
from services.matching.domain.solution import solve
from shared.events.matching import CrossFunctionRule, MatchingPolicySet, ScoreComponents
from shared.events.vocabulary import Period
from tests.matching.cast import (
    BUDGETING,
    FACILITATION,
    POLICY_SET,
    STATISTICS,
    candidate,
    person,
    run_input,
)

REQUIRED = replace(POLICY_SET, cross_function=CrossFunctionRule.REQUIRED)
IGNORED = replace(POLICY_SET, cross_function=CrossFunctionRule.IGNORED)
BEN = candidate("ben")
ANA = candidate("ana", function="law")


def rules(
    mentee: Candidate, mentor: Candidate, policy: MatchingPolicySet = POLICY_SET
) -> tuple[Rule, ...]:
    return broken_rules(field_of(run_input([mentee], [mentor], policy=policy)))


def points(
    mentee: Candidate, mentor: Candidate, policy: MatchingPolicySet = POLICY_SET
) -> ScoreComponents:
    return solve(run_input([mentee], [mentor], policy=policy)).pairs[0].components


def test_two_strangers_may_be_paired() -> None:
    assert rules(BEN, ANA) == ()


@pytest.mark.parametrize(
    ("mentee", "mentor"),
    [
        (candidate("ben", managers=["ana"]), ANA),
        (candidate("ben", managers=["pia", "ana"]), ANA),
        (BEN, candidate("ana", managers=["pia", "ben"])),
        (candidate("ben", managers=["pia"]), candidate("ana", managers=["pia"])),
    ],
)
def test_nobody_is_paired_along_a_reporting_line(mentee: Candidate, mentor: Candidate) -> None:
    assert rules(mentee, mentor) == (Rule.REPORTING_LINE,)


def test_managers_further_up_may_be_shared() -> None:
    assert not rules(
        candidate("ben", managers=["pia", "tom"]), candidate("ana", managers=["rex", "tom"])
    )


def test_nobody_mentors_themselves() -> None:
    mentor = replace(candidate("as mentor"), person_id=person("ben"))
    assert rules(BEN, mentor) == (Rule.SAME_PERSON,)


def test_a_program_may_demand_another_function() -> None:
    assert rules(BEN, candidate("ana"), REQUIRED) == (Rule.SAME_FUNCTION,)
    assert rules(BEN, candidate("ana"), POLICY_SET) == ()
    assert rules(BEN, ANA, REQUIRED) == ()


def test_two_need_a_language_in_common_whatever_its_region() -> None:
    german = candidate("ana", languages=["de-AT"])
    assert rules(BEN, german) == (Rule.NO_COMMON_LANGUAGE,)
    assert rules(candidate("ben", languages=["fr", "de-CH"]), german) == ()


def test_caring_hours_are_respected_across_time_zones() -> None:
    mornings = candidate("ben", periods=[Period.MORNING])
    assert rules(mornings, candidate("ana", periods=[Period.EVENING])) == (Rule.NO_COMMON_HOURS,)
    nine_hours_east = candidate("ana", periods=[Period.EVENING], utc_offset_minutes=540)
    assert rules(mornings, nine_hours_east) == ()


def test_two_who_were_paired_are_not_put_together_again() -> None:
    parted = [Parted(mentor=person("ana"), mentee=person("ben"))]
    assert broken_rules(field_of(run_input([BEN], [ANA], parted=parted))) == (Rule.PAIRED_BEFORE,)


def test_strengths_count_where_the_mentor_is_ahead_first_wishes_first() -> None:
    mentee = candidate("ben", goals=[FACILITATION, STATISTICS], levels={STATISTICS: 3})
    both = candidate("ana", levels={FACILITATION: 5, STATISTICS: 5})
    first = candidate("ana", levels={FACILITATION: 5})
    second = candidate("ana", levels={STATISTICS: 5})
    behind = candidate("ana", levels={STATISTICS: 3, BUDGETING: 5})
    assert points(mentee, both).strengths == 480
    assert points(mentee, both).strengths > points(mentee, first).strengths
    assert points(mentee, first).strengths > points(mentee, second).strengths > 0
    assert points(mentee, behind).strengths == 0


def test_another_function_earns_its_points_unless_the_program_ignores_it() -> None:
    assert points(BEN, ANA).other_function == 160
    assert points(BEN, candidate("ana")).other_function == 0
    assert points(BEN, ANA, IGNORED).other_function == 0


def test_ambitions_and_interests_share_their_points() -> None:
    mentee = candidate("ben", role_competencies=[STATISTICS, BUDGETING], interests=["music"])
    able = candidate("ana", levels={STATISTICS: 3, BUDGETING: 4})
    alike = candidate("ana", levels={STATISTICS: 3, BUDGETING: 4}, interests=["music", "art"])
    assert points(mentee, able).target_roles == 90
    assert points(mentee, alike).target_roles == 100
    assert points(mentee, candidate("ana", levels={STATISTICS: 2})).target_roles == 0


def test_style_is_a_signal_and_silence_costs_half() -> None:
    mentee = candidate("ben", styles=("doing", "planner"))
    assert points(mentee, candidate("ana", styles=("doing", "explorer"))).style == 80
    assert points(mentee, candidate("ana", styles=("reading", "planner"))).style == 0
    assert points(mentee, ANA).style == 40


def test_mentors_with_spare_seats_come_first() -> None:
    busy = replace(candidate("ana", seats=3), free=1)
    assert points(BEN, candidate("ana", seats=3)).spare_load == 60
    assert points(BEN, busy).spare_load == 20


LEVELS = st.dictionaries(
    st.sampled_from([FACILITATION, STATISTICS, BUDGETING]), st.integers(0, 5), max_size=3
)
STYLES = st.sampled_from(["a", "b", None])
PERIODS = st.lists(st.sampled_from(Period), min_size=1, unique=True)


@st.composite
def people(draw: st.DrawFn, name: str) -> Candidate:
    return candidate(
        name,
        function=draw(st.sampled_from(["law", "finance"])),
        levels=draw(LEVELS),
        goals=draw(st.lists(st.sampled_from([FACILITATION, STATISTICS, BUDGETING]), unique=True)),
        periods=draw(PERIODS),
        utc_offset_minutes=draw(st.sampled_from([-480, -210, 0, 345, 570])),
        styles=(draw(STYLES), draw(STYLES)),
        interests=draw(st.lists(st.sampled_from("abcdef"), unique=True)),
        role_competencies=draw(st.lists(st.sampled_from([STATISTICS, BUDGETING]), unique=True)),
    )


@for_all(people("ben"), people("ana"))
def test_the_components_of_a_pair_add_up_to_its_score(mentee: Candidate, mentor: Candidate) -> None:
    for pair in solve(run_input([mentee], [mentor])).pairs:
        parts = pair.components
        summed = parts.strengths + parts.other_function + parts.target_roles
        assert pair.score == summed + parts.style + parts.hours + parts.spare_load
        assert 0 <= pair.score <= 1000

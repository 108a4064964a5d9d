"""What makes two people fit: each component by example, and what holds for all of them."""

from dataclasses import fields, replace

import numpy as np
import pytest
from hypothesis import given as for_all
from hypothesis import strategies as st

from services.matching.domain.compatibility import (
    COMPONENTS,
    PlainScorer,
    components,
    components_of,
    field_of,
    pair_score,
    points_of,
)
from services.matching.domain.components import PARTS, parts, weight_of
from services.matching.domain.pool import Candidate, Emphasis
from shared.events.matching import (
    CrossFunctionRule,
    MatchingPolicySet,
    ScoreComponents,
    ScoreWeights,
)
from shared.events.vocabulary import Period
from tests.matching.cast import (
    BUDGETING,
    FACILITATION,
    POLICY_SET,
    STATISTICS,
    candidate,
    run_input,
)
from tests.matching.crowd import COMPETENCIES, Crowd, crowds

IGNORED = replace(POLICY_SET, cross_function=CrossFunctionRule.IGNORED)
LEVELS = ("junior", "senior", "lead", "head", "chief")
BEN = candidate("ben")
ANA = candidate("ana", function="law")


def policy(**weights: int) -> MatchingPolicySet:
    return replace(POLICY_SET, levels=LEVELS, weights=ScoreWeights(**weights))


def points(
    mentee: Candidate,
    mentor: Candidate,
    policy: MatchingPolicySet = POLICY_SET,
    emphasis: Emphasis | None = None,
) -> ScoreComponents:
    source = replace(run_input([mentee], [mentor], policy=policy), emphasis=emphasis)
    return components_of(components(field_of(source), slice(None))[:, 0, 0].tolist())


def test_the_components_are_those_that_are_stored_in_the_same_order() -> None:
    assert tuple(each.name for each in fields(ScoreComponents)) == COMPONENTS


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


@pytest.mark.parametrize(
    ("periods", "earned"),
    [([Period.MORNING], 30), ([Period.MORNING, Period.MIDDAY], 60), (list(Period), 60)],
)
def test_hours_in_common_count_up_to_six(periods: list[Period], earned: int) -> None:
    assert points(candidate("ben", periods=periods), ANA, policy(hours=60)).hours == earned


@pytest.mark.parametrize(
    ("mentee", "mentor", "earned"),
    [
        ("senior", "senior", 60),
        ("senior", "lead", 40),
        ("lead", "senior", 40),
        ("junior", "head", 0),
        ("junior", "chief", 0),
        ("owner", "owner", 0),  # not a level of this policy
        ("", "", 0),
    ],
)
def test_title_is_nearness_of_known_levels(mentee: str, mentor: str, earned: int) -> None:
    found = points(replace(BEN, level=mentee), replace(ANA, level=mentor), policy(title=60))
    assert found.title == earned


@pytest.mark.parametrize(
    ("mentee", "mentor", "earned"), [(2, 2, 0), (3, 2, 0), (2, 3, 12), (2, 6, 48), (0, 9, 60)]
)
def test_tenure_is_how_many_years_the_mentor_is_ahead(
    mentee: int, mentor: int, earned: int
) -> None:
    here, there = replace(BEN, tenure_years=mentee), replace(ANA, tenure_years=mentor)
    assert points(here, there, policy(tenure=60)).tenure == earned


def test_the_same_function_may_earn_points() -> None:
    assert points(BEN, candidate("ana"), policy(same_function=50)).same_function == 50
    assert points(BEN, ANA, policy(same_function=50)).same_function == 0


@pytest.mark.parametrize(
    ("site", "offset", "earned"), [("Porto", 60, 50), ("Lima", 0, 25), ("Lima", 60, 0)]
)
def test_the_same_site_counts_whole_and_the_same_hour_half(
    site: str, offset: int, earned: int
) -> None:
    here = replace(BEN, site="Porto")
    there = replace(ANA, site=site, utc_offset_minutes=offset)
    assert points(here, there, policy(proximity=50)).proximity == earned


def test_two_whose_site_is_not_known_are_not_at_the_same_one() -> None:
    assert points(BEN, replace(ANA, utc_offset_minutes=60), policy(proximity=50)).proximity == 0


@pytest.mark.parametrize(("recent", "earned"), [(0, 60), (1, 40), (3, 0), (9, 0)])
def test_mentors_who_were_asked_less_of_late_come_first(recent: int, earned: int) -> None:
    assert points(BEN, replace(ANA, recent_pairings=recent), policy(rotation=60)).rotation == earned


def test_what_a_run_emphasises_counts_where_the_mentor_is_strong_and_ahead() -> None:
    emphasis = Emphasis(competencies=(FACILITATION, STATISTICS), weight=100)
    mentee = candidate("ben", levels={STATISTICS: 4})
    both = candidate("ana", levels={FACILITATION: 3, STATISTICS: 5})
    behind = candidate("ana", levels={FACILITATION: 3, STATISTICS: 4})
    weak = candidate("ana", levels={FACILITATION: 2})
    assert points(mentee, both, emphasis=emphasis).emphasis == 100
    assert points(mentee, behind, emphasis=emphasis).emphasis == 50
    assert points(mentee, weak, emphasis=emphasis).emphasis == 0
    assert points(mentee, both).emphasis == 0


def test_a_competency_that_nobody_has_can_be_emphasised() -> None:
    emphasis = Emphasis(competencies=(BUDGETING, BUDGETING), weight=100)
    assert points(BEN, ANA, emphasis=emphasis).emphasis == 0
    able = candidate("ana", levels={BUDGETING: 3})
    assert points(BEN, able, emphasis=emphasis).emphasis == 100  # named twice, it counts once


EMPHASES = st.none() | st.builds(
    Emphasis,
    competencies=st.lists(st.sampled_from(COMPETENCIES), min_size=1).map(tuple),
    weight=st.integers(1, 150),
)


@for_all(crowds(), EMPHASES)
def test_the_components_of_a_pair_add_up_to_its_score_and_none_exceeds_its_weight(
    crowd: Crowd, emphasis: Emphasis | None
) -> None:
    mentees, mentors, asked = crowd
    field = field_of(replace(run_input(mentees, mentors, policy=asked), emphasis=emphasis))
    parted = components(field, slice(None))
    scores, _ = PlainScorer(field=field).block(slice(None))
    assert (parted.sum(axis=0) == scores).all()
    for component, found in zip(COMPONENTS, parted, strict=True):
        assert found.min() >= 0
        assert found.max() <= weight_of(field, component)


@for_all(crowds(), EMPHASES)
def test_every_component_is_a_whole_number_of_parts_of_its_weight(
    crowd: Crowd, emphasis: Emphasis | None
) -> None:
    mentees, mentors, asked = crowd
    field = field_of(replace(run_input(mentees, mentors, policy=asked), emphasis=emphasis))
    found = components(field, slice(None))
    for place, component in enumerate(COMPONENTS):
        share = parts(field, slice(None), component)
        assert share.min() >= 0
        assert share.max() <= PARTS
        assert (found[place] == weight_of(field, component) * share // PARTS).all()


@for_all(crowds())
def test_what_knows_no_direction_is_the_same_both_ways(crowd: Crowd) -> None:
    mentees, mentors, asked = crowd
    forth = field_of(run_input(mentees, mentors, policy=asked))
    back = field_of(run_input(mentors, mentees, policy=asked))
    for component in ("other_function", "style", "hours", "title", "same_function", "proximity"):
        one_way = parts(forth, slice(None), component)
        other_way = parts(back, slice(None), component)
        assert (one_way == other_way.T).all()


@for_all(crowds(), EMPHASES)
def test_pairs_one_by_one_score_as_they_do_among_all(
    crowd: Crowd, emphasis: Emphasis | None
) -> None:
    mentees, mentors, asked = crowd
    source = replace(run_input(mentees, mentors, policy=asked), emphasis=emphasis)
    scores, _ = PlainScorer(field=field_of(source)).block(slice(None))
    rows, columns = np.indices(scores.shape).reshape(2, -1)
    some = points_of(field_of(source), rows, columns)
    assert (some.sum(axis=0) == scores[rows, columns]).all()
    for row, column in zip(rows, columns, strict=True):
        alone = replace(source, mentees=(mentees[row],), mentors=(mentors[column],))
        assert pair_score(field_of(alone)) == scores[row, column]

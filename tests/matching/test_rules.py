"""Who may not be paired, whatever their score: each rule by example, and what holds for all."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given as for_all

from services.matching.domain.compatibility import (
    PlainScorer,
    Rule,
    blocked,
    broken_rules,
    field_of,
    told,
)
from services.matching.domain.pool import Apart, Candidate, Parted
from shared.events.matching import CrossFunctionRule, MatchingPolicySet
from shared.events.vocabulary import Period
from tests.matching.cast import POLICY_SET, candidate, enrollment, person, run_input
from tests.matching.crowd import Crowd, crowds

REQUIRED = replace(POLICY_SET, cross_function=CrossFunctionRule.REQUIRED)
LEVELS = replace(POLICY_SET, levels=("junior", "senior", "lead", "head"))
BEN = candidate("ben")
ANA = candidate("ana", function="law")


def rules(
    mentee: Candidate, mentor: Candidate, policy: MatchingPolicySet = POLICY_SET
) -> tuple[Rule, ...]:
    return broken_rules(field_of(run_input([mentee], [mentor], policy=policy)))


def parted(pairs: Sequence[Parted], rest_cycles: int | None = None) -> tuple[Rule, ...]:
    policy = replace(POLICY_SET, rest_cycles=rest_cycles)
    return broken_rules(field_of(run_input([BEN], [ANA], policy=policy, parted=pairs)))


def test_two_strangers_may_be_paired() -> None:
    assert rules(BEN, ANA) == ()


def test_nobody_mentors_themselves() -> None:
    mentor = replace(candidate("as mentor"), person_id=person("ben"))
    assert rules(BEN, mentor) == (Rule.SAME_PERSON,)


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


@pytest.mark.parametrize(("asked", "is_enough"), [(180, True), (181, False), (0, True)])
def test_a_policy_says_how_long_a_day_two_must_be_able_to_meet(
    asked: int, *, is_enough: bool
) -> None:
    mornings = candidate("ben", periods=[Period.MORNING])  # three hours
    policy = replace(POLICY_SET, common_minutes_min=asked)
    assert (rules(mornings, ANA, policy) == ()) is is_enough


def test_where_no_hours_are_asked_two_may_meet_without_any() -> None:
    policy = replace(POLICY_SET, common_minutes_min=0)
    evenings = candidate("ana", periods=[Period.EVENING])
    assert rules(candidate("ben", periods=[Period.MORNING]), evenings, policy) == ()


@pytest.mark.parametrize(
    ("mentee", "mentor", "is_apart"),
    [(0, 180, False), (0, 195, True), (195, 0, True), (780, -660, False), (840, -600, False)],
)
def test_time_zones_are_apart_by_the_clock(mentee: int, mentor: int, *, is_apart: bool) -> None:
    policy = replace(POLICY_SET, time_zone_hours_max=3, common_minutes_min=0)
    here = candidate("ben", utc_offset_minutes=mentee)
    there = candidate("ana", utc_offset_minutes=mentor)
    assert (Rule.TIME_ZONES_APART in rules(here, there, policy)) is is_apart


@pytest.mark.parametrize(
    ("least", "most", "mentee", "mentor", "is_outside"),
    [
        (1, None, "junior", "senior", False),
        (1, None, "senior", "senior", True),
        (1, None, "lead", "senior", True),
        (None, 1, "junior", "lead", True),
        (None, 1, "junior", "senior", False),
        (1, 2, "junior", "head", True),
        (-1, -1, "senior", "junior", False),  # reverse mentoring
        (1, None, "junior", "owner", False),  # a level that is not named is held against nobody
        (1, None, "", "junior", False),
    ],
)
def test_a_level_gap_is_counted_in_places(
    least: int | None, most: int | None, mentee: str, mentor: str, *, is_outside: bool
) -> None:
    policy = replace(LEVELS, level_gap_min=least, level_gap_max=most)
    found = rules(replace(BEN, level=mentee), replace(ANA, level=mentor), policy)
    assert found == ((Rule.LEVEL_GAP,) if is_outside else ())


def test_a_mentor_supports_all_that_a_mentee_needs_where_the_policy_asks_it() -> None:
    policy = replace(POLICY_SET, needs_supported=True)
    mentee = replace(BEN, needs=("captions", "step-free"))
    some = replace(ANA, supports=("captions",))
    every = replace(ANA, supports=("step-free", "large-print", "captions"))
    assert rules(mentee, some, policy) == (Rule.NEEDS_UNSUPPORTED,)
    assert rules(mentee, every, policy) == ()
    assert rules(mentee, some) == ()
    assert rules(replace(BEN, supports=("captions",)), ANA, policy) == ()


@pytest.mark.parametrize(
    ("cycles_ago", "rest_cycles", "rests"),
    [(0, None, True), (7, None, True), (0, 0, True), (1, 0, False), (1, 1, True), (2, 1, False)],
)
def test_two_who_were_paired_rest_for_as_many_cohorts_as_the_policy_says(
    cycles_ago: int, rest_cycles: int | None, *, rests: bool
) -> None:
    before = Parted(mentor=person("ana"), mentee=person("ben"), cycles_ago=cycles_ago)
    assert parted([before], rest_cycles) == ((Rule.PAIRED_BEFORE,) if rests else ())


def test_two_who_both_want_to_go_on_do_not_rest() -> None:
    before = Parted(mentor=person("ana"), mentee=person("ben"), continuing=True)
    assert parted([before]) == ()


def test_the_other_way_round_is_another_pair() -> None:
    assert parted([Parted(mentor=person("ben"), mentee=person("ana"))]) == ()


def test_who_is_kept_apart_is_not_paired() -> None:
    apart = (Apart(mentor=enrollment("ana"), mentee=enrollment("ben")),)
    source = replace(run_input([BEN, candidate("cem")], [ANA]), apart=apart)
    broken = blocked(field_of(source), slice(None))
    assert broken[:, 0, 0].tolist() == [rule is Rule.APART for rule in Rule]
    assert not broken[:, 1].any()


def test_what_is_private_is_told_in_the_same_word_as_what_is_nobodys_business() -> None:
    others = (Rule.PAIRED_BEFORE, Rule.NEEDS_UNSUPPORTED, Rule.NO_COMMON_HOURS)
    assert {told([rule]) for rule in (Rule.APART, *others)} == {("not_open",)}
    assert told([Rule.LEVEL_GAP, Rule.PAIRED_BEFORE, Rule.APART]) == ("level_gap", "not_open")
    assert told([Rule.LEVEL_GAP, Rule.PAIRED_BEFORE]) == ("level_gap", "not_open")


@for_all(crowds())
def test_a_pair_is_allowed_if_no_rule_forbids_it_in_whatever_block_it_is_looked_at(
    crowd: Crowd,
) -> None:
    mentees, mentors, policy = crowd
    field = field_of(run_input(mentees, mentors, policy=policy))
    _, allowed = PlainScorer(field=field).block(slice(None))
    assert (allowed == ~blocked(field, slice(None)).any(axis=0)).all()
    for row, mentee in enumerate(mentees):
        one = slice(row, row + 1)
        assert (PlainScorer(field=field).block(one)[1] == allowed[one]).all()
        for column, mentor in enumerate(mentors):
            assert (rules(mentee, mentor, policy) == ()) == allowed[row, column]


@for_all(crowds())
def test_rules_that_know_no_direction_hold_both_ways(
    crowd: Crowd,
) -> None:
    mentees, mentors, policy = crowd
    forth = blocked(field_of(run_input(mentees, mentors, policy=policy)), slice(None))
    back = blocked(field_of(run_input(mentors, mentees, policy=policy)), slice(None))
    both_ways = set(Rule) - {Rule.LEVEL_GAP, Rule.NEEDS_UNSUPPORTED, Rule.PAIRED_BEFORE}
    for place, rule in enumerate(Rule):
        if rule in both_ways:
            assert np.array_equal(forth[place], back[place].T)

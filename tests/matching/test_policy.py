from dataclasses import replace

import pytest

from services.matching.domain.policy import (
    POLICY,
    NoPolicy,
    SetMatchingPolicy,
    reasons_open_to_people,
)
from services.matching.domain.policy_limits import OPEN_TO_PEOPLE
from services.matching.domain.policy_refusals import (
    CircumstanceDominates,
    DaysOutOfRange,
    ExitCriterionUnknown,
    GrowthOutweighed,
    RatioOutOfRange,
    StyleDominates,
    WeightNegative,
    WeightsAboveTotal,
)
from shared.errors import InvalidCommand
from shared.events.matching import CrossFunctionRule, EndReason, ExitCriterion, ScoreWeights
from shared.testing import given
from tests.matching.cast import PIA_MANAGES, POLICY_SET, PROGRAM

SET = SetMatchingPolicy(
    program_id=PROGRAM,
    seats_per_mentor_max=3,
    cross_function=CrossFunctionRule.PREFERRED,
    weights=ScoreWeights(),
    trial_days=30,
    answer_days=7,
    exit_criteria=(),
    author=PIA_MANAGES,
    reason="first policy",
)


def test_the_first_policy_is_version_one() -> None:
    given(POLICY).when(SET).then(POLICY_SET)


def test_a_changed_policy_is_a_new_version() -> None:
    changed = replace(SET, trial_days=14, reason="shorter trials")
    expected = replace(POLICY_SET, version=2, trial_days=14, reason="shorter trials")
    given(POLICY, POLICY_SET).when(changed).then(expected)


def test_setting_the_same_policy_again_records_nothing() -> None:
    given(POLICY, POLICY_SET).when(SET).then()


@pytest.mark.parametrize(
    ("weights", "refusal"),
    [
        (ScoreWeights(strengths=500), WeightsAboveTotal),
        (ScoreWeights(strengths=320, hours=180, spare_load=80), CircumstanceDominates),
        (ScoreWeights(strengths=300, style=210), StyleDominates),
        (ScoreWeights(strengths=-1), WeightNegative),
        (ScoreWeights(strengths=100, target_roles=100), GrowthOutweighed),
    ],
)
def test_weights_that_would_let_something_else_than_growth_rule_are_refused(
    weights: ScoreWeights, refusal: type[InvalidCommand]
) -> None:
    given(POLICY).when(replace(SET, weights=weights)).then_refused(refusal)


def test_a_ratio_of_nobody_is_refused() -> None:
    given(POLICY).when(replace(SET, seats_per_mentor_max=0)).then_refused(RatioOutOfRange)


def test_a_trial_of_no_length_is_refused() -> None:
    given(POLICY).when(replace(SET, trial_days=0)).then_refused(DaysOutOfRange)


def test_an_exit_criterion_that_nobody_may_give_is_refused() -> None:
    strange = (ExitCriterion(code="partner_left", text="left"),)
    given(POLICY).when(replace(SET, exit_criteria=strange)).then_refused(ExitCriterionUnknown)


def test_a_program_with_exit_criteria_knows_only_these_and_no_reason() -> None:
    told = replace(POLICY_SET, exit_criteria=(ExitCriterion(code="goals_met", text="done"),))
    assert reasons_open_to_people(told) == {EndReason.GOALS_MET, EndReason.NO_REASON_GIVEN}
    assert reasons_open_to_people(NoPolicy()) == OPEN_TO_PEOPLE

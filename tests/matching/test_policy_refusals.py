"""Every way in which a policy is refused, each with its own name and the field at fault."""

from dataclasses import fields, replace
from typing import Any

import pytest
from hypothesis import given as for_all
from hypothesis import strategies as st

from services.matching.domain import policy_refusals as refusals
from services.matching.domain.policy import POLICY
from services.matching.domain.policy_checks import check_weights
from shared.errors import InvalidCommand
from shared.events.matching import (
    Approver,
    CrossFunctionRule,
    ExitCriterion,
    ScoreWeights,
)
from shared.testing import given
from tests.matching.cast import POLICY_SET
from tests.matching.test_policy import LADDER, SET

WEIGHED = tuple(each.name for each in fields(ScoreWeights))


def refused(**changes: Any) -> tuple[type[InvalidCommand], str | None]:  # noqa: ANN401  # any part of a policy
    """How a policy that is changed like this is refused, and which field is at fault."""
    with pytest.raises(InvalidCommand) as fault:
        given(POLICY).when(replace(SET, **changes)).decide()
    return fault.type, fault.value.field


@pytest.mark.parametrize(
    ("weights", "refusal", "field"),
    [
        ({"strengths": 500}, refusals.WeightsAboveTotal, "/weights"),
        (
            {"strengths": 320, "hours": 180, "spare_load": 80},
            refusals.CircumstanceDominates,
            "/weights/hours",
        ),
        ({"strengths": 300, "style": 210}, refusals.StyleDominates, "/weights/style"),
        ({"strengths": -1}, refusals.WeightNegative, "/weights/strengths"),
        ({"rotation": -5}, refusals.WeightNegative, "/weights/rotation"),
        ({"strengths": 300, "rotation": 151}, refusals.RotationDominates, "/weights/rotation"),
        (
            {"strengths": 100, "target_roles": 100},
            refusals.GrowthOutweighed,
            "/weights/strengths",
        ),
        (
            {"strengths": 300, "target_roles": 0, "tenure": 100},
            refusals.GrowthOutweighed,
            "/weights/strengths",
        ),
    ],
)
def test_weights_that_would_let_something_else_than_growth_rule_are_refused(
    weights: dict[str, int], refusal: type[InvalidCommand], field: str
) -> None:
    assert refused(weights=ScoreWeights(**weights)) == (refusal, field)


STANDING = st.fixed_dictionaries(
    {name: st.integers(0, 60) for name in ("title", "tenure", "same_function", "proximity")}
)


@for_all(STANDING, st.integers(0, 150))
def test_title_tenure_function_and_nearness_together_stay_under_the_cap(
    weights: dict[str, int], cap: int
) -> None:
    asked = replace(
        SET,
        weights=ScoreWeights(strengths=400, other_function=0, **weights),
        standing_cap=cap,
        levels=("junior", "senior"),
    )
    if sum(weights.values()) > cap:
        given(POLICY).when(asked).then_refused(refusals.StandingDominates)
    else:
        (event,) = given(POLICY).when(asked).decide()
        assert event.weights == asked.weights


@pytest.mark.parametrize("cap", [-1, 151, 1000])
def test_no_policy_can_lift_the_cap(cap: int) -> None:
    assert refused(standing_cap=cap) == (refusals.StandingCapOutOfRange, "/standing_cap")


def test_a_policy_of_old_is_checked_again_with_what_a_run_emphasises() -> None:
    weights = ScoreWeights(strengths=380)
    check_weights(replace(POLICY_SET, weights=weights), emphasis=100)
    for emphasis, refusal in (
        (101, refusals.WeightsAboveTotal),
        (151, refusals.EmphasisOutOfRange),
        (0, refusals.EmphasisOutOfRange),
    ):
        with pytest.raises(refusal) as fault:
            check_weights(replace(POLICY_SET, weights=weights), emphasis=emphasis)
        assert fault.value.field == "/emphasis/weight"
    lopsided = replace(POLICY_SET, weights=replace(weights, title=151))
    with pytest.raises(refusals.StandingDominates):
        check_weights(lopsided)


@pytest.mark.parametrize(
    ("changes", "refusal", "field"),
    [
        ({"seats_per_mentor_max": 0}, refusals.RatioOutOfRange, "/seats_per_mentor_max"),
        ({"seats_per_mentor_max": 13}, refusals.RatioOutOfRange, "/seats_per_mentor_max"),
        ({"hours_per_pair": 0}, refusals.HoursPerPairOutOfRange, "/hours_per_pair"),
        ({"hours_per_pair": 201}, refusals.HoursPerPairOutOfRange, "/hours_per_pair"),
        ({"programs_max": 0}, refusals.ProgramsOutOfRange, "/programs_max"),
        ({"weak_below": -1}, refusals.WeakBelowOutOfRange, "/weak_below"),
        ({"weak_below": 1001}, refusals.WeakBelowOutOfRange, "/weak_below"),
        (
            {
                "weak_below": 200,
                "weights": ScoreWeights(**{**dict.fromkeys(WEIGHED, 0), "strengths": 199}),
            },
            refusals.WeakBelowUnreachable,
            "/weak_below",
        ),
        (
            {
                "cross_function": CrossFunctionRule.REQUIRED,
                "weights": ScoreWeights(strengths=400, same_function=50),
            },
            refusals.FunctionsContradict,
            "/weights/same_function",
        ),
        ({"levels": ("a", "b", "a")}, refusals.LevelRepeated, "/levels/2"),
        ({"levels": tuple(map(str, range(51)))}, refusals.LevelsTooMany, "/levels"),
        ({"level_gap_min": 1}, refusals.LevelsMissing, "/levels"),
        ({"levels": ("a",), "level_gap_max": 0}, refusals.LevelsMissing, "/levels"),
        (
            {"weights": ScoreWeights(strengths=400, title=50)},
            refusals.LevelsMissing,
            "/levels",
        ),
        (
            {"levels": LADDER, "level_gap_min": 2, "level_gap_max": 1},
            refusals.LevelGapReversed,
            "/level_gap_min",
        ),
        (
            {"levels": LADDER, "level_gap_min": 3},
            refusals.LevelGapBeyondLevels,
            "/level_gap_min",
        ),
        (
            {"levels": LADDER, "level_gap_max": -3},
            refusals.LevelGapBeyondLevels,
            "/level_gap_max",
        ),
        (
            {"levels": LADDER, "known_levels": frozenset({"junior", "lead"})},
            refusals.LevelUnknown,
            "/levels/1",
        ),
        ({"common_minutes_min": -1}, refusals.CommonMinutesOutOfRange, "/common_minutes_min"),
        ({"common_minutes_min": 721}, refusals.CommonMinutesOutOfRange, "/common_minutes_min"),
        ({"time_zone_hours_max": 13}, refusals.TimeZoneHoursOutOfRange, "/time_zone_hours_max"),
        ({"rest_cycles": -1}, refusals.RestCyclesOutOfRange, "/rest_cycles"),
        (
            {"approvals": (Approver.MENTOR, Approver.MANAGER, Approver.MENTOR)},
            refusals.ApprovalRepeated,
            "/approvals/2",
        ),
        ({"trial_days": 0}, refusals.DaysOutOfRange, "/trial_days"),
        ({"answer_days": 61}, refusals.DaysOutOfRange, "/answer_days"),
        ({"review_days": 0}, refusals.DaysOutOfRange, "/review_days"),
        ({"request_days": 0}, refusals.DaysOutOfRange, "/request_days"),
        ({"appeal_days": 91}, refusals.DaysOutOfRange, "/appeal_days"),
        ({"flash_days": 0}, refusals.DaysOutOfRange, "/flash_days"),
        (
            {"pairing_days_default": 200, "pairing_days_max": 100},
            refusals.PairingDaysReversed,
            "/pairing_days_default",
        ),
        ({"pairing_days_max": 20}, refusals.TrialBeyondPairing, "/trial_days"),
        ({"pending_requests_max": 0}, refusals.RequestLimitOutOfRange, "/pending_requests_max"),
        ({"open_requests_max": 0}, refusals.RequestLimitOutOfRange, "/open_requests_max"),
        ({"group_size_max": 1}, refusals.GroupSizeOutOfRange, "/group_size_max"),
        ({"circles_max": 0}, refusals.CirclesMaxOutOfRange, "/circles_max"),
        ({"circles_max": 21}, refusals.CirclesMaxOutOfRange, "/circles_max"),
        ({"silence_warn_after": 0}, refusals.SilenceWarningOutOfRange, "/silence_warn_after"),
        ({"silence_warn_after": 13}, refusals.SilenceWarningOutOfRange, "/silence_warn_after"),
        (
            {"silence_offer_after_days": 181},
            refusals.DaysOutOfRange,
            "/silence_offer_after_days",
        ),
        (
            {"silence_warn_after": 1, "silence_end_after_days": 0},
            refusals.DaysOutOfRange,
            "/silence_end_after_days",
        ),
        ({"silence_end_after_days": 30}, refusals.SilenceUnwatched, "/silence_warn_after"),
        (
            {
                "silence_warn_after": 1,
                "silence_offer_after_days": 14,
                "silence_end_after_days": 14,
            },
            refusals.SilenceStepsReversed,
            "/silence_end_after_days",
        ),
        ({"circle_size_min": 2}, refusals.CircleSizeOutOfRange, "/circle_size_min"),
        ({"circle_size_max": 31}, refusals.CircleSizeOutOfRange, "/circle_size_max"),
        (
            {"circle_size_min": 9, "circle_size_max": 8},
            refusals.CircleSizesReversed,
            "/circle_size_min",
        ),
        (
            {"circle_functions_min": 9},
            refusals.CircleFunctionsBeyondSize,
            "/circle_functions_min",
        ),
        (
            {"exit_criteria": (ExitCriterion(code="partner_left", text="left"),)},
            refusals.ExitCriterionUnknown,
            "/exit_criteria/0/code",
        ),
        (
            {"exit_criteria": (ExitCriterion(code="goals_met", text="done"),) * 2},
            refusals.ExitCriterionRepeated,
            "/exit_criteria/1/code",
        ),
    ],
)
def test_a_policy_that_contradicts_itself_or_can_serve_nobody_is_refused(
    changes: dict[str, Any], refusal: type[InvalidCommand], field: str
) -> None:
    assert refused(**changes) == (refusal, field)


def test_a_number_of_days_out_of_range_says_which_days_would_do() -> None:
    with pytest.raises(refusals.DaysOutOfRange, match="trial_days is 1 to 180 days, not 181"):
        given(POLICY).when(replace(SET, trial_days=181)).decide()

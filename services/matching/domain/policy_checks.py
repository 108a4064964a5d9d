"""What a policy must keep to: growth rules, and somebody can be served."""

from collections.abc import Hashable, Sequence
from dataclasses import asdict

from services.matching.domain import policy_refusals as refusals
from services.matching.domain.policy_limits import (
    CIRCLE_PEOPLE,
    CIRCLES,
    CIRCUMSTANCE_WEIGHT_MAX,
    COMMON_MINUTES,
    DAYS,
    EMPHASIS_WEIGHT_MAX,
    GROUP_PEOPLE,
    HOURS_PER_PAIR,
    LEVELS_MAX,
    OPEN_REQUESTS,
    OPEN_TO_PEOPLE,
    PENDING_REQUESTS,
    PROGRAMS,
    REST_CYCLES,
    ROTATION_WEIGHT_MAX,
    SEATS_PER_MENTOR_MAX,
    SILENT_MISSES,
    STANDING_CAP_MAX,
    STYLE_WEIGHT_MAX,
    TIME_ZONE_HOURS,
    WEAK_BELOW,
    WEIGHTS_TOTAL_MAX,
)
from shared.errors import InvalidCommand
from shared.events.matching import CrossFunctionRule, MatchingPolicySet, ScoreWeights


def check_policy(policy: MatchingPolicySet) -> None:
    """Let pass what a program may ask of its pairs.

    Raises:
        InvalidCommand: one of the refusals of policies; its field points into the policy.
    """
    check_weights(policy)
    _check_levels(policy)
    _check_rules(policy)
    _check_seats(policy)
    _check_days(policy)
    _check_silence(policy)
    _check_groups(policy)
    _check_words(policy)


def check_weights(policy: MatchingPolicySet, *, emphasis: int | None = None) -> None:
    """Keep every weight under its cap, also in a policy set long ago and in what a run adds.

    Args:
        policy: its weights and its cap on standing.
        emphasis: points at most of what a run emphasises; None: nothing.

    Raises:
        InvalidCommand: which weights are too high together, with the field of the first of them.
    """
    weights = policy.weights
    points: dict[str, int] = asdict(weights)
    for name, value in points.items():
        _require(value >= 0, refusals.WeightNegative, f"/weights/{name}")
    _check_caps(weights, policy.standing_cap)
    total = sum(points.values())
    _require(total <= WEIGHTS_TOTAL_MAX, refusals.WeightsAboveTotal, "/weights")
    if emphasis is not None:
        fits = 1 <= emphasis <= EMPHASIS_WEIGHT_MAX
        _require(fits, refusals.EmphasisOutOfRange, "/emphasis/weight")
        above = total + emphasis > WEIGHTS_TOTAL_MAX
        _require(not above, refusals.WeightsAboveTotal, "/emphasis/weight")


def _check_caps(weights: ScoreWeights, standing_cap: int) -> None:
    standing = weights.title + weights.tenure + weights.same_function + weights.proximity
    circumstance = weights.hours + weights.spare_load
    growth = weights.strengths + weights.target_roles
    rest = weights.style + circumstance + standing + weights.rotation
    capped = 0 <= standing_cap <= STANDING_CAP_MAX
    _require(capped, refusals.StandingCapOutOfRange, "/standing_cap")
    _require(standing <= standing_cap, refusals.StandingDominates, "/weights/title")
    tame = circumstance <= CIRCUMSTANCE_WEIGHT_MAX
    _require(tame, refusals.CircumstanceDominates, "/weights/hours")
    _require(weights.style <= STYLE_WEIGHT_MAX, refusals.StyleDominates, "/weights/style")
    turning = weights.rotation <= ROTATION_WEIGHT_MAX
    _require(turning, refusals.RotationDominates, "/weights/rotation")
    _require(growth >= rest, refusals.GrowthOutweighed, "/weights/strengths")


def _check_levels(policy: MatchingPolicySet) -> None:
    levels, least, most = policy.levels, policy.level_gap_min, policy.level_gap_max
    _require(len(levels) <= LEVELS_MAX, refusals.LevelsTooMany, "/levels")
    _require_once(levels, refusals.LevelRepeated, "/levels/{place}")
    asked = (least, most) != (None, None) or policy.weights.title > 0
    _require(not asked or len(levels) > 1, refusals.LevelsMissing, "/levels")
    if least is not None and most is not None:
        _require(least <= most, refusals.LevelGapReversed, "/level_gap_min")
    for name, gap in (("level_gap_min", least), ("level_gap_max", most)):
        there = gap is None or abs(gap) < len(levels)
        _require(there, refusals.LevelGapBeyondLevels, f"/{name}")


def _check_rules(policy: MatchingPolicySet) -> None:
    weights = policy.weights
    forbidden = policy.cross_function is CrossFunctionRule.REQUIRED and weights.same_function > 0
    _require(not forbidden, refusals.FunctionsContradict, "/weights/same_function")
    minutes = policy.common_minutes_min in COMMON_MINUTES
    _require(minutes, refusals.CommonMinutesOutOfRange, "/common_minutes_min")
    hours = policy.time_zone_hours_max
    near = hours is None or hours in TIME_ZONE_HOURS
    _require(near, refusals.TimeZoneHoursOutOfRange, "/time_zone_hours_max")
    rest = policy.rest_cycles is None or policy.rest_cycles in REST_CYCLES
    _require(rest, refusals.RestCyclesOutOfRange, "/rest_cycles")
    _require(policy.weak_below in WEAK_BELOW, refusals.WeakBelowOutOfRange, "/weak_below")
    total = sum(asdict(weights).values())
    _require(policy.weak_below <= total, refusals.WeakBelowUnreachable, "/weak_below")


def _check_seats(policy: MatchingPolicySet) -> None:
    ratio = 1 <= policy.seats_per_mentor_max <= SEATS_PER_MENTOR_MAX
    _require(ratio, refusals.RatioOutOfRange, "/seats_per_mentor_max")
    hours = policy.hours_per_pair in HOURS_PER_PAIR
    _require(hours, refusals.HoursPerPairOutOfRange, "/hours_per_pair")
    programs = policy.programs_max is None or policy.programs_max in PROGRAMS
    _require(programs, refusals.ProgramsOutOfRange, "/programs_max")
    pending = policy.pending_requests_max in PENDING_REQUESTS
    _require(pending, refusals.RequestLimitOutOfRange, "/pending_requests_max")
    opened = policy.open_requests_max in OPEN_REQUESTS
    _require(opened, refusals.RequestLimitOutOfRange, "/open_requests_max")


def _check_days(policy: MatchingPolicySet) -> None:
    for name, days in DAYS.items():
        said: int | None = getattr(policy, name)
        if said is not None and said not in days:
            message = f"{name} is {days.least} to {days.most} days, not {said}."
            raise refusals.DaysOutOfRange(message, field=f"/{name}")
    most = policy.pairing_days_max
    if most is None:
        return
    usual = policy.pairing_days_default
    ordered = usual is None or usual <= most
    _require(ordered, refusals.PairingDaysReversed, "/pairing_days_default")
    _require(policy.trial_days <= most, refusals.TrialBeyondPairing, "/trial_days")


def _check_silence(policy: MatchingPolicySet) -> None:
    warned, offered = policy.silence_warn_after, policy.silence_offer_after_days
    ends = policy.silence_end_after_days
    said = warned is None or warned in SILENT_MISSES
    _require(said, refusals.SilenceWarningOutOfRange, "/silence_warn_after")
    if ends is None:
        return
    _require(warned is not None, refusals.SilenceUnwatched, "/silence_warn_after")
    ordered = offered is None or offered < ends
    _require(ordered, refusals.SilenceStepsReversed, "/silence_end_after_days")


def _check_groups(policy: MatchingPolicySet) -> None:
    group = policy.group_size_max in GROUP_PEOPLE
    _require(group, refusals.GroupSizeOutOfRange, "/group_size_max")
    least, most = policy.circle_size_min, policy.circle_size_max
    _require(least in CIRCLE_PEOPLE, refusals.CircleSizeOutOfRange, "/circle_size_min")
    _require(most in CIRCLE_PEOPLE, refusals.CircleSizeOutOfRange, "/circle_size_max")
    _require(least <= most, refusals.CircleSizesReversed, "/circle_size_min")
    circles = policy.circles_max is None or policy.circles_max in CIRCLES
    _require(circles, refusals.CirclesMaxOutOfRange, "/circles_max")
    mixed = 1 <= policy.circle_functions_min <= most
    _require(mixed, refusals.CircleFunctionsBeyondSize, "/circle_functions_min")


def _check_words(policy: MatchingPolicySet) -> None:
    codes = [criterion.code for criterion in policy.exit_criteria]
    for place, code in enumerate(codes):
        known = code in OPEN_TO_PEOPLE
        _require(known, refusals.ExitCriterionUnknown, f"/exit_criteria/{place}/code")
    _require_once(codes, refusals.ExitCriterionRepeated, "/exit_criteria/{place}/code")
    _require_once(policy.approvals, refusals.ApprovalRepeated, "/approvals/{place}")


def _require_once(values: Sequence[Hashable], refusal: type[InvalidCommand], field: str) -> None:
    for place, value in enumerate(values):
        _require(value not in values[:place], refusal, field.format(place=place))


def _require(holds: bool, refusal: type[InvalidCommand], field: str) -> None:  # noqa: FBT001  # one line a rule
    if not holds:
        raise refusal(field=field)

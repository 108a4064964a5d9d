"""What a program manager sends to set a policy, field by field.

Bounds are told but not held here: the policy itself refuses what is beyond them, each with a code
of its own.
"""

from typing import Annotated, Any
from uuid import UUID

from pydantic import Field

from services.matching.domain import policy_limits as limits
from services.matching.domain.policy_limits import DAYS, Range
from shared.events.matching import Approver, CrossFunctionRule, Objective
from shared.http import Request

REASON_LENGTH_MAX = 500
EXIT_CRITERIA_MAX = 20
LEVELS_READ_MAX = 1000  # more than that is no policy

LevelCode = Annotated[str, Field(min_length=1, max_length=64)]
_WEIGHT = Range(least=0, most=limits.WEIGHTS_TOTAL_MAX)
_STANDING = Range(least=0, most=limits.STANDING_CAP_MAX)
_CIRCUMSTANCE = Range(least=0, most=limits.CIRCUMSTANCE_WEIGHT_MAX)
_STYLE = Range(least=0, most=limits.STYLE_WEIGHT_MAX)
_ROTATION = Range(least=0, most=limits.ROTATION_WEIGHT_MAX)
_RATIO = Range(least=1, most=limits.SEATS_PER_MENTOR_MAX)
_GAP = Range(least=1 - limits.LEVELS_MAX, most=limits.LEVELS_MAX - 1)


def _whole(default: int | None, within: Range, description: str) -> Any:  # noqa: ANN401  # a field
    bounds = {"minimum": within.least, "maximum": within.most}
    return Field(
        default=default, strict=True, description=description, json_schema_extra={**bounds}
    )


class WeightsBody(Request):
    """Points at most for each component of a score; together 1000 at most."""

    strengths: int = _whole(480, _WEIGHT, "What the mentor is ahead by in what the mentee wants.")
    other_function: int = _whole(160, _WEIGHT, "Mentor and mentee from different functions.")
    target_roles: int = _whole(120, _WEIGHT, "What the mentee's target roles ask; interests too.")
    style: int = _whole(80, _STYLE, "Learning alike and working unlike.")
    hours: int = _whole(100, _CIRCUMSTANCE, "Working hours in common, six a day at most.")
    spare_load: int = _whole(60, _CIRCUMSTANCE, "Mentors with more of their seats free.")
    title: int = _whole(0, _STANDING, "Levels that are near each other; needs `levels`.")
    tenure: int = _whole(0, _STANDING, "Years that the mentor has been here longer.")
    same_function: int = _whole(0, _STANDING, "Mentor and mentee from one function.")
    proximity: int = _whole(0, _STANDING, "The same site; half for the same time of day.")
    rotation: int = _whole(0, _ROTATION, "Mentors who began fewer pairings in the last 365 days.")


class ExitCriterionBody(Request):
    code: str = Field(max_length=40, examples=["goals_met"])
    text: str = Field(max_length=REASON_LENGTH_MAX, examples=["The goals of the pair are met."])


class MatchingPolicyBody(Request):
    """A whole policy. Only the reason has to be said: all else has a default."""

    reason: str = Field(
        min_length=1, max_length=REASON_LENGTH_MAX, examples=["What the last survey told us."]
    )
    evidence: UUID | None = Field(
        default=None, description="A report, such as one of anonymous feedback, that led to this."
    )
    objective: Objective = Field(
        default=Objective.MOST_SERVED,
        description="most_served: as many mentees as can be, then the score. best_score: the most "
        "points in total. worst_off_first: the lowest score as high as possible, then the next.",
    )
    weights: WeightsBody = WeightsBody()
    standing_cap: int = _whole(
        150, _STANDING, "Title, tenure, same function and proximity together at most."
    )
    weak_below: int = _whole(
        200, limits.WEAK_BELOW, "A score under this is very weak: as few such pairs as can be."
    )
    seats_per_mentor_max: int = _whole(3, _RATIO, "The mentee-to-mentor ratio: 3 means 3:1.")
    hours_per_pair: int = _whole(
        2, limits.HOURS_PER_PAIR, "Hours a month that one pair takes of what a mentor declared."
    )
    programs_max: int | None = _whole(
        None, limits.PROGRAMS, "Programs in which a mentor has mentees at a time; null: any number."
    )
    cross_function: CrossFunctionRule = CrossFunctionRule.PREFERRED
    levels: list[LevelCode] = Field(
        default=[],
        max_length=LEVELS_READ_MAX,
        description="Codes of levels as the directory has them, the lowest first, 50 at most.",
        examples=[["junior", "senior", "lead"]],
    )
    level_gap_min: int | None = _whole(
        None, _GAP, "The mentor's place in `levels` less the mentee's, at least; null: not asked."
    )
    level_gap_max: int | None = _whole(None, _GAP, "The same, at most.")
    common_minutes_min: int = _whole(
        60, limits.COMMON_MINUTES, "Working minutes a day that both can meet in; 0: none asked."
    )
    time_zone_hours_max: int | None = _whole(
        None, limits.TIME_ZONE_HOURS, "Hours that two are apart by the clock; null: not asked."
    )
    needs_supported: bool = Field(
        default=False,
        strict=True,
        description="Whether a mentor has to support every accommodation that the mentee needs.",
    )
    rest_cycles: int | None = _whole(
        None,
        limits.REST_CYCLES,
        "Cohorts for which two who were paired are kept apart; null: for ever.",
    )
    trial_days: int = _whole(30, DAYS["trial_days"], "How long a trial lasts.")
    answer_days: int = _whole(7, DAYS["answer_days"], "How long a proposal stays open.")
    approvals: list[Approver] = Field(
        default=[Approver.MENTOR, Approver.MENTEE],
        max_length=20,
        description="Who has to say yes before two are paired; empty: nobody is asked.",
    )
    approvals_in_order: bool = Field(
        default=False, strict=True, description="Ask each when the one before has said yes."
    )
    review_days: int | None = _whole(
        90, DAYS["review_days"], "Between two reviews of a pairing; null: none."
    )
    pairing_days_default: int | None = _whole(
        None, DAYS["pairing_days_default"], "How long a pairing lasts; null: open."
    )
    pairing_days_max: int | None = _whole(
        None, DAYS["pairing_days_max"], "How long a pairing may last at most; null: any time."
    )
    extension_days_max: int = _whole(
        90, DAYS["extension_days_max"], "By how many days a pairing is extended at most."
    )
    pending_requests_max: int = _whole(
        3, limits.PENDING_REQUESTS, "Requests that a mentee may have pending."
    )
    open_requests_max: int = _whole(
        5, limits.OPEN_REQUESTS, "Requests that may be open at a mentor."
    )
    request_days: int = _whole(7, DAYS["request_days"], "How long a request stays open.")
    escalation_days: int = _whole(10, DAYS["escalation_days"], "Until an escalation is due.")
    appeal_days: int = _whole(14, DAYS["appeal_days"], "Until an appeal has to be decided.")
    group_size_max: int = _whole(6, limits.GROUP_PEOPLE, "Mentees in a group around one mentor.")
    circle_size_min: int = _whole(4, limits.CIRCLE_PEOPLE, "People in a circle, at least.")
    circle_size_max: int = _whole(8, limits.CIRCLE_PEOPLE, "People in a circle, at most.")
    circle_functions_min: int = _whole(
        2, Range(least=1, most=limits.CIRCLE_PEOPLE.most), "Functions that a circle mixes."
    )
    circles_max: int | None = _whole(
        1, limits.CIRCLES, "Open circles that somebody is in at a time; null: any number."
    )
    flash_days: int = _whole(14, DAYS["flash_days"], "How long a flash pairing lasts.")
    silence_warn_after: int | None = _whole(
        2,  # of a single one sessions reminds both
        limits.SILENT_MISSES,
        "Misses in a row after which two who do not meet are warned; null: nobody looks.",
    )
    silence_offer_after_days: int | None = _whole(
        14,
        DAYS["silence_offer_after_days"],
        "From the warning until both are offered to part without fault; null: never.",
    )
    silence_end_after_days: int | None = _whole(
        None,
        DAYS["silence_end_after_days"],
        "From the warning until the pairing ends by itself; null: never.",
    )
    exit_criteria: list[ExitCriterionBody] = Field(default=[], max_length=EXIT_CRITERIA_MAX)

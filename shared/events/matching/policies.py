"""How a program wants its pairs made."""

from datetime import datetime
from enum import StrEnum
from typing import TypeAlias
from uuid import UUID

from shared.frozen import light
from shared.ids import PersonId, ProgramId


class CrossFunctionRule(StrEnum):
    """What a program asks of the functions of a pair."""

    REQUIRED = "required"
    PREFERRED = "preferred"
    IGNORED = "ignored"


class Objective(StrEnum):
    """What a run seeks first among all ways to pair."""

    MOST_SERVED = "most_served"  # as many mentees as possible, then the score
    BEST_SCORE = "best_score"  # the most points in total
    WORST_OFF_FIRST = "worst_off_first"  # the lowest score as high as possible, then the next


class Approver(StrEnum):
    """Who has to say yes before two are paired."""

    MENTOR = "mentor"
    MENTEE = "mentee"
    MANAGER = "manager"  # of the program


@light
class ScoreWeights:
    """Points at most for each component of a pair's score; all whole numbers, 0 to 1000."""

    strengths: int = 480  # what the mentor offers against what the mentee wants to grow
    other_function: int = 160
    target_roles: int = 120
    style: int = 80
    hours: int = 100  # overlap of working hours
    spare_load: int = 60  # mentors with fewer people first
    title: int = 0  # nearness of levels
    tenure: int = 0  # years that the mentor has been here longer
    same_function: int = 0
    proximity: int = 0  # the same site, or the same hour of the day
    rotation: int = 0  # mentors who began fewer pairings in the last year first


@light
class ExitCriterion:
    code: str  # an end reason that the program recognises
    text: str


@light
class MatchingPolicySet:
    program_id: ProgramId
    version: int
    seats_per_mentor_max: int  # the mentee-to-mentor ratio: 3 means 3:1
    cross_function: CrossFunctionRule
    weights: ScoreWeights
    trial_days: int
    answer_days: int  # how long a proposal stays open
    exit_criteria: tuple[ExitCriterion, ...]
    author: PersonId
    reason: str
    at: datetime
    objective: Objective = Objective.MOST_SERVED
    weak_below: int = 0  # a score under this is a very weak pair; 0: none is
    standing_cap: int = 150  # title, tenure, same function and proximity together at most
    levels: tuple[str, ...] = ()  # codes, lowest first
    level_gap_min: int | None = None  # the mentor's place in `levels` less the mentee's
    level_gap_max: int | None = None
    common_minutes_min: int = 60  # of a day; 0: none asked
    time_zone_hours_max: int | None = None
    needs_supported: bool = False  # a mentor supports whatever the mentee needs
    rest_cycles: int | None = None  # how long two who were paired are kept apart; None: for ever
    hours_per_pair: int = 2  # a month
    programs_max: int | None = None  # that a mentor has mentees in at the same time
    approvals: tuple[Approver, ...] = (Approver.MENTOR, Approver.MENTEE)
    approvals_in_order: bool = False  # each is asked when the one before has said yes
    review_days: int | None = 90
    pairing_days_default: int | None = None
    pairing_days_max: int | None = None
    extension_days_max: int = 90
    pending_requests_max: int = 3  # of a mentee
    open_requests_max: int = 5  # at a mentor
    request_days: int = 7  # how long a request stays open
    escalation_days: int = 10
    appeal_days: int = 14
    group_size_max: int = 6
    circle_size_min: int = 4
    circle_size_max: int = 8
    circle_functions_min: int = 2
    flash_days: int = 14
    silence_warn_after: int | None = None  # misses in a row; None: nobody looks at them
    silence_offer_after_days: int | None = None  # from the warning; None: nothing is offered
    silence_end_after_days: int | None = None  # from the warning; None: never by itself
    circles_max: int | None = None  # that somebody is in at a time; None: any number
    evidence: UUID | None = None  # a report that led to this version


PolicyEvent: TypeAlias = MatchingPolicySet

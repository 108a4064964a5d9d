"""Matching policies and runs."""

from datetime import datetime
from enum import StrEnum
from typing import TypeAlias

from shared.frozen import light
from shared.ids import CohortId, EnrollmentId, PersonId, ProgramId, RunId


class CrossFunctionRule(StrEnum):
    """What a program asks of the functions of a pair."""

    REQUIRED = "required"
    PREFERRED = "preferred"
    IGNORED = "ignored"


@light
class ScoreWeights:
    """Points at most for each component of a pair's score; all whole numbers, 0 to 1000."""

    strengths: int = 480  # what the mentor offers against what the mentee wants to grow
    other_function: int = 160
    target_roles: int = 120
    style: int = 80
    hours: int = 100  # overlap of working hours
    spare_load: int = 60  # mentors with fewer people first


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


PolicyEvent: TypeAlias = MatchingPolicySet


@light
class ScoreComponents:
    strengths: int
    other_function: int
    target_roles: int
    style: int
    hours: int
    spare_load: int


@light
class MatchScored:
    """One proposed pair of a run; the components add up to the score."""

    mentee: EnrollmentId
    mentor: EnrollmentId
    score: int  # 0 to 1000
    components: ScoreComponents
    cross_functional: bool


@light
class Unserved:
    mentee: EnrollmentId
    reason: str  # a code: "no_allowed_mentor", "all_seats_taken"


@light
class MatchingRunRequested:
    run_id: RunId
    program_id: ProgramId
    cohort_id: CohortId
    policy_version: int
    requested_by: PersonId
    at: datetime


@light
class MatchingRunCompleted:
    run_id: RunId
    program_id: ProgramId
    cohort_id: CohortId
    policy_version: int
    input_digest: str  # SHA-256, hex, of the frozen input in canonical JSON
    result_digest: str  # SHA-256, hex, of the pairs in canonical JSON
    mentees: int
    mentors: int
    seats: int
    pairs: tuple[MatchScored, ...]
    unserved: tuple[Unserved, ...]
    total_score: int
    cross_functional_pairs: int
    at: datetime


@light
class MatchingRunFailed:
    run_id: RunId
    program_id: ProgramId
    cohort_id: CohortId
    reason: str
    at: datetime


@light
class MatchingRunPublished:
    run_id: RunId
    program_id: ProgramId
    cohort_id: CohortId
    published_by: PersonId
    at: datetime


@light
class MatchingRunDiscarded:
    run_id: RunId
    reason: str
    at: datetime


RunEvent: TypeAlias = (
    MatchingRunRequested
    | MatchingRunCompleted
    | MatchingRunFailed
    | MatchingRunPublished
    | MatchingRunDiscarded
)

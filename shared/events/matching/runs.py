"""Matching runs: asked for, worked out, changed by hand, published; and whose turn it is."""

from datetime import datetime
from enum import StrEnum
from typing import TypeAlias
from uuid import UUID

from shared.events.matching.policies import MatchingPolicySet, Objective
from shared.frozen import light
from shared.ids import CohortId, CompetencyId, EnrollmentId, PersonId, ProgramId, RunId
from shared.sealed import Sealed


@light
class ScoreComponents:
    strengths: int
    other_function: int
    target_roles: int
    style: int
    hours: int
    spare_load: int
    title: int = 0
    tenure: int = 0
    same_function: int = 0
    proximity: int = 0
    rotation: int = 0
    emphasis: int = 0  # what a run itself asks for, such as a critical skill


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
class NamedPair:
    """A mentor and a mentee, whatever is said of the two."""

    mentor: EnrollmentId
    mentee: EnrollmentId


@light
class UnnamedPair:
    """A mentor and a mentee by names that only a key of each can make, another each time.

    Who has both keys finds out who it is; without one of them, nobody ever does.
    """

    mentor: UUID
    mentee: UUID


@light
class RunEmphasis:
    """What a run seeks besides the policy: a critical skill, or what a role asks for."""

    competencies: tuple[CompetencyId, ...]
    weight: int  # points at most
    target_role: UUID | None = None  # where the competencies come from; None: named one by one


@light
class LogPosition:
    """How far a log was read."""

    service: str
    slot: int
    number: int


@light
class RuleCount:
    """How many pairs of a mentee and a mentor one hard rule forbids."""

    rule: str
    pairs: int


@light
class MatchingRunRequested:
    run_id: RunId
    program_id: ProgramId
    cohort_id: CohortId
    policy_version: int
    requested_by: PersonId
    at: datetime
    what_if: bool = False  # tried out: never published
    policy: MatchingPolicySet | None = None  # as this run alone has it; None: the version above
    locked: tuple[NamedPair, ...] = ()  # pairs that stand, whatever else is found
    barred: tuple[NamedPair, ...] = ()  # pairs that this run may not make, as they once were told
    basis: RunId | None = None  # the run whose locks and bars were taken over
    emphasis: RunEmphasis | None = None
    reason: str = ""
    lottery_commitment: str = ""  # SHA-256, hex, of the seed; the run's end tells the seed
    barred_unnamed: tuple[UnnamedPair, ...] = ()  # the same since then: how many, and not who


@light
class MatchingRunRejected:
    """The weights would have let standing outweigh growth: nothing was worked out."""

    run_id: RunId
    program_id: ProgramId
    cohort_id: CohortId
    policy_version: int
    requested_by: PersonId
    code: str  # which cap: "standing_above_cap", "weights_above_total"
    at: datetime


@light
class MatchingRunPairsRecorded:
    """A part of a result that is too long for one event; the run's completion follows."""

    run_id: RunId
    part: int  # from 1
    pairs: tuple[MatchScored, ...]
    unserved: tuple[Unserved, ...]
    at: datetime


@light
class MatchingRunCompleted:
    run_id: RunId
    program_id: ProgramId
    cohort_id: CohortId
    policy_version: int
    input_digest: str  # SHA-256, hex, of the frozen input in canonical JSON
    result_digest: str  # SHA-256, hex, of the result in canonical JSON
    mentees: int
    mentors: int
    seats: int
    pairs: tuple[MatchScored, ...]  # none if they came in parts
    unserved: tuple[Unserved, ...]  # none if they came in parts
    total_score: int
    cross_functional_pairs: int
    at: datetime
    parts: int = 0  # events that told the pairs and the unserved before; 0: all are here
    pairs_total: int | None = None  # None: as many as are here
    unserved_total: int | None = None  # None: as many as are here
    worst_score: int | None = None  # None: no pair, or told by an older version
    what_if: bool = False
    objective: Objective = Objective.MOST_SERVED
    as_of: tuple[LogPosition, ...] = ()  # what was known when the pool was frozen
    lottery_seed: str = ""  # hex
    lottery_counter: int = 0
    unique: bool = False  # no lottery was needed
    record_digest: str = ""  # SHA-256, hex, of the run's record; empty: it has none


@light
class MatchingRunFailed:
    run_id: RunId
    program_id: ProgramId
    cohort_id: CohortId
    reason: str
    at: datetime
    rules: tuple[RuleCount, ...] = ()  # what forbade the pairs, where none was left
    lottery_seed: str = ""


@light
class MatchingRunCancelled:
    """Called off while it was being worked out."""

    run_id: RunId
    program_id: ProgramId
    cohort_id: CohortId
    cancelled_by: PersonId
    reason: str
    at: datetime


@light
class DraftOverridden:
    """A manager changed a draft by hand; what the run itself found stays as it was."""

    run_id: RunId
    unpaired: tuple[NamedPair, ...]
    paired: tuple[MatchScored, ...]
    overridden_by: PersonId
    reason: Sealed
    at: datetime


@light
class MatchingRunPublished:
    run_id: RunId
    program_id: ProgramId
    cohort_id: CohortId
    published_by: PersonId
    at: datetime
    changes_accepted: bool = False  # the pool had moved since, and the publisher knew
    completion_follows: bool = False  # PublicationCompleted says when everybody has been told


@light
class PairLeftOut:
    """A pair of a published run that was no longer possible."""

    mentor: EnrollmentId
    mentee: EnrollmentId
    code: str  # why: "mentor_at_capacity", "not_listed"


@light
class PublicationCompleted:
    """Everybody in a published run has been told."""

    run_id: RunId
    program_id: ProgramId
    cohort_id: CohortId
    proposed: int
    waitlisted: int
    left_out: tuple[PairLeftOut, ...]
    at: datetime


@light
class MatchingRunDiscarded:
    run_id: RunId
    reason: str
    at: datetime


RunEvent: TypeAlias = (
    MatchingRunRequested
    | MatchingRunRejected
    | MatchingRunPairsRecorded
    | MatchingRunCompleted
    | MatchingRunFailed
    | MatchingRunCancelled
    | DraftOverridden
    | MatchingRunPublished
    | PublicationCompleted
    | MatchingRunDiscarded
)


class Turn(StrEnum):
    """What a run does for which it must be alone in its cohort."""

    COMPUTING = "computing"
    PUBLISHING = "publishing"


@light
class RunTurnTaken:
    """From now on no other run of this cohort is worked out or published."""

    cohort_id: CohortId
    run_id: RunId
    turn: Turn
    at: datetime


@light
class RunTurnEnded:
    cohort_id: CohortId
    run_id: RunId
    at: datetime


RunTurnEvent: TypeAlias = RunTurnTaken | RunTurnEnded

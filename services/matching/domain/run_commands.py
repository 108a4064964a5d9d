"""What may be asked of a matching run."""

from typing import TypeAlias

from services.matching.domain.solved import Solution
from shared.events.matching import (
    MatchingPolicySet,
    MatchScored,
    NamedPair,
    PairLeftOut,
    RuleCount,
    RunEmphasis,
    UnnamedPair,
)
from shared.frozen import frozen
from shared.ids import CohortId, EnrollmentId, PersonId, ProgramId, RunId
from shared.sealed import Sealed


@frozen
class LockAsked:
    """Two who shall stay together, and what is known of them when it is asked."""

    pair: NamedPair
    mentor_free: int | None  # seats; None: not a mentor in this pool
    mentee_known: bool = True
    broken_rules: tuple[str, ...] = ()  # codes of the hard rules that forbid this pair
    is_open: bool = True  # False: they are kept apart, and nobody is told so


@frozen
class RequestRun:
    run_id: RunId
    program_id: ProgramId
    cohort_id: CohortId
    policy_version: int  # 0: the program has set none
    requested_by: PersonId
    policy: MatchingPolicySet | None = None  # what the run goes by
    changed: bool = False  # the policy is another than the version says: told with the run
    what_if: bool = False
    locked: tuple[LockAsked, ...] = ()
    barred: tuple[NamedPair, ...] = ()
    barred_unnamed: tuple[UnnamedPair, ...] = ()  # the same, as everybody else may hold them
    basis: RunId | None = None
    emphasis: RunEmphasis | None = None
    reason: str = ""
    lottery_commitment: str = ""  # SHA-256, hex
    cohort_closed: bool = False
    anybody: bool = True  # a mentee who looks for a mentor, and a mentor


@frozen
class CompleteRun:
    run_id: RunId
    solution: Solution


@frozen
class FailRun:
    run_id: RunId
    reason: str
    rules: tuple[RuleCount, ...] = ()
    lottery_seed: str = ""


@frozen
class CancelRun:
    run_id: RunId
    cancelled_by: PersonId
    reason: str


@frozen
class PairWanted:
    """A pair that a manager makes by hand, as it would have been scored by the run."""

    pair: MatchScored
    seats: int  # of the mentor, free when the run began
    broken_rules: tuple[str, ...] = ()


@frozen
class OverrideDraft:
    run_id: RunId
    paired: tuple[PairWanted, ...]
    unpaired: tuple[EnrollmentId, ...]  # mentees
    overridden_by: PersonId
    reason: Sealed


@frozen
class PublishRun:
    run_id: RunId
    published_by: PersonId
    changes: tuple[str, ...] = ()  # what has moved in the pool since, in words
    changes_accepted: bool = False


@frozen
class CompletePublication:
    run_id: RunId
    proposed: int
    waitlisted: int
    left_out: tuple[PairLeftOut, ...]


@frozen
class DiscardRun:
    run_id: RunId
    reason: str


RunCommand: TypeAlias = (
    RequestRun
    | CompleteRun
    | FailRun
    | CancelRun
    | OverrideDraft
    | PublishRun
    | CompletePublication
    | DiscardRun
)

"""What may be asked of a pairing."""

from datetime import datetime
from typing import TypeAlias

from shared.events.matching import (
    Actor,
    Adjustment,
    Approver,
    EndReason,
    EscalationGround,
    EscalationOutcome,
    PairingFormat,
    ReviewOutcome,
    SurveyAnswer,
)
from shared.events.vocabulary import Part
from shared.frozen import frozen
from shared.ids import CohortId, EnrollmentId, PairingId, PersonId, ProgramId, RunId
from shared.sealed import Sealed


@frozen
class ProposePairing:
    pairing_id: PairingId
    program_id: ProgramId
    cohort_id: CohortId
    mentor: EnrollmentId
    mentee: EnrollmentId
    mentor_person: PersonId
    mentee_person: PersonId
    run_id: RunId | None  # None: paired by hand
    score: int
    cross_functional: bool
    answer_days: int
    trial_days: int
    broken_rules: tuple[str, ...] = ()  # codes of the hard rules that forbid this pair
    is_open: bool = True  # False: they are kept apart, and nobody is told so
    format: PairingFormat = PairingFormat.ONE_TO_ONE
    approvals: tuple[Approver, ...] = (Approver.MENTOR, Approver.MENTEE)
    approvals_in_order: bool = False
    review_days: int | None = None
    pairing_days: int | None = None
    offered: bool = False
    hours: int = 2  # a month, of each of the two
    programs_max: int | None = None  # that the mentor may be in at the same time


@frozen
class AcceptPairing:
    pairing_id: PairingId
    by: Part


@frozen
class ApprovePairing:
    """A manager of the program says yes."""

    pairing_id: PairingId
    manager: PersonId


@frozen
class DeclinePairing:
    pairing_id: PairingId
    by: Part | None  # None: a manager withholds approval
    manager: PersonId | None = None


@frozen
class TakeBackPairing:
    """Something stands between the two by now; who commands looks again if it was answered."""

    pairing_id: PairingId
    by: Part  # on whose side it is


@frozen
class ExpirePairing:
    """The time to answer is over."""

    pairing_id: PairingId


@frozen
class ConfirmTrial:
    pairing_id: PairingId
    by: Part


@frozen
class PassTrial:
    """The trial is over and nobody left."""

    pairing_id: PairingId


@frozen
class LeaveTrial:
    pairing_id: PairingId
    by: Part


@frozen
class PausePairing:
    pairing_id: PairingId
    by: Actor


@frozen
class ResumePairing:
    pairing_id: PairingId
    by: Actor


@frozen
class ExtendPairing:
    pairing_id: PairingId
    until: datetime
    by: Actor
    days_max: int  # from the end as it stands
    total_days_max: int | None = None  # from the day they were paired; None: no limit


@frozen
class ComeToReview:
    """The time for a review has come."""

    pairing_id: PairingId


@frozen
class ReviewPairing:
    pairing_id: PairingId
    outcome: ReviewOutcome
    by: Actor
    adjustments: tuple[Adjustment, ...] = ()
    manager: PersonId | None = None


@frozen
class RaiseEscalation:
    pairing_id: PairingId
    to: PersonId
    ground: EscalationGround
    by: Actor
    days: int
    text: Sealed | None = None


@frozen
class ResolveEscalation:
    pairing_id: PairingId
    outcome: EscalationOutcome
    by: PersonId


@frozen
class MarkEscalationOverdue:
    pairing_id: PairingId


@frozen
class RotatePairing:
    """The mentee moves on to another mentor."""

    pairing_id: PairingId
    next_pairing: PairingId
    next_mentor: EnrollmentId
    continuing: bool
    same_function: bool  # whether the next mentor works where this one does
    manager: PersonId


@frozen
class RequestContinuity:
    pairing_id: PairingId
    by: Part


@frozen
class AnswerExitSurvey:
    pairing_id: PairingId
    by: Part
    reason: EndReason
    answers: tuple[SurveyAnswer, ...]
    text: Sealed | None = None
    open_reasons: frozenset[EndReason] = frozenset(EndReason)


@frozen
class EndPairing:
    pairing_id: PairingId
    reason: EndReason
    open_reasons: frozenset[EndReason] = frozenset(EndReason)  # what this asker may say
    by: Actor | None = None  # None: nobody by themselves
    manager: PersonId | None = None


@frozen
class EndByTerm:
    """Its end date has come."""

    pairing_id: PairingId


@frozen
class NoteMiss:
    """Sessions tells that the two did not meet by their date."""

    pairing_id: PairingId
    told: int  # its place in the journey's stream
    due_at: datetime
    since: datetime  # when the time began in which they were to meet
    excused: bool  # one of the two was away in this time
    warn_after: int | None  # misses in a row; None: nobody looks at them
    offer_days: int | None
    end_days: int | None


@frozen
class NoteMeeting:
    """Sessions tells that the two have met."""

    pairing_id: PairingId
    told: int  # its place in the journey's stream


@frozen
class BreakSilence:
    """One of the two went away; a silence that began later than `since` is not meant."""

    pairing_id: PairingId
    since: datetime


@frozen
class TakeSilenceStep:
    """The offer to two who do not meet is due."""

    pairing_id: PairingId


@frozen
class EndBySilence:
    """The last step for two who do not meet is due."""

    pairing_id: PairingId


@frozen
class TakeReMatch:
    """One of two who do not meet takes the way out."""

    pairing_id: PairingId
    by: Part


@frozen
class LeavePairing:
    """One side leaves the program: a proposal is declined, a pairing ends."""

    pairing_id: PairingId
    by: Part | None  # None: neither of the two
    reason: EndReason


SilenceCommand: TypeAlias = (
    NoteMiss | NoteMeeting | BreakSilence | TakeSilenceStep | EndBySilence | TakeReMatch
)
PairingCommand: TypeAlias = (
    ProposePairing
    | AcceptPairing
    | ApprovePairing
    | DeclinePairing
    | TakeBackPairing
    | ExpirePairing
    | ConfirmTrial
    | PassTrial
    | LeaveTrial
    | PausePairing
    | ResumePairing
    | ExtendPairing
    | ComeToReview
    | ReviewPairing
    | RaiseEscalation
    | ResolveEscalation
    | MarkEscalationOverdue
    | RotatePairing
    | RequestContinuity
    | AnswerExitSurvey
    | EndPairing
    | EndByTerm
    | LeavePairing
    | SilenceCommand
)

"""What happens to two who are paired, between their yes and the day they part."""

from datetime import datetime
from enum import StrEnum
from typing import TypeAlias

from shared.events.matching.reasons import Actor, EndReason
from shared.events.matching.silences import SilenceEvent
from shared.events.vocabulary import Part
from shared.frozen import light
from shared.ids import EnrollmentId, PairingId, PersonId
from shared.sealed import Sealed


class ReviewOutcome(StrEnum):
    """What a review of a pairing came to."""

    CONTINUE = "continue"
    ADJUST = "adjust"
    RE_MATCH = "re_match"


class Adjustment(StrEnum):
    """What two agree to do differently."""

    RHYTHM = "rhythm"
    GOALS = "goals"
    FORMAT = "format"
    AGENDA = "agenda"
    EXPECTATIONS = "expectations"


class EscalationGround(StrEnum):
    """Why a pairing needs somebody else's help."""

    NO_CONTACT = "no_contact"
    CONFLICT = "conflict"
    CONDUCT = "conduct"
    GOALS_STUCK = "goals_stuck"
    WORKLOAD = "workload"


class EscalationOutcome(StrEnum):
    """How an escalation was settled."""

    SETTLED = "settled"
    ADJUSTED = "adjusted"
    RE_MATCH = "re_match"
    PAIRING_ENDED = "pairing_ended"  # otherwise, before anybody settled it


class ExitQuestion(StrEnum):
    """What both sides are asked when they part; answered from 1, not at all, to 5, fully."""

    GOALS_REACHED = "goals_reached"
    TIME_WELL_SPENT = "time_well_spent"
    PARTNER_RELIABLE = "partner_reliable"
    WOULD_PAIR_AGAIN = "would_pair_again"
    PROGRAM_HELPED = "program_helped"


@light
class SurveyAnswer:
    question: ExitQuestion
    answer: int  # 1 to 5


@light
class PairingApproved:
    """A manager of the program said yes."""

    pairing_id: PairingId
    by: PersonId
    at: datetime


@light
class PairingPaused:
    """Nothing runs meanwhile: neither the trial nor the time until the end."""

    pairing_id: PairingId
    by: Actor
    at: datetime


@light
class PairingResumed:
    """Each date moved by as long as the pause was; None where there is none."""

    pairing_id: PairingId
    by: Actor
    trial_ends_at: datetime | None
    ends_at: datetime | None
    review_at: datetime | None
    at: datetime


@light
class PairingExtended:
    pairing_id: PairingId
    by: Actor
    ends_at: datetime
    at: datetime


@light
class MatchReviewDue:
    """The two are asked how it goes; the next review comes due whether they answer or not."""

    pairing_id: PairingId
    review: int  # from 1
    next_at: datetime
    at: datetime


@light
class MatchAdjusted:
    """A review was answered."""

    pairing_id: PairingId
    review: int
    outcome: ReviewOutcome
    adjustments: tuple[Adjustment, ...]
    by: Actor
    at: datetime


@light
class EscalationRaised:
    pairing_id: PairingId
    escalation: int  # from 1
    to: PersonId  # who has to settle it
    ground: EscalationGround
    by: Actor
    due_at: datetime
    at: datetime
    text: Sealed | None = None


@light
class EscalationResolved:
    pairing_id: PairingId
    escalation: int
    outcome: EscalationOutcome
    by: PersonId | None  # None: the pairing ended first
    at: datetime


@light
class EscalationOverdue:
    """Nobody settled it in time; it stays open."""

    pairing_id: PairingId
    escalation: int
    to: PersonId
    at: datetime


@light
class MatchRotated:
    """The mentee moves to a mentor in another function; this relation stays on record."""

    pairing_id: PairingId
    next_pairing: PairingId
    next_mentor: EnrollmentId
    continuing: bool  # on record as going on beside the new one; False: as ended
    by: PersonId
    at: datetime


@light
class ContinuityRequested:
    """One side wants the same partner in the next cycle."""

    pairing_id: PairingId
    by: Part
    agreed: bool  # the other side had asked before: both want it
    at: datetime


@light
class ExitSurveyAnswered:
    """One side's own view of the end, for the program and not for the partner."""

    pairing_id: PairingId
    by: Part
    reason: EndReason
    answers: tuple[SurveyAnswer, ...]
    at: datetime
    text: Sealed | None = None


CourseEvent: TypeAlias = (
    PairingApproved
    | PairingPaused
    | PairingResumed
    | PairingExtended
    | MatchReviewDue
    | MatchAdjusted
    | EscalationRaised
    | EscalationResolved
    | EscalationOverdue
    | MatchRotated
    | ContinuityRequested
    | ExitSurveyAnswered
    | SilenceEvent
)

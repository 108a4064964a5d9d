"""Rosters with their seats, and the life of a pairing."""

from datetime import datetime
from typing import TypeAlias

from shared.events.matching.courses import CourseEvent
from shared.events.matching.formats import PairingFormat
from shared.events.matching.places import PlaceEvent
from shared.events.matching.policies import Approver
from shared.events.matching.reasons import Actor, EndReason
from shared.events.vocabulary import Part
from shared.frozen import light
from shared.ids import CohortId, EnrollmentId, PairingId, PersonId, ProgramId, RunId


@light
class ParticipantListed:
    """This enrollment can be paired: a mentor with seats, a mentee with one place."""

    enrollment_id: EnrollmentId
    program_id: ProgramId
    cohort_id: CohortId
    person_id: PersonId
    part: Part
    seats: int
    at: datetime


@light
class SeatsChanged:
    enrollment_id: EnrollmentId
    seats: int  # never below the seats taken
    declared: int | None = None  # what was asked for: `seats` sinks towards it as people go
    at: datetime


@light
class SeatReserved:
    enrollment_id: EnrollmentId
    pairing_id: PairingId
    at: datetime


@light
class SeatReleased:
    enrollment_id: EnrollmentId
    pairing_id: PairingId
    at: datetime


@light
class ParticipantWaitlisted:
    """A run found no seat; the place in the list is by `since`."""

    enrollment_id: EnrollmentId
    run_id: RunId
    reason: str  # a code: "no_allowed_mentor", "all_seats_taken"
    since: datetime
    at: datetime


@light
class RematchRequested:
    """Back in the pool; `priority` marks somebody whose partner left or who was let down."""

    enrollment_id: EnrollmentId
    pairing_id: PairingId
    priority: bool
    at: datetime


@light
class ParticipantDelisted:
    enrollment_id: EnrollmentId
    reason: str
    at: datetime


RosterEvent: TypeAlias = (
    ParticipantListed
    | SeatsChanged
    | SeatReserved
    | SeatReleased
    | ParticipantWaitlisted
    | RematchRequested
    | ParticipantDelisted
    | PlaceEvent
)


@light
class PairingProposed:
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
    answer_by: datetime
    trial_days: int
    at: datetime
    format: PairingFormat = PairingFormat.ONE_TO_ONE
    approvals: tuple[Approver, ...] = (Approver.MENTOR, Approver.MENTEE)  # who has to say yes
    approvals_in_order: bool = False
    review_days: int | None = None  # the rhythm of its reviews; None: none
    pairing_days: int | None = None  # how long it lasts; None: no end is set
    offered: bool = False  # to the first on the waiting list, by nobody's hand


@light
class PairingAccepted:
    """One side said yes."""

    pairing_id: PairingId
    by: Part
    at: datetime


@light
class PairingDeclined:
    pairing_id: PairingId
    by: Part | None  # None: a manager withheld approval
    at: datetime
    manager: PersonId | None = None  # who withheld it


@light
class PairingExpired:
    pairing_id: PairingId
    at: datetime


@light
class ParticipantsPaired:
    """Both said yes: mentor and mentee are paired, on trial first."""

    pairing_id: PairingId
    program_id: ProgramId
    cohort_id: CohortId
    mentor: EnrollmentId
    mentee: EnrollmentId
    mentor_person: PersonId
    mentee_person: PersonId
    cross_functional: bool
    at: datetime
    format: PairingFormat = PairingFormat.ONE_TO_ONE
    ends_at: datetime | None = None  # None: no end is set
    review_at: datetime | None = None  # when they are first asked how it goes


@light
class TrialStarted:
    pairing_id: PairingId
    ends_at: datetime
    at: datetime


@light
class TrialConfirmed:
    """One side confirms; the trial is passed when both have, or when nobody left by its end."""

    pairing_id: PairingId
    by: Part
    at: datetime


@light
class PairingConfirmed:
    """The trial is over and the pairing goes on."""

    pairing_id: PairingId
    at: datetime


@light
class TrialEnded:
    """One side left within the trial, without giving a public reason."""

    pairing_id: PairingId
    by: Part
    at: datetime


@light
class PairingEnded:
    pairing_id: PairingId
    program_id: ProgramId
    cohort_id: CohortId
    mentor: EnrollmentId
    mentee: EnrollmentId
    reason: EndReason
    in_trial: bool
    at: datetime
    by: Actor | None = None  # None: nobody by themselves, or told by an older version
    manager: PersonId | None = None  # which one, if a manager ended it


PairingEvent: TypeAlias = (
    PairingProposed
    | PairingAccepted
    | PairingDeclined
    | PairingExpired
    | ParticipantsPaired
    | TrialStarted
    | TrialConfirmed
    | PairingConfirmed
    | TrialEnded
    | PairingEnded
    | CourseEvent
)

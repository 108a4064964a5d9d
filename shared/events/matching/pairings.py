"""Rosters with their seats, and the life of a pairing."""

from datetime import datetime
from enum import StrEnum
from typing import TypeAlias

from shared.events.matching.formats import PairingFormat
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
)


class EndReason(StrEnum):
    """Why a pairing ended; a trial may end with no reason given."""

    NO_REASON_GIVEN = "no_reason_given"
    GOALS_MET = "goals_met"
    NOT_A_FIT = "not_a_fit"
    NO_TIME = "no_time"
    SILENT = "silent"
    PARTNER_LEFT = "partner_left"
    WITHDREW = "withdrew"
    PROGRAM_CLOSED = "program_closed"
    JOURNEY_COMPLETED = "journey_completed"


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


@light
class PairingAccepted:
    """One side said yes."""

    pairing_id: PairingId
    by: Part
    at: datetime


@light
class PairingDeclined:
    pairing_id: PairingId
    by: Part
    at: datetime


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
)

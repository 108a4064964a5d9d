"""The journey of a pairing: its plan, sessions, reflections, check-ins, and reminders."""

from datetime import datetime
from enum import StrEnum
from typing import TypeAlias
from uuid import UUID

from shared.events.vocabulary import CompetencyLevel, Part
from shared.frozen import light
from shared.ids import (
    CohortId,
    EnrollmentId,
    PairingId,
    PersonId,
    ProgramId,
    SessionId,
)
from shared.sealed import Sealed


class Visibility(StrEnum):
    """Who may read a reflection."""

    PRIVATE = "private"
    PARTNER = "partner"
    ANONYMOUS = "anonymous"  # usable without a name


class ReminderKind(StrEnum):
    """What somebody is reminded of."""

    SESSION_DUE = "session_due"
    REFLECTION_DUE = "reflection_due"
    MILESTONE_DUE = "milestone_due"
    GOAL_DUE = "goal_due"
    CADENCE_MISSED = "cadence_missed"
    REVIEW_DUE = "review_due"


@light
class TemplateSession:
    place: int  # 1 is the first
    code: str  # "trust_and_goals", …
    title: str
    minutes: int
    prompts: tuple[str, ...]
    time_boxes: tuple[int, ...]  # minutes for each prompt, in its order


@light
class JourneyStarted:
    pairing_id: PairingId
    program_id: ProgramId
    cohort_id: CohortId
    mentor: EnrollmentId
    mentee: EnrollmentId
    mentor_person: PersonId
    mentee_person: PersonId
    template: str
    template_version: int
    sessions: tuple[TemplateSession, ...]
    at: datetime


@light
class CadenceSet:
    pairing_id: PairingId
    every_days: int
    review_every_days: int
    next_session_by: datetime
    next_review_by: datetime
    at: datetime


@light
class CadenceMissed:
    pairing_id: PairingId
    due_at: datetime
    next_session_by: datetime
    at: datetime


@light
class AgendaItem:
    minutes: int
    prompt: str


@light
class SessionScheduled:
    pairing_id: PairingId
    session_id: SessionId
    place: int  # in the template; 0 is a free meeting outside it
    starts_at: datetime
    minutes: int
    by: Part
    at: datetime


@light
class AgendaPrepared:
    """The mentor's playbook for one session: prompts with time boxes."""

    pairing_id: PairingId
    session_id: SessionId
    items: tuple[AgendaItem, ...]
    at: datetime


@light
class SessionRescheduled:
    pairing_id: PairingId
    session_id: SessionId
    starts_at: datetime
    by: Part
    at: datetime


@light
class SessionHeld:
    pairing_id: PairingId
    session_id: SessionId
    place: int
    minutes: int
    by: Part
    next_session_by: datetime
    at: datetime


@light
class SessionMissed:
    pairing_id: PairingId
    session_id: SessionId
    absent: Part
    by: Part
    next_session_by: datetime | None = None  # None: another session is planned before it
    at: datetime


@light
class SessionCancelled:
    pairing_id: PairingId
    session_id: SessionId
    by: Part
    next_session_by: datetime | None = None  # None: another session is planned before it
    at: datetime


@light
class ReflectionRecorded:
    pairing_id: PairingId
    session_id: SessionId
    by: Part
    visibility: Visibility
    usefulness: int  # 1 to 5
    text: Sealed | None = None
    at: datetime


@light
class CheckInRecorded:
    pairing_id: PairingId
    check_in_id: UUID
    by: Part
    progress: int  # 0 to 100, as felt
    what_changes: Sealed | None = None
    at: datetime


@light
class RoadblockRaised:
    pairing_id: PairingId
    check_in_id: UUID
    code: str  # "time", "access", "scope", "relationship", "other"
    text: Sealed | None = None
    at: datetime


@light
class FeedbackGiven:
    """What one side says of the other, of a session, or of the program."""

    pairing_id: PairingId
    feedback_id: UUID
    by: Part
    about: str  # "partner", "session", "program"
    session_id: SessionId | None
    rating: int  # 1 to 5
    text: Sealed | None = None
    at: datetime


@light
class SelfAssessmentRecorded:
    """Skills, confidence and contacts as the mentee sees them now, against the baseline."""

    pairing_id: PairingId
    enrollment_id: EnrollmentId
    skills: tuple[CompetencyLevel, ...]
    confidence: int  # 0 to 100
    cross_functional_contacts: int
    at: datetime


@light
class ReminderIssued:
    pairing_id: PairingId
    reminder_id: UUID
    deadline_id: UUID  # the timer that led to it
    kind: ReminderKind
    subject: UUID  # the session, milestone, goal or pairing it is about
    to: tuple[PersonId, ...]  # empty: what it is about asks nothing of anybody any more
    due_at: datetime  # when the timer was due
    next_due_at: datetime | None = None  # of a timer that comes round again
    at: datetime


@light
class JourneyCompleted:
    pairing_id: PairingId
    program_id: ProgramId
    cohort_id: CohortId
    mentor: EnrollmentId
    mentee: EnrollmentId
    sessions_held: int
    at: datetime


@light
class JourneyEnded:
    """The pairing ended before the journey was complete."""

    pairing_id: PairingId
    reason: str
    at: datetime


JourneyEvent: TypeAlias = (
    JourneyStarted
    | CadenceSet
    | CadenceMissed
    | SessionScheduled
    | AgendaPrepared
    | SessionRescheduled
    | SessionHeld
    | SessionMissed
    | SessionCancelled
    | ReflectionRecorded
    | CheckInRecorded
    | RoadblockRaised
    | FeedbackGiven
    | SelfAssessmentRecorded
    | ReminderIssued
    | JourneyCompleted
    | JourneyEnded
)

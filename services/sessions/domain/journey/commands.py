"""What can be asked of a journey, and why it may be refused."""

from datetime import datetime
from enum import StrEnum
from typing import TypeAlias
from uuid import UUID

from shared.errors import InvalidCommand, NotAllowed, NotFound, Refused
from shared.events.sessions import Visibility
from shared.events.vocabulary import CompetencyLevel, Part
from shared.frozen import frozen
from shared.ids import (
    CohortId,
    CompetencyId,
    EnrollmentId,
    PairingId,
    PersonId,
    ProgramId,
    SessionId,
)
from shared.sealed import Sealed


class JourneyUnknown(NotFound):
    """There is no journey of this pairing that you may see."""


class JourneyOver(Refused):
    """This journey is completed or has ended: nothing new can be written into it."""


class SessionUnknown(NotFound):
    """This pair has no such session."""


class SessionInThePast(Refused):
    """A session is planned for a time to come."""


class SessionTooFarAhead(InvalidCommand):
    """A session is planned at most a year ahead."""


class SessionsOverlap(Refused):
    """This pair has another session planned at that time."""


class SessionNotStarted(Refused):
    """This session has not started yet: it can be moved or cancelled, not held or missed."""


class SessionClosed(Refused):
    """This session was already held, missed or cancelled."""


class SessionNotHeld(Refused):
    """Only a session that was held can be reflected on."""


class ReflectionAlreadyFiled(Refused):
    """You have reflected on this session already; a reflection stands as it was written."""


class RoadblockRepeated(InvalidCommand):
    """A check-in names each kind of roadblock once."""


class FeedbackSubjectUnclear(InvalidCommand):
    """Feedback about a session names the session, and no other feedback does."""


class MenteeOnly(NotAllowed):
    """Only the mentee of this pairing may do this."""


class CompetencyUnknown(InvalidCommand):
    """This competency is not in the catalogue in use."""


class CompetencyRepeated(InvalidCommand):
    """Each competency is assessed once."""


class SessionsMissing(Refused):
    """The journey can be completed once every session of its template was held."""


class RoadblockCode(StrEnum):
    """What is in the way."""

    TIME = "time"
    ACCESS = "access"
    SCOPE = "scope"
    RELATIONSHIP = "relationship"
    OTHER = "other"


class FeedbackSubject(StrEnum):
    """What feedback is about."""

    PARTNER = "partner"
    SESSION = "session"
    PROGRAM = "program"


@frozen
class StartJourney:
    pairing_id: PairingId
    program_id: ProgramId
    cohort_id: CohortId
    mentor: EnrollmentId
    mentee: EnrollmentId
    mentor_person: PersonId
    mentee_person: PersonId
    flash: bool = False  # one session only


@frozen
class SetCadence:
    pairing_id: PairingId
    every_days: int
    review_every_days: int


@frozen
class ScheduleSession:
    """Plan the next session of the template, or a free meeting outside it."""

    pairing_id: PairingId
    session_id: SessionId
    starts_at: datetime
    minutes: int | None = None  # None: as long as the template says
    free: bool = False
    by: Part


@frozen
class RescheduleSession:
    pairing_id: PairingId
    session_id: SessionId
    starts_at: datetime
    by: Part


@frozen
class HoldSession:
    pairing_id: PairingId
    session_id: SessionId
    minutes: int | None = None  # None: as long as it was planned
    by: Part


@frozen
class MissSession:
    pairing_id: PairingId
    session_id: SessionId
    absent: Part
    by: Part


@frozen
class CancelSession:
    pairing_id: PairingId
    session_id: SessionId
    by: Part


@frozen
class RecordReflection:
    pairing_id: PairingId
    session_id: SessionId
    by: Part
    visibility: Visibility
    usefulness: int
    text: Sealed | None = None


@frozen
class Roadblock:
    code: RoadblockCode
    text: Sealed | None = None


@frozen
class RecordCheckIn:
    pairing_id: PairingId
    check_in_id: UUID
    by: Part
    progress: int
    what_changes: Sealed | None = None
    roadblocks: tuple[Roadblock, ...] = ()


@frozen
class GiveFeedback:
    pairing_id: PairingId
    feedback_id: UUID
    by: Part
    about: FeedbackSubject
    session_id: SessionId | None = None
    rating: int
    text: Sealed | None = None


@frozen
class RecordSelfAssessment:
    pairing_id: PairingId
    by: Part
    skills: tuple[CompetencyLevel, ...]
    confidence: int
    cross_functional_contacts: int
    catalogue: frozenset[CompetencyId]  # which of the skills' competencies are in use


@frozen
class CompleteJourney:
    pairing_id: PairingId
    by: Part


@frozen
class EndJourney:
    pairing_id: PairingId
    reason: str


@frozen
class MissCadence:
    """The day by which the pair should have met is over."""

    pairing_id: PairingId
    due_at: datetime


@frozen
class RemindOfSession:
    pairing_id: PairingId
    session_id: SessionId
    due_at: datetime


@frozen
class RemindOfNextSession:
    """The pair has planned nothing and the cadence asks for a session soon."""

    pairing_id: PairingId
    due_at: datetime


@frozen
class RemindOfReview:
    pairing_id: PairingId
    due_at: datetime


@frozen
class RemindOfReflection:
    pairing_id: PairingId
    session_id: SessionId
    part: Part
    due_at: datetime


SessionCommand: TypeAlias = (
    ScheduleSession | RescheduleSession | HoldSession | MissSession | CancelSession
)
RecordCommand: TypeAlias = RecordReflection | RecordCheckIn | GiveFeedback | RecordSelfAssessment
CourseCommand: TypeAlias = SetCadence | CompleteJourney | EndJourney
TimerCommand: TypeAlias = (
    MissCadence | RemindOfSession | RemindOfNextSession | RemindOfReview | RemindOfReflection
)
JourneyCommand: TypeAlias = (
    StartJourney | SessionCommand | RecordCommand | CourseCommand | TimerCommand
)

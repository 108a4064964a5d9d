"""Where a journey stands, and how each fact moves it."""

from collections.abc import Iterator, Mapping
from dataclasses import field, replace
from datetime import UTC, datetime
from enum import StrEnum
from types import MappingProxyType
from typing import assert_never
from uuid import UUID

from shared.events.sessions import (
    AgendaPrepared,
    CadenceMissed,
    CadenceSet,
    CheckInRecorded,
    FeedbackGiven,
    JourneyCompleted,
    JourneyEnded,
    JourneyEvent,
    JourneyStarted,
    ReflectionRecorded,
    ReminderIssued,
    ReminderKind,
    RoadblockRaised,
    SelfAssessmentRecorded,
    SessionCancelled,
    SessionHeld,
    SessionMissed,
    SessionRescheduled,
    SessionScheduled,
)
from shared.events.vocabulary import Part
from shared.frozen import frozen
from shared.ids import PersonId, SessionId

_BEGINNING = datetime.min.replace(tzinfo=UTC)


class Phase(StrEnum):
    """How far a journey has come."""

    ACTIVE = "active"
    COMPLETED = "completed"
    ENDED = "ended"


class SessionStatus(StrEnum):
    """What became of a planned session."""

    PLANNED = "planned"
    HELD = "held"
    MISSED = "missed"
    CANCELLED = "cancelled"


@frozen
class Session:
    place: int
    starts_at: datetime
    minutes: int
    status: SessionStatus = SessionStatus.PLANNED
    absent: Part | None = None  # whoever was missing, if it was missed


@frozen
class Journey:
    started: JourneyStarted | None = None
    phase: Phase = Phase.ACTIVE
    every_days: int = 0
    review_every_days: int = 0
    last_met_at: datetime = _BEGINNING  # the start of the journey until a session was held
    next_session_by: datetime = _BEGINNING
    next_review_by: datetime = _BEGINNING
    sessions: Mapping[SessionId, Session] = field(default_factory=lambda: MappingProxyType({}))
    reflections: Mapping[tuple[SessionId, Part], ReflectionRecorded] = field(
        default_factory=lambda: MappingProxyType({})
    )
    last_assessment: SelfAssessmentRecorded | None = None
    records: frozenset[UUID] = frozenset()  # check-ins, feedback and reminders already written

    @property
    def planned(self) -> Iterator[tuple[SessionId, Session]]:
        """The sessions that are still to come or still to be told about."""
        return (
            (session_id, session)
            for session_id, session in self.sessions.items()
            if session.status is SessionStatus.PLANNED
        )

    @property
    def places_held(self) -> frozenset[int]:
        """Which places of the template were held."""
        sessions = self.sessions.values()
        return frozenset(each.place for each in sessions if each.status is SessionStatus.HELD)


def person_in(started: JourneyStarted, part: Part) -> PersonId:
    """Who the mentor is, or the mentee."""
    return started.mentor_person if part is Part.MENTOR else started.mentee_person


def evolve(journey: Journey, event: JourneyEvent) -> Journey:
    """The journey after one more fact."""
    match event:
        case JourneyStarted():
            return replace(journey, started=event, last_met_at=event.at)
        case CadenceSet() | CadenceMissed() | ReminderIssued():
            return _evolve_time(journey, event)
        case (
            SessionScheduled()
            | SessionRescheduled()
            | SessionHeld()
            | SessionMissed()
            | SessionCancelled()
        ):
            return _evolve_session(journey, event)
        case ReflectionRecorded() | CheckInRecorded() | FeedbackGiven() | SelfAssessmentRecorded():
            return _evolve_records(journey, event)
        case AgendaPrepared() | RoadblockRaised():
            return journey
        case JourneyCompleted() | JourneyEnded():
            completed = isinstance(event, JourneyCompleted)
            return replace(journey, phase=Phase.COMPLETED if completed else Phase.ENDED)
        case _:
            assert_never(event)


def _evolve_time(journey: Journey, event: CadenceSet | CadenceMissed | ReminderIssued) -> Journey:
    match event:
        case CadenceSet():
            return replace(
                journey,
                every_days=event.every_days,
                review_every_days=event.review_every_days,
                next_session_by=event.next_session_by,
                next_review_by=event.next_review_by,
            )
        case CadenceMissed(next_session_by=next_session_by):
            return replace(journey, next_session_by=next_session_by)
        case ReminderIssued(reminder_id=reminder_id, kind=kind, next_due_at=next_due_at):
            issued = replace(journey, records=journey.records | {reminder_id})
            if kind is ReminderKind.REVIEW_DUE and next_due_at is not None:
                return replace(issued, next_review_by=next_due_at)
            return issued
        case _:
            assert_never(event)


def _evolve_records(
    journey: Journey,
    event: ReflectionRecorded | CheckInRecorded | FeedbackGiven | SelfAssessmentRecorded,
) -> Journey:
    match event:
        case ReflectionRecorded(session_id=session_id, by=by):
            filed = {**journey.reflections, (session_id, by): event}
            return replace(journey, reflections=MappingProxyType(filed))
        case CheckInRecorded(check_in_id=record_id) | FeedbackGiven(feedback_id=record_id):
            return replace(journey, records=journey.records | {record_id})
        case SelfAssessmentRecorded():
            return replace(journey, last_assessment=event)
        case _:
            assert_never(event)


def _evolve_session(
    journey: Journey,
    event: SessionScheduled | SessionRescheduled | SessionHeld | SessionMissed | SessionCancelled,
) -> Journey:
    session_id = event.session_id
    match event:
        case SessionScheduled(place=place, starts_at=starts_at, minutes=minutes):
            return _with(
                journey, session_id, Session(place=place, starts_at=starts_at, minutes=minutes)
            )
        case SessionRescheduled(starts_at=starts_at):
            moved = replace(journey.sessions[session_id], starts_at=starts_at)
            return _with(journey, session_id, moved)
        case SessionHeld(minutes=minutes, next_session_by=next_session_by):
            planned = journey.sessions[session_id]
            held = replace(planned, status=SessionStatus.HELD, minutes=minutes)
            met = replace(
                journey,
                last_met_at=max(journey.last_met_at, planned.starts_at),
                next_session_by=next_session_by,
            )
            return _with(met, session_id, held)
        case SessionMissed(absent=absent):
            missed = replace(
                journey.sessions[session_id], status=SessionStatus.MISSED, absent=absent
            )
            return _with(journey, session_id, missed)
        case SessionCancelled():
            cancelled = replace(journey.sessions[session_id], status=SessionStatus.CANCELLED)
            return _with(journey, session_id, cancelled)
        case _:
            assert_never(event)


def _with(journey: Journey, session_id: SessionId, session: Session) -> Journey:
    sessions = {**journey.sessions, session_id: session}
    return replace(journey, sessions=MappingProxyType(sessions))

"""Sessions of a journey: planned, moved, held, missed, cancelled."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import assert_never

from services.sessions.domain.journey.commands import (
    CancelSession,
    HoldSession,
    MissSession,
    RescheduleSession,
    ScheduleSession,
    SessionClosed,
    SessionCommand,
    SessionInThePast,
    SessionNotStarted,
    SessionsOverlap,
    SessionTooFarAhead,
    SessionUnknown,
)
from services.sessions.domain.journey.state import Journey, Session, SessionStatus
from services.sessions.domain.template import FREE_MEETING, agenda
from shared.events.sessions import (
    AgendaPrepared,
    JourneyEvent,
    JourneyStarted,
    SessionCancelled,
    SessionHeld,
    SessionMissed,
    SessionRescheduled,
    SessionScheduled,
    TemplateSession,
)
from shared.ids import SessionId

AHEAD_MAX = timedelta(days=366)
# Two people who already sit together enter the session they are in.
LATE_ENTRY_MAX = timedelta(minutes=15)


def decide_session(
    journey: Journey, started: JourneyStarted, command: SessionCommand, now: datetime
) -> Sequence[JourneyEvent]:
    """What follows from a command about one session."""
    match command:
        case ScheduleSession():
            return _schedule(journey, started, command, now)
        case RescheduleSession():
            return _reschedule(journey, command, now)
        case HoldSession():
            return _hold(journey, command, now)
        case MissSession():
            return _miss(journey, command, now)
        case CancelSession():
            return _cancel(journey, command, now)
        case _:
            assert_never(command)


def _schedule(
    journey: Journey, started: JourneyStarted, command: ScheduleSession, now: datetime
) -> Sequence[JourneyEvent]:
    if command.session_id in journey.sessions:
        return ()
    plan = FREE_MEETING if command.free else _next_of_template(journey, started)
    minutes = command.minutes or plan.minutes
    _check_time(journey, command, minutes, now)
    return (
        SessionScheduled(
            pairing_id=command.pairing_id,
            session_id=command.session_id,
            place=plan.place,
            starts_at=command.starts_at,
            minutes=minutes,
            by=command.by,
            at=now,
        ),
        AgendaPrepared(
            pairing_id=command.pairing_id,
            session_id=command.session_id,
            items=agenda(plan, minutes),
            at=now,
        ),
    )


def _reschedule(
    journey: Journey, command: RescheduleSession, now: datetime
) -> Sequence[JourneyEvent]:
    session = _session(journey, command.session_id)
    if session.status is not SessionStatus.PLANNED:
        raise SessionClosed
    if session.starts_at == command.starts_at:
        return ()
    _check_time(journey, command, session.minutes, now)
    return (
        SessionRescheduled(
            pairing_id=command.pairing_id,
            session_id=command.session_id,
            starts_at=command.starts_at,
            by=command.by,
            at=now,
        ),
    )


def _hold(journey: Journey, command: HoldSession, now: datetime) -> Sequence[JourneyEvent]:
    session = _session(journey, command.session_id)
    if session.status is SessionStatus.HELD:
        return ()
    _check_begun(session, now)
    next_session_by = session.starts_at + timedelta(days=journey.every_days)
    return (
        SessionHeld(
            pairing_id=command.pairing_id,
            session_id=command.session_id,
            place=session.place,
            minutes=command.minutes or session.minutes,
            by=command.by,
            # A session that is told about late, after a later one, sets nothing back.
            next_session_by=max(next_session_by, journey.next_session_by),
            at=now,
        ),
    )


def _miss(journey: Journey, command: MissSession, now: datetime) -> Sequence[JourneyEvent]:
    session = _session(journey, command.session_id)
    if session.status is SessionStatus.MISSED and session.absent is command.absent:
        return ()
    _check_begun(session, now)
    return (
        SessionMissed(
            pairing_id=command.pairing_id,
            session_id=command.session_id,
            absent=command.absent,
            by=command.by,
            next_session_by=_due_without(journey, command.session_id),
            at=now,
        ),
    )


def _cancel(journey: Journey, command: CancelSession, now: datetime) -> Sequence[JourneyEvent]:
    session = _session(journey, command.session_id)
    if session.status is SessionStatus.CANCELLED:
        return ()
    if session.status is not SessionStatus.PLANNED:
        raise SessionClosed
    return (
        SessionCancelled(
            pairing_id=command.pairing_id,
            session_id=command.session_id,
            by=command.by,
            next_session_by=_due_without(journey, command.session_id),
            at=now,
        ),
    )


def _session(journey: Journey, session_id: SessionId) -> Session:
    try:
        return journey.sessions[session_id]
    except KeyError as unknown:
        raise SessionUnknown from unknown


def _next_of_template(journey: Journey, started: JourneyStarted) -> TemplateSession:
    """The first session that is neither held nor planned; a free meeting when all are."""
    taken = journey.places_held | {session.place for _, session in journey.planned}
    return next((plan for plan in started.sessions if plan.place not in taken), FREE_MEETING)


def _check_begun(session: Session, now: datetime) -> None:
    if session.status is not SessionStatus.PLANNED:
        raise SessionClosed
    if now < session.starts_at:
        raise SessionNotStarted


def _check_time(
    journey: Journey, command: ScheduleSession | RescheduleSession, minutes: int, now: datetime
) -> None:
    starts_at = command.starts_at
    if starts_at < now - LATE_ENTRY_MAX:
        raise SessionInThePast(field="/starts_at")
    if starts_at > now + AHEAD_MAX:
        raise SessionTooFarAhead(field="/starts_at")
    ends_at = starts_at + timedelta(minutes=minutes)
    for session_id, other in journey.planned:
        other_ends_at = other.starts_at + timedelta(minutes=other.minutes)
        apart = ends_at <= other.starts_at or other_ends_at <= starts_at
        if session_id != command.session_id and not apart:
            raise SessionsOverlap(field="/starts_at")


def _due_without(journey: Journey, session_id: SessionId) -> datetime | None:
    """By when the pair should plan another session; None while another one is planned."""
    others = any(other_id != session_id for other_id, _ in journey.planned)
    return None if others else journey.next_session_by

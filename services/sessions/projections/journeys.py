"""Journeys and their sessions, as rows."""

from collections.abc import Iterator

from services.sessions.domain.journey.state import Phase, SessionStatus
from shared.envelope import Recorded
from shared.events.sessions import (
    AgendaPrepared,
    CadenceMissed,
    CadenceSet,
    JourneyCompleted,
    JourneyEnded,
    JourneyStarted,
    ReminderIssued,
    ReminderKind,
    SessionCancelled,
    SessionHeld,
    SessionMissed,
    SessionRescheduled,
    SessionScheduled,
)
from shared.projection import Add, Change, Effect, Put, hears


def journeys(recorded: Recorded) -> Iterator[Effect]:
    """One row a journey; its version is the stream's."""
    if not recorded.stream.startswith("journey-"):
        return
    event = recorded.event
    if isinstance(event, JourneyStarted):
        yield _begun(event, recorded.version)
        return
    key = {"pairing_id": event.pairing_id}
    yield Change(table="journeys", key=key, values={"version": recorded.version})
    match event:
        case CadenceSet(every_days=every_days, review_every_days=review_every_days):
            values = {
                "every_days": every_days,
                "review_every_days": review_every_days,
                "next_session_by": event.next_session_by,
                "next_review_by": event.next_review_by,
            }
            yield Change(table="journeys", key=key, values=values)
        case CadenceMissed(next_session_by=by):
            yield Change(table="journeys", key=key, values={"next_session_by": by})
            yield Add(table="journeys", key=key, amounts={"cadence_missed": 1})
        case SessionHeld(next_session_by=by):
            yield Change(table="journeys", key=key, values={"next_session_by": by})
            yield Add(table="journeys", key=key, amounts={"sessions_held": 1})
        case SessionMissed():
            yield Add(table="journeys", key=key, amounts={"sessions_missed": 1})
        case ReminderIssued(kind=ReminderKind.REVIEW_DUE, next_due_at=next_due_at):
            yield Change(table="journeys", key=key, values={"next_review_by": next_due_at})
        case JourneyCompleted(at=at):
            values = {"phase": Phase.COMPLETED, "over_at": at}
            yield Change(table="journeys", key=key, values=values)
        case JourneyEnded(reason=reason, at=at):
            values = {"phase": Phase.ENDED, "over_at": at, "end_reason": reason}
            yield Change(table="journeys", key=key, values=values)
        case _:
            return


@hears(
    SessionScheduled,
    AgendaPrepared,
    SessionRescheduled,
    SessionHeld,
    SessionMissed,
    SessionCancelled,
)
def sessions(recorded: Recorded) -> Iterator[Effect]:
    """One row a session, with its agenda and what became of it."""
    event = recorded.event
    match event:
        case SessionScheduled():
            yield _planned(event)
        case AgendaPrepared(items=items):
            yield _session(event, {"agenda": items})
        case SessionRescheduled(starts_at=starts_at):
            yield _session(event, {"starts_at": starts_at})
            key = {"pairing_id": event.pairing_id, "session_id": event.session_id}
            yield Add(table="sessions", key=key, amounts={"moves": 1})
        case SessionHeld(minutes=minutes):
            yield _session(event, {**_told(event, SessionStatus.HELD), "minutes": minutes})
        case SessionMissed(absent=absent):
            yield _session(event, {**_told(event, SessionStatus.MISSED), "absent": absent})
        case SessionCancelled():
            yield _session(event, _told(event, SessionStatus.CANCELLED))
        case _:
            return


def _begun(event: JourneyStarted, version: int) -> Put:
    return Put(
        table="journeys",
        row={
            "pairing_id": event.pairing_id,
            "program_id": event.program_id,
            "cohort_id": event.cohort_id,
            "mentor": event.mentor,
            "mentee": event.mentee,
            "mentor_person": event.mentor_person,
            "mentee_person": event.mentee_person,
            "template": event.template,
            "template_version": event.template_version,
            "plan": event.sessions,
            "phase": Phase.ACTIVE,
            "started_at": event.at,
            "version": version,
        },
    )


def _planned(event: SessionScheduled) -> Put:
    return Put(
        table="sessions",
        row={
            "pairing_id": event.pairing_id,
            "session_id": event.session_id,
            "place": event.place,
            "starts_at": event.starts_at,
            "minutes": event.minutes,
            "status": SessionStatus.PLANNED,
            "planned_by": event.by,
            "planned_at": event.at,
        },
    )


def _told(
    event: SessionHeld | SessionMissed | SessionCancelled, status: SessionStatus
) -> dict[str, object]:
    return {"status": status, "told_by": event.by, "told_at": event.at}


def _session(
    event: AgendaPrepared | SessionRescheduled | SessionHeld | SessionMissed | SessionCancelled,
    values: dict[str, object],
) -> Change:
    key = {"pairing_id": event.pairing_id, "session_id": event.session_id}
    return Change(table="sessions", key=key, values=values)

"""Sessions over HTTP: planned, moved, held, missed, cancelled."""

from collections.abc import Callable
from functools import partial
from typing import Annotated
from uuid import UUID

from fastapi import Query
from pydantic import Field
from starlette.responses import Response

from services.sessions.api.pairs import Reader, Writer
from services.sessions.api.words import Minutes
from services.sessions.domain.journey import JOURNEY
from services.sessions.domain.journey.commands import (
    CancelSession,
    HoldSession,
    JourneyOver,
    JourneyUnknown,
    MissSession,
    RescheduleSession,
    ScheduleSession,
    SessionClosed,
    SessionInThePast,
    SessionNotStarted,
    SessionsOverlap,
    SessionTooFarAhead,
    SessionUnknown,
)
from services.sessions.domain.journey.state import Journey, SessionStatus
from services.sessions.queries import sessions as queries
from services.sessions.queries.sight import NotOfThisPair
from shared.events.vocabulary import Part
from shared.http import Moment, PageOf, Request, Routes, View, problems
from shared.http.times import Time
from shared.ids import SessionId, new_id

router = Routes("sessions")

_SESSIONS = "/v1/journeys/{pairing_id}/sessions"
_SESSION = _SESSIONS + "/{session_id}"
_TOLD = problems(JourneyUnknown, SessionUnknown, NotOfThisPair, JourneyOver, SessionClosed)


class ScheduleBody(Request):
    starts_at: Time = Field(examples=["2026-05-04T13:00:00Z"])
    minutes: Minutes | None = Field(None, description="As long as the template says, if null.")
    free: bool = Field(default=False, strict=True, description="A meeting outside the template.")


class RescheduleBody(Request):
    starts_at: Time = Field(examples=["2026-05-05T13:00:00Z"])


class HoldBody(Request):
    minutes: Minutes | None = Field(None, description="As long as it was planned, if null.")


class AbsenceBody(Request):
    absent: Part = Field(description="Who was missing.")


class SessionStateView(View):
    """A session after a change to it."""

    session_id: UUID
    pairing_id: UUID
    place: int
    starts_at: Moment
    minutes: int
    status: SessionStatus
    absent: Part | None


@router.post(
    _SESSIONS,
    status_code=201,
    response_model=SessionStateView,
    responses=problems(
        JourneyUnknown,
        NotOfThisPair,
        JourneyOver,
        SessionInThePast,
        SessionTooFarAhead,
        SessionsOverlap,
    ),
)
async def schedule_session(pairing_id: UUID, body: ScheduleBody, writer: Writer) -> Response:
    """Plan the next session of the template, or a free meeting.

    It takes the first place that is neither held nor planned, and a playbook for that place.
    """
    session_id = SessionId(new_id())
    command = ScheduleSession(
        pairing_id=writer.pairing_id,
        session_id=session_id,
        starts_at=body.starts_at,
        minutes=body.minutes,
        free=body.free,
        by=writer.part,
    )
    location = f"/v1/journeys/{pairing_id}/sessions/{session_id}"
    show = _state(writer.pairing_id, session_id)
    return await writer.commands.handle(JOURNEY, command, show=show, location=location)


@router.get(
    _SESSIONS, response_model=PageOf[queries.SessionView], responses=problems(JourneyUnknown)
)
async def list_sessions(
    reader: Reader, status: Annotated[SessionStatus | None, Query()] = None
) -> Response:
    """Sessions of a pair, the earliest first."""
    return await reader.page(partial(queries.sessions, status=status))


@router.get(
    _SESSION,
    response_model=queries.SessionView,
    responses=problems(JourneyUnknown, SessionUnknown),
)
async def show_session(session_id: UUID, reader: Reader) -> Response:
    """One session."""
    return await reader.one(partial(queries.session, session_id=SessionId(session_id)))


@router.get(
    _SESSION + "/agenda",
    response_model=queries.AgendaView,
    responses=problems(JourneyUnknown, SessionUnknown),
)
async def show_agenda(session_id: UUID, reader: Reader) -> Response:
    """The playbook of one session: prompts with time boxes."""
    return await reader.one(partial(queries.agenda, session_id=SessionId(session_id)))


@router.post(
    _SESSION + "/rescheduling",
    response_model=SessionStateView,
    responses=_TOLD | problems(SessionInThePast, SessionsOverlap, SessionClosed, JourneyOver),
)
async def reschedule_session(session_id: UUID, body: RescheduleBody, writer: Writer) -> Response:
    """Move a planned session; its reminder moves with it."""
    command = RescheduleSession(
        pairing_id=writer.pairing_id,
        session_id=SessionId(session_id),
        starts_at=body.starts_at,
        by=writer.part,
    )
    show = _state(writer.pairing_id, command.session_id)
    return await writer.commands.handle(JOURNEY, command, show=show)


@router.post(
    _SESSION + "/holding",
    response_model=SessionStateView,
    responses=_TOLD | problems(SessionNotStarted, SessionClosed, JourneyOver),
)
async def hold_session(session_id: UUID, body: HoldBody, writer: Writer) -> Response:
    """Say that a session took place, from its start on."""
    command = HoldSession(
        pairing_id=writer.pairing_id,
        session_id=SessionId(session_id),
        minutes=body.minutes,
        by=writer.part,
    )
    show = _state(writer.pairing_id, command.session_id)
    return await writer.commands.handle(JOURNEY, command, show=show)


@router.post(
    _SESSION + "/absence",
    response_model=SessionStateView,
    responses=_TOLD | problems(SessionNotStarted, SessionClosed, JourneyOver),
)
async def miss_session(session_id: UUID, body: AbsenceBody, writer: Writer) -> Response:
    """Say that a session did not take place because somebody was missing, from its start on."""
    command = MissSession(
        pairing_id=writer.pairing_id,
        session_id=SessionId(session_id),
        absent=body.absent,
        by=writer.part,
    )
    show = _state(writer.pairing_id, command.session_id)
    return await writer.commands.handle(JOURNEY, command, show=show)


@router.post(_SESSION + "/cancellation", response_model=SessionStateView, responses=_TOLD)
async def cancel_session(session_id: UUID, writer: Writer) -> Response:
    """Take a planned session off the calendar."""
    command = CancelSession(
        pairing_id=writer.pairing_id, session_id=SessionId(session_id), by=writer.part
    )
    show = _state(writer.pairing_id, command.session_id)
    return await writer.commands.handle(JOURNEY, command, show=show)


def _state(pairing_id: UUID, session_id: SessionId) -> Callable[[Journey], SessionStateView]:
    def show(journey: Journey) -> SessionStateView:
        session = journey.sessions[session_id]
        return SessionStateView(
            session_id=session_id,
            pairing_id=pairing_id,
            place=session.place,
            starts_at=session.starts_at,
            minutes=session.minutes,
            status=session.status,
            absent=session.absent,
        )

    return show

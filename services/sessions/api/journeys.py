"""Journeys over HTTP: whose they are, how often they meet, how they end, what is due."""

from functools import partial
from typing import Annotated
from uuid import UUID

from fastapi import Query
from pydantic import Field
from starlette.responses import Response

from services.sessions.api.pairs import Reader, Writer
from services.sessions.domain.journey import JOURNEY
from services.sessions.domain.journey.commands import (
    CompleteJourney,
    JourneyOver,
    JourneyUnknown,
    SessionsMissing,
    SetCadence,
)
from services.sessions.domain.journey.state import Journey, Phase
from services.sessions.queries import journeys as queries
from services.sessions.queries.programs import manages
from services.sessions.queries.reminders import ReminderView, reminders
from services.sessions.queries.sight import NotOfThisPair
from shared import clock
from shared.auth import Role
from shared.database import Database
from shared.errors import NotFound
from shared.events.sessions import ReminderKind
from shared.http import Moment, PageOf, PageRequest, Reads, Request, Routes, View, problems, require
from shared.ids import PairingId, ProgramId

router = Routes("journeys")


class ProgramUnknown(NotFound):
    """There is no such program that you may see."""


class CadenceBody(Request):
    every_days: int = Field(ge=7, le=92, strict=True, examples=[30])
    review_every_days: int = Field(ge=28, le=366, strict=True, examples=[90])


class CadenceView(View):
    pairing_id: UUID
    every_days: int
    review_every_days: int
    next_session_by: Moment
    next_review_by: Moment


class JourneyPhaseView(View):
    pairing_id: UUID
    phase: Phase


@router.get("/v1/journeys", response_model=PageOf[queries.JourneyItemView])
async def list_own_journeys(
    reads: Reads, phase: Annotated[Phase | None, Query()] = None
) -> Response:
    """Your own journeys, as mentor or mentee, newest first."""
    person = reads.caller.person
    return await reads.page(
        partial(queries.own_journeys, person=person, phase=phase, now=clock.now())
    )


@router.get(
    "/v1/programs/{program_id}/journeys",
    response_model=PageOf[queries.JourneyItemView],
    responses=problems(ProgramUnknown),
    dependencies=[require(Role.PROGRAM_MANAGER, Role.AUDITOR)],
)
async def list_journeys_of_program(
    program_id: UUID,
    reads: Reads,
    phase: Annotated[Phase | None, Query()] = None,
    late: Annotated[bool | None, Query(description="Past the day to meet by, or not.")] = None,
) -> Response:
    """Journeys of a program that you run, by pseudonym and without any text, newest first."""
    caller, program = reads.caller, ProgramId(program_id)

    async def ask(db: Database, page: PageRequest) -> PageOf[queries.JourneyItemView]:
        if Role.AUDITOR not in caller.roles and not await manages(db, caller, program):
            raise ProgramUnknown
        return await queries.journeys_of_program(
            db, page, program_id=program, phase=phase, late=late, now=clock.now()
        )

    return await reads.page(ask)


@router.get(
    "/v1/journeys/{pairing_id}",
    response_model=queries.JourneyView,
    responses=problems(JourneyUnknown),
)
async def show_journey(reader: Reader) -> Response:
    """One journey."""
    return await reader.one(queries.journey)


@router.put(
    "/v1/journeys/{pairing_id}/cadence",
    response_model=CadenceView,
    responses=problems(JourneyUnknown, NotOfThisPair, JourneyOver),
)
async def set_cadence(pairing_id: UUID, body: CadenceBody, writer: Writer) -> Response:
    """Agree how often to meet, and how often to look back."""
    command = SetCadence(
        pairing_id=PairingId(pairing_id),
        every_days=body.every_days,
        review_every_days=body.review_every_days,
    )

    def show(journey: Journey) -> CadenceView:
        return CadenceView(
            pairing_id=pairing_id,
            every_days=journey.every_days,
            review_every_days=journey.review_every_days,
            next_session_by=journey.next_session_by,
            next_review_by=journey.next_review_by,
        )

    return await writer.commands.handle(JOURNEY, command, show=show)


@router.post(
    "/v1/journeys/{pairing_id}/completion",
    response_model=JourneyPhaseView,
    responses=problems(JourneyUnknown, NotOfThisPair, JourneyOver, SessionsMissing),
)
async def complete_journey(pairing_id: UUID, writer: Writer) -> Response:
    """Close the journey, once every session of its template was held."""
    command = CompleteJourney(pairing_id=PairingId(pairing_id), by=writer.part)

    def show(journey: Journey) -> JourneyPhaseView:
        return JourneyPhaseView(pairing_id=pairing_id, phase=journey.phase)

    return await writer.commands.handle(JOURNEY, command, show=show)


@router.get("/v1/reminders", response_model=PageOf[ReminderView])
async def list_own_reminders(
    reads: Reads, kind: Annotated[ReminderKind | None, Query()] = None
) -> Response:
    """Your own reminders, newest first."""
    return await reads.page(partial(reminders, person=reads.caller.person, kind=kind))

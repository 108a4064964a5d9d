"""Reflections over HTTP: what each side made of a session, and who may read it."""

from functools import partial
from typing import Annotated
from uuid import UUID

from fastapi import Query
from pydantic import Field
from starlette.responses import Response

from services.sessions.api.pairs import Reader, Writer
from services.sessions.api.words import Text
from services.sessions.domain.journey import JOURNEY
from services.sessions.domain.journey.commands import (
    JourneyUnknown,
    RecordReflection,
    ReflectionAlreadyFiled,
    SessionNotHeld,
    SessionUnknown,
)
from services.sessions.domain.journey.state import Journey
from services.sessions.queries import places
from services.sessions.queries import sessions as queries
from services.sessions.queries.sight import NotOfThisPair
from shared.events.sessions import Visibility
from shared.events.vocabulary import Part
from shared.http import AuthorErased, PageOf, Request, Routes, View, problems
from shared.ids import SessionId

router = Routes("reflections")


class ReflectionBody(Request):
    visibility: Visibility = Field(
        description="private: you; partner: both of you; anonymous: used without your name."
    )
    usefulness: int = Field(ge=1, le=5, strict=True)
    text: Text | None = None


class ReflectionFiledView(View):
    session_id: UUID
    part: Part
    visibility: Visibility
    usefulness: int
    has_text: bool


@router.post(
    "/v1/journeys/{pairing_id}/sessions/{session_id}/reflections",
    status_code=201,
    response_model=ReflectionFiledView,
    responses=problems(
        JourneyUnknown,
        SessionUnknown,
        NotOfThisPair,
        SessionNotHeld,
        ReflectionAlreadyFiled,
        AuthorErased,
    ),
)
async def record_reflection(session_id: UUID, body: ReflectionBody, writer: Writer) -> Response:
    """Reflect on a session that was held, once for each side."""
    session, part, pair = SessionId(session_id), writer.part, writer.pair
    place = places.reflection(pair.tenant, pair.pairing_id, session, part)
    command = RecordReflection(
        pairing_id=pair.pairing_id,
        session_id=session,
        by=part,
        visibility=body.visibility,
        usefulness=body.usefulness,
        text=await writer.seal_any(body.text, place, "session"),
    )

    def show(journey: Journey) -> ReflectionFiledView:
        filed = journey.reflections[session, part]
        return ReflectionFiledView(
            session_id=session,
            part=part,
            visibility=filed.visibility,
            usefulness=filed.usefulness,
            has_text=filed.text is not None,
        )

    location = f"/v1/journeys/{pair.pairing_id}/reflections?session_id={session}"
    return await writer.commands.handle(JOURNEY, command, show=show, location=location)


@router.get(
    "/v1/journeys/{pairing_id}/reflections",
    response_model=PageOf[queries.ReflectionView],
    responses=problems(JourneyUnknown),
)
async def list_reflections(
    reader: Reader, session_id: Annotated[UUID | None, Query()] = None
) -> Response:
    """Reflections of a pair, the earliest first.

    A private one is read by its author alone; program managers and auditors see that one exists.
    """
    session = None if session_id is None else SessionId(session_id)
    return await reader.page(partial(queries.reflections, session_id=session))

"""What people declare of themselves, so that fair access can be counted; theirs alone to see."""

from functools import partial
from typing import Annotated, Final
from uuid import UUID

from fastapi import Path
from pydantic import Field
from starlette.responses import Response

from services.metrics.domain.declaration import (
    ConsentMissing,
    Dimension,
    NoSuchGroup,
    check_declarations,
)
from services.metrics.queries import declarations
from services.metrics.queries.views import DeclarationsView
from shared import clock
from shared.auth import Principal
from shared.errors import NotFound
from shared.http import Reads, Request, Routes, problems
from shared.http.commands import JSON, json_of
from shared.ids import PersonId

router: Final = Routes("people")

Person = Annotated[UUID, Path(description="Your own pseudonym.")]


class DeclareBody(Request):
    """Groups that you count yourself to; what you leave out stays unknown."""

    groups: dict[Dimension, Annotated[str, Field(max_length=40)]] = Field(
        examples=[{"gender": "woman", "caregiving": "yes"}]
    )
    consent: bool = Field(description="True: you agree that this is counted, and only counted.")


@router.get(
    "/v1/people/{person_id}/declarations",
    response_model=DeclarationsView,
    responses=problems(NotFound),
)
async def show_declarations(person_id: Person, reads: Reads) -> Response:
    """What you have declared of yourself."""
    person = _self(reads.caller, person_id)
    return await reads.one(partial(declarations.declarations, person_id=person))


@router.put(
    "/v1/people/{person_id}/declarations",
    response_model=DeclarationsView,
    responses=problems(NotFound, ConsentMissing, NoSuchGroup),
)
async def declare(person_id: Person, body: DeclareBody, reads: Reads) -> Response:
    """Say which groups you count yourself to; this replaces what you said before.

    It is never part of an event, never reaches matching, and leaves only in counts that enough
    people stand behind.
    """
    person = _self(reads.caller, person_id)
    check_declarations(body.groups, consent=body.consent)
    await reads.wait()
    async with reads.change() as db:
        if await declarations.declarations(db, person_id=person) is None:
            raise NotFound
        tenant = reads.caller.tenant
        await declarations.replace(db, tenant, person, body.groups, clock.now())
        view = await declarations.declarations(db, person_id=person)
    if view is None:
        raise NotFound
    return Response(json_of(view), media_type=JSON)


@router.delete("/v1/people/{person_id}/declarations", status_code=204, responses=problems(NotFound))
async def withdraw_declarations(person_id: Person, reads: Reads) -> Response:
    """Take back all that you have declared; nothing of it is kept."""
    person = _self(reads.caller, person_id)
    async with reads.db() as db:
        await declarations.forget(db, reads.caller.tenant, person)
    return Response(None, 204)


def _self(caller: Principal, person_id: UUID) -> PersonId:
    if caller.person != person_id:
        raise NotFound
    return PersonId(person_id)

"""What participants are told and carry, and what needs a manager's eye, over HTTP."""

from typing import Annotated
from uuid import UUID

from fastapi import Query
from starlette.responses import Response

from services.matching.api.rights import ProgramUnknown, assert_oversees, oversees
from services.matching.queries import participants
from services.matching.queries.participants import AttentionView, LoadView, NoticeView
from shared.auth import Role
from shared.database import Database
from shared.errors import NotFound
from shared.http import PageOf, PageRequest, Reads, Routes, problems, require
from shared.http.times import Time

router = Routes("participants")


class PersonUnknown(NotFound):
    """There is nobody here that you may ask about."""


@router.get(
    "/v1/people/{person_id}/notices",
    response_model=PageOf[NoticeView],
    responses=problems(PersonUnknown),
)
async def list_notices(
    person_id: UUID, reads: Reads, since: Annotated[Time | None, Query()] = None
) -> Response:
    """What you were told of your places and pairings, the latest first.

    Managers of a program are also told of its pairs who do not meet.
    """
    if person_id != reads.caller.person:
        raise PersonUnknown

    async def query(db: Database, page: PageRequest) -> PageOf[NoticeView]:
        return await participants.notices(db, page, person_id=person_id, since=since)

    return await reads.page(query)


@router.get(
    "/v1/people/{person_id}/load", response_model=LoadView, responses=problems(PersonUnknown)
)
async def show_load(person_id: UUID, reads: Reads) -> Response:
    """What one person carries in all programs; for themselves, and managers of one of these."""

    async def query(db: Database) -> LoadView:
        view = await participants.load(db, person_id=person_id)
        own = reads.caller.person is not None and person_id == reads.caller.person
        if view is None or not (own or await _oversees_some(db, reads, person_id)):
            raise PersonUnknown
        return view

    return await reads.one(query)


@router.get(
    "/v1/programs/{program_id}/overloaded-mentors",
    response_model=PageOf[LoadView],
    responses=problems(ProgramUnknown),
    dependencies=[require(Role.PROGRAM_MANAGER, Role.AUDITOR)],
)
async def list_overloaded_mentors(program_id: UUID, reads: Reads) -> Response:
    """Mentors of a program who carry more than they declared; nobody new is proposed to them."""

    async def query(db: Database, page: PageRequest) -> PageOf[LoadView]:
        await assert_oversees(db, reads.caller, program_id)
        return await participants.overloaded(db, page, program_id=program_id)

    return await reads.page(query)


@router.get(
    "/v1/programs/{program_id}/matching-attention",
    response_model=AttentionView,
    responses=problems(ProgramUnknown),
    dependencies=[require(Role.PROGRAM_MANAGER, Role.AUDITOR)],
)
async def show_attention(program_id: UUID, reads: Reads) -> Response:
    """What needs a manager's eye: overloads, overdue appeals and escalations, runs to repeat."""

    async def query(db: Database) -> AttentionView:
        await assert_oversees(db, reads.caller, program_id)
        return await participants.attention(db, program_id=program_id)

    return await reads.one(query)


async def _oversees_some(db: Database, reads: Reads, person_id: UUID) -> bool:
    for program_id in await participants.programs_of(db, person_id):
        if await oversees(db, reads.caller, program_id):
            return True
    return False

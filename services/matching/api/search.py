"""Looking for a partner, and a shortlist of one's own."""

from functools import partial
from typing import Annotated
from uuid import UUID

from fastapi import Query
from pydantic import Field
from starlette.responses import Response

from services.matching.api.proposals import policy_of
from services.matching.api.rights import own_place
from services.matching.domain.partner_search import Wanted
from services.matching.domain.roster import RosterUnknown
from services.matching.domain.run_refusals import NoMatchingPolicy
from services.matching.domain.shortlist import (
    SHORTLIST,
    Listed,
    RemoveFromShortlist,
    Shortlist,
    ShortlistFull,
)
from services.matching.queries import search
from services.matching.queries.openness import openness
from services.matching.queries.search import PartnerQuestion, PartnerView, ShortlistedView
from shared.database import Database
from shared.events.matching import PairingFormat
from shared.http import Commands, PageOf, PageRequest, Reads, Routes, View, problems
from shared.ids import CompetencyId, EnrollmentId

router = Routes("search")

Code = Annotated[str | None, Query(min_length=1, max_length=64)]


class ShortlistReceipt(View):
    enrollment_id: UUID
    people: int = Field(description="How many are on your shortlist now.")


@router.get(
    "/v1/rosters/{enrollment_id}/partners",
    response_model=PageOf[PartnerView],
    responses=problems(RosterUnknown, NoMatchingPolicy),
)
async def search_partners(  # noqa: PLR0913, PLR0917  # each a filter
    enrollment_id: UUID,
    reads: Reads,
    function: Code = None,
    competency: UUID | None = None,
    language: Code = None,
    level: Code = None,
    full_too: Annotated[bool, Query(description="Also who has no seat free now.")] = False,  # noqa: FBT002  # a flag of the address
    format: PairingFormat = PairingFormat.ONE_TO_ONE,  # noqa: A002  # the name on the wire
) -> Response:
    """Look for somebody to ask: mentors if you are a mentee, mentees if you are a mentor.

    You see how well you fit in bands, not in ranks. Whom a rule of the program, a break, or
    anything private stands between is simply not found.
    """
    wanted = Wanted(
        function=function,
        competency=None if competency is None else CompetencyId(competency),
        language=language,
        level=level,
        full_too=full_too,
    )

    async def query(db: Database, page: PageRequest) -> PageOf[PartnerView]:
        tenant = reads.caller.tenant
        own = await own_place(db, tenant, reads.caller.person, enrollment_id)
        policy = await policy_of(db, tenant, own.program_id)
        question = PartnerQuestion(own=own, policy=policy, format=format, wanted=wanted)
        return await search.partners(db, page, tenant=tenant, question=question)

    return await reads.page(query)


@router.get(
    "/v1/rosters/{enrollment_id}/shortlist",
    response_model=PageOf[ShortlistedView],
    responses=problems(RosterUnknown),
)
async def list_shortlist(enrollment_id: UUID, reads: Reads) -> Response:
    """Whom you have in mind, the latest first; nobody else sees it."""

    async def query(db: Database, page: PageRequest) -> PageOf[ShortlistedView]:
        await own_place(db, reads.caller.tenant, reads.caller.person, enrollment_id)
        return await search.shortlist(db, page, enrollment_id=enrollment_id)

    return await reads.page(query)


@router.put(
    "/v1/rosters/{enrollment_id}/shortlist/{partner}",
    response_model=ShortlistReceipt,
    responses=problems(RosterUnknown, ShortlistFull),
)
async def shortlist_partner(
    enrollment_id: UUID, partner: UUID, commands: Commands, reads: Reads
) -> Response:
    """Put somebody on your shortlist; they are not told."""
    await reads.wait()
    async with reads.db() as db:
        own = await own_place(db, reads.caller.tenant, reads.caller.person, enrollment_id)
        other = (await openness(db, reads.caller.tenant, [partner])).get(partner)
        if other is None or other.cohort_id != own.cohort_id or other.part == own.part:
            raise RosterUnknown
    command = Shortlist(enrollment_id=own.enrollment_id, partner=other.enrollment_id)
    return await commands.by("participant").handle(
        SHORTLIST, command, show=partial(_receipt, own.enrollment_id)
    )


@router.delete(
    "/v1/rosters/{enrollment_id}/shortlist/{partner}",
    response_model=ShortlistReceipt,
    responses=problems(RosterUnknown),
)
async def remove_from_shortlist(
    enrollment_id: UUID, partner: UUID, commands: Commands, reads: Reads
) -> Response:
    """Take somebody off your shortlist."""
    await reads.wait()
    async with reads.db() as db:
        own = await own_place(db, reads.caller.tenant, reads.caller.person, enrollment_id)
    command = RemoveFromShortlist(enrollment_id=own.enrollment_id, partner=EnrollmentId(partner))
    return await commands.by("participant").handle(
        SHORTLIST, command, show=partial(_receipt, own.enrollment_id)
    )


def _receipt(enrollment_id: EnrollmentId, listed: Listed) -> ShortlistReceipt:
    return ShortlistReceipt(enrollment_id=enrollment_id, people=len(listed.partners))

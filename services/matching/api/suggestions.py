"""Suggestions for a manager who puts a pair together by hand."""

from typing import Annotated
from uuid import UUID

from fastapi import Query
from starlette.responses import Response

from services.matching.api.proposals import policy_of
from services.matching.api.rights import assert_manages
from services.matching.domain.roster import RosterUnknown
from services.matching.domain.run_refusals import NoMatchingPolicy
from services.matching.queries.openness import openness
from services.matching.queries.suggestions import (
    SuggestionQuestion,
    SuggestionsView,
    suggested,
)
from shared.auth import Role
from shared.database import Database
from shared.http import Reads, Routes, problems, require

router = Routes("suggestions")


@router.get(
    "/v1/rosters/{enrollment_id}/suggestions",
    response_model=SuggestionsView,
    responses=problems(RosterUnknown, NoMatchingPolicy),
    dependencies=[require(Role.PROGRAM_MANAGER)],
)
async def suggest_partners(
    enrollment_id: UUID, reads: Reads, best: Annotated[int, Query(ge=1, le=50)] = 10
) -> Response:
    """The best partners for one mentee or mentor, with scores, free seats, and why not the others.

    Counts name the rules of the program; somebody may stand under several. What people keep to
    themselves is not told: who is missing from the list may stand in its other half.
    """

    async def query(db: Database) -> SuggestionsView:
        tenant = reads.caller.tenant
        own = (await openness(db, tenant, [enrollment_id])).get(enrollment_id)
        if own is None:
            raise RosterUnknown
        await assert_manages(db, reads.caller, own.program_id)
        policy = await policy_of(db, tenant, own.program_id)
        question = SuggestionQuestion(own=own, policy=policy, most=best)
        return await suggested(db, tenant, question)

    return await reads.one(query)

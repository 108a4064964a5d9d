"""All requests of a cohort, for the managers of its program."""

from typing import Annotated
from uuid import UUID

from fastapi import Depends, Query
from starlette.responses import Response

from services.matching.api.requests import Made
from services.matching.api.rights import ProgramUnknown, assert_manages
from services.matching.queries import pool, requests
from services.matching.queries.requests import RequestQuestion, RequestView
from shared.auth import Role
from shared.database import Database
from shared.events.matching import PairingFormat
from shared.events.vocabulary import Part
from shared.http import PageOf, PageRequest, Reads, Routes, problems, require

router = Routes("requests")

Enrollment = Annotated[
    UUID | None, Query(description="An enrollment that asks, or is or was named, as this.")
]


def request_question(  # noqa: PLR0913, PLR0917  # each a filter
    cohort_id: UUID,
    state: Annotated[list[Made] | None, Query()] = None,
    format: Annotated[list[PairingFormat] | None, Query()] = None,  # noqa: A002  # its name
    part: Annotated[Part | None, Query(description="What the asker takes part as.")] = None,
    mentor: Enrollment = None,
    mentee: Enrollment = None,
) -> RequestQuestion:
    """The filters of the list."""
    return RequestQuestion(
        cohort_id=cohort_id,
        states=None if state is None else [*state],
        formats=format,
        part=part,
        mentor=mentor,
        mentee=mentee,
    )


@router.get(
    "/v1/cohorts/{cohort_id}/requests",
    response_model=PageOf[RequestView],
    responses=problems(ProgramUnknown),
    dependencies=[require(Role.PROGRAM_MANAGER)],
)
async def list_requests_of_cohort(
    question: Annotated[RequestQuestion, Depends(request_question)], reads: Reads
) -> Response:
    """Requests to be paired in a cohort, newest first, with everybody they name.

    For the managers of its program. What somebody wrote is for those whom they asked: a manager
    sees that there are words.
    """

    async def query(db: Database, page: PageRequest) -> PageOf[RequestView]:
        program_id = await pool.program_of(db, question.cohort_id)
        if program_id is None:
            raise ProgramUnknown
        await assert_manages(db, reads.caller, program_id)
        return await requests.of_cohort(db, page, question=question)

    return await reads.page(query)

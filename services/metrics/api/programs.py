"""Programs in figures: totals, access by group, the funnel, and lists by pseudonym."""

from functools import partial
from typing import Annotated, Final, Literal
from uuid import UUID

from fastapi import Query
from starlette.responses import Response

from services.metrics.api.asking import (
    VIEWERS,
    WATCHERS,
    DetailNotAllowed,
    OnePartitionAtATime,
    looked_at,
    looked_into,
    threshold,
)
from services.metrics.domain.declaration import Dimension
from services.metrics.queries import access, figures, funnel, lists
from services.metrics.queries.sight import Detail, Sight
from services.metrics.queries.views import (
    AccessView,
    FiguresView,
    FunnelView,
    PairingView,
    ProgramView,
    RunView,
    WaitingView,
)
from shared import clock
from shared.database import Database
from shared.errors import NotFound
from shared.events.vocabulary import Part
from shared.http import PageOf, PageRequest, Reads, Routes, problems

router: Final = Routes("programs")

PairingState = Literal["proposed", "paired", "trial", "confirmed", "declined", "expired", "ended"]
CohortFilter = Annotated[UUID | None, Query(description="Only this cohort.")]


@router.get("/v1/programs", response_model=PageOf[ProgramView], dependencies=VIEWERS)
async def list_programs(reads: Reads) -> Response:
    """Programs that the caller may look at, with their cohorts."""
    return await reads.page(partial(lists.programs, caller=reads.caller))


@router.get(
    "/v1/programs/{program_id}/figures",
    response_model=FiguresView,
    responses=problems(NotFound, DetailNotAllowed, OnePartitionAtATime),
    dependencies=VIEWERS,
)
async def show_figures(
    program_id: UUID,
    reads: Reads,
    cohort_id: CohortFilter = None,
    function: Annotated[
        str | None, Query(max_length=100, description="Only people of this function.")
    ] = None,
) -> Response:
    """The figures of a program, of a cohort, or of a function, as far as the caller may know them.

    Whoever runs the program sees it and its cohorts in full; everybody else sees numbers that
    enough people stand behind, and participants those of their own cohort.
    """
    if cohort_id is not None and function is not None:
        raise OnePartitionAtATime(field="/function")

    async def query(db: Database) -> FiguresView:
        sight = await looked_at(db, reads.caller, program_id)
        question = figures.Question(
            program_id=program_id,
            detail=sight.detail,
            now=clock.now(),
            threshold=threshold(),
            cohort_id=_cohort(sight, cohort_id, function),
            function=function,
        )
        return await figures.figures(db, question=question)

    return await reads.one(query)


@router.get(
    "/v1/programs/{program_id}/access",
    response_model=AccessView,
    responses=problems(NotFound, DetailNotAllowed),
    dependencies=VIEWERS,
)
async def show_access(
    program_id: UUID, reads: Reads, dimension: Dimension, part: Part = Part.MENTEE
) -> Response:
    """Who gets how far, by group: applying, being accepted, enrolling, being matched, meeting.

    Groups behind which too few people stand are hidden, and others with them, so that no hidden
    number follows from the shown ones. People whose group is not known are counted as `unknown`.
    """

    async def query(db: Database) -> AccessView:
        sight = await looked_at(db, reads.caller, program_id)
        if sight.detail is Detail.OWN_COHORT:
            raise DetailNotAllowed
        question = access.Question(
            program_id=program_id,
            dimension=dimension,
            part=part,
            now=clock.now(),
            group_size_min=threshold().size,
            totals=sight.detail is Detail.FULL,
        )
        return await access.access(db, question=question)

    return await reads.one(query)


@router.get(
    "/v1/programs/{program_id}/funnel",
    response_model=FunnelView,
    responses=problems(NotFound, DetailNotAllowed),
    dependencies=VIEWERS,
)
async def show_funnel(program_id: UUID, reads: Reads, cohort_id: CohortFilter = None) -> Response:
    """How many came how far, from application to completed journey."""

    async def query(db: Database) -> FunnelView:
        sight = await looked_at(db, reads.caller, program_id)
        if sight.detail is Detail.OWN_COHORT or (
            sight.detail is Detail.AGGREGATE and cohort_id is not None
        ):
            raise DetailNotAllowed
        question = funnel.Question(
            program_id=program_id,
            now=clock.now(),
            threshold=threshold(),
            protected=sight.detail is not Detail.FULL,
            cohort_id=cohort_id,
        )
        return await funnel.funnel(db, question=question)

    return await reads.one(query)


@router.get(
    "/v1/programs/{program_id}/pairings",
    response_model=PageOf[PairingView],
    responses=problems(NotFound, DetailNotAllowed),
    dependencies=WATCHERS,
)
async def list_program_pairings(
    program_id: UUID,
    reads: Reads,
    cohort_id: CohortFilter = None,
    state: Annotated[
        list[PairingState] | None, Query(description="Only pairings in these states.")
    ] = None,
) -> Response:
    """Pairings of a program by pseudonym, newest first."""

    async def query(db: Database, page: PageRequest) -> PageOf[PairingView]:
        await looked_into(db, reads.caller, program_id)
        return await lists.pairings(
            db,
            page,
            program_id=program_id,
            cohort_id=cohort_id,
            states=None if state is None else list(state),
        )

    return await reads.page(query)


@router.get(
    "/v1/programs/{program_id}/waiting-list",
    response_model=PageOf[WaitingView],
    responses=problems(NotFound, DetailNotAllowed),
    dependencies=WATCHERS,
)
async def list_program_waiting(
    program_id: UUID, reads: Reads, cohort_id: CohortFilter = None
) -> Response:
    """Mentees who wait, by pseudonym, in the order in which they are served."""

    async def query(db: Database, page: PageRequest) -> PageOf[WaitingView]:
        await looked_into(db, reads.caller, program_id)
        return await lists.waiting(db, page, program_id=program_id, cohort_id=cohort_id)

    return await reads.page(query)


@router.get(
    "/v1/programs/{program_id}/matching-runs",
    response_model=PageOf[RunView],
    responses=problems(NotFound, DetailNotAllowed),
    dependencies=WATCHERS,
)
async def list_program_runs(program_id: UUID, reads: Reads) -> Response:
    """Matching runs of a program in numbers, newest first; drafts are for its managers alone."""

    async def query(db: Database, page: PageRequest) -> PageOf[RunView]:
        sight = await looked_into(db, reads.caller, program_id)
        return await lists.runs(db, page, program_id=program_id, drafts=sight.drafts)

    return await reads.page(query)


def _cohort(sight: Sight, wanted: UUID | None, function: str | None) -> UUID | None:
    """The cohort to count: participants see their own and nothing beside it."""
    if sight.detail is not Detail.OWN_COHORT:
        return wanted
    if function is not None:
        raise DetailNotAllowed
    if wanted is not None and wanted not in sight.cohorts:
        raise NotFound
    return sight.cohorts[-1] if wanted is None else wanted

"""Matching runs over HTTP: asked for, looked at, discarded."""

from collections.abc import Awaitable, Callable
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import Query
from pydantic import Field
from starlette.responses import Response

from services.matching.api.rights import ProgramUnknown, assert_manages, assert_oversees
from services.matching.domain.matching_run import (
    RUN,
    Discarded,
    DiscardRun,
    NoMatchingPolicy,
    RequestRun,
    Run,
    RunDiscarded,
    RunNotReady,
    RunPublished,
    RunUnknown,
)
from services.matching.projections.runs import RUN_TIMER
from services.matching.queries import candidates, pool, runs
from services.matching.queries.runs import (
    DRAFTS,
    MatchingRunView,
    RunPairView,
    RunQuestion,
    UnservedView,
)
from shared.auth import Principal, Role
from shared.database import Database
from shared.errors import InvalidCommand
from shared.http import (
    Commands,
    PageOf,
    PageRequest,
    Reads,
    Request,
    Routes,
    View,
    operations,
    problems,
    require,
)
from shared.ids import CohortId, PersonId, ProgramId, RunId, new_id

router = Routes("matching runs")

State = Literal["computing", "draft", "published", "failed", "discarded"]
REASON_LENGTH_MAX = 500


class CohortOfAnotherProgram(InvalidCommand):
    """This cohort does not belong to this program."""


class RequestRunBody(Request):
    program_id: UUID
    cohort_id: UUID


class DiscardRunBody(Request):
    reason: str = Field(min_length=1, max_length=REASON_LENGTH_MAX)


class DiscardedRunView(View):
    run_id: UUID
    state: str = Field(examples=["discarded"])


@router.post(
    "/v1/matching-runs",
    status_code=202,
    response_model=operations.OperationView,
    responses=problems(NoMatchingPolicy, ProgramUnknown, CohortOfAnotherProgram),
    dependencies=[require(Role.PROGRAM_MANAGER)],
)
async def request_matching_run(body: RequestRunBody, commands: Commands, reads: Reads) -> Response:
    """Ask who should go with whom in a cohort; the answer is worked out by a worker.

    The result is a draft that only managers of the program see, until it is published.
    """
    await reads.wait()
    async with reads.db() as db:
        asker = await assert_manages(db, reads.caller, body.program_id)
        if await pool.program_of(db, body.cohort_id) != body.program_id:
            raise CohortOfAnotherProgram(field="/cohort_id")
        policy = await candidates.policy(db, reads.caller.tenant, body.program_id)
    run_id = RunId(new_id())
    command = _request(run_id, body, asker, 0 if policy is None else policy.version)
    return await commands.handle(
        RUN,
        command,
        show=lambda _: operations.begun(run_id, RUN_TIMER),
        location=operations.location(run_id),
        also=lambda transaction: operations.begin(
            transaction.db(), transaction.cause, run_id, RUN_TIMER
        ),
    )


@router.get(
    "/v1/matching-runs",
    response_model=PageOf[MatchingRunView],
    responses=problems(ProgramUnknown),
    dependencies=[require(Role.PROGRAM_MANAGER, Role.AUDITOR)],
)
async def list_matching_runs(
    program_id: UUID,
    reads: Reads,
    cohort_id: UUID | None = None,
    state: Annotated[list[State] | None, Query()] = None,
) -> Response:
    """Runs of a program, newest first; auditors see those that were published."""

    async def query(db: Database, page: PageRequest) -> PageOf[MatchingRunView]:
        await assert_oversees(db, reads.caller, program_id)
        question = RunQuestion(
            program_id=program_id,
            cohort_id=cohort_id,
            states=None if state is None else list(state),
            drafts=await pool.manages(db, program_id, reads.caller.person),
        )
        return await runs.runs(db, page, question=question)

    return await reads.page(query)


@router.get(
    "/v1/matching-runs/{run_id}",
    response_model=MatchingRunView,
    responses=problems(RunUnknown),
    dependencies=[require(Role.PROGRAM_MANAGER, Role.AUDITOR)],
)
async def show_matching_run(run_id: UUID, reads: Reads) -> Response:
    """One run with its sums and the digests of what went in and what came out."""
    return await reads.one(lambda db: visible_run(db, reads.caller, run_id))


@router.get(
    "/v1/matching-runs/{run_id}/pairs",
    response_model=PageOf[RunPairView],
    responses=problems(RunUnknown),
    dependencies=[require(Role.PROGRAM_MANAGER, Role.AUDITOR)],
)
async def list_matching_run_pairs(run_id: UUID, reads: Reads) -> Response:
    """The pairs of a run, best first, each with the components of its score."""
    return await _part_of_run(run_id, reads, runs.run_pairs)


@router.get(
    "/v1/matching-runs/{run_id}/unserved",
    response_model=PageOf[UnservedView],
    responses=problems(RunUnknown),
    dependencies=[require(Role.PROGRAM_MANAGER, Role.AUDITOR)],
)
async def list_matching_run_unserved(run_id: UUID, reads: Reads) -> Response:
    """Who got no mentor in a run, and which kind of reason it was."""
    return await _part_of_run(run_id, reads, runs.unserved)


@router.post(
    "/v1/matching-runs/{run_id}/discard",
    response_model=DiscardedRunView,
    responses=problems(RunUnknown, RunNotReady, RunPublished, RunDiscarded),
    dependencies=[require(Role.PROGRAM_MANAGER)],
)
async def discard_matching_run(
    run_id: UUID, body: DiscardRunBody, commands: Commands, reads: Reads
) -> Response:
    """Throw a draft away, with the reason; nobody was told of it."""
    await managed_run(reads, run_id)
    command = DiscardRun(run_id=RunId(run_id), reason=body.reason)
    return await commands.handle(RUN, command, show=_discarded)


async def visible_run(db: Database, caller: Principal, run_id: UUID) -> MatchingRunView:
    """A run that the caller may see: managers of its program all, auditors the published.

    Raises:
        RunUnknown: there is none.
    """
    run = await runs.run(db, run_id=run_id)
    if run is None:
        raise RunUnknown
    manages = Role.PROGRAM_MANAGER in caller.roles and await pool.manages(
        db, run.program_id, caller.person
    )
    audits = Role.AUDITOR in caller.roles and run.state not in DRAFTS
    if not manages and not audits:
        raise RunUnknown
    return run


async def managed_run(reads: Reads, run_id: UUID) -> tuple[MatchingRunView, PersonId]:
    """A run and the manager of its program, who is asking.

    Raises:
        RunUnknown: there is none, or the caller does not manage its program.
    """
    await reads.wait()
    async with reads.db() as db:
        run = await visible_run(db, reads.caller, run_id)
        return run, await assert_manages(db, reads.caller, run.program_id)


async def _part_of_run(
    run_id: UUID, reads: Reads, part: Callable[..., Awaitable[PageOf[Any]]]
) -> Response:
    async def query(db: Database, page: PageRequest) -> PageOf[Any]:
        await visible_run(db, reads.caller, run_id)
        return await part(db, page, run_id=run_id)

    return await reads.page(query)


def _request(run_id: RunId, body: RequestRunBody, asker: PersonId, version: int) -> RequestRun:
    return RequestRun(
        run_id=run_id,
        program_id=ProgramId(body.program_id),
        cohort_id=CohortId(body.cohort_id),
        policy_version=version,
        requested_by=asker,
    )


def _discarded(run: Run) -> DiscardedRunView:
    if not isinstance(run, Discarded):
        raise RunUnknown
    return DiscardedRunView(run_id=run.result.run_id, state="discarded")

"""Matching runs over HTTP: asked for, looked at, discarded."""

from typing import Annotated, Literal
from uuid import UUID

from fastapi import Query
from pydantic import Field
from starlette.requests import Request as StarletteRequest
from starlette.responses import Response

from services.matching.api.overriding import override_place, with_reason
from services.matching.api.rights import ProgramUnknown, assert_manages, assert_oversees
from services.matching.api.run_asking import EmphasisAmbiguous, asked
from services.matching.api.run_body import REASON_LENGTH_MAX, RequestRunBody
from services.matching.api.sealed_bars import ready_run
from services.matching.domain import run_refusals as refusals
from services.matching.domain.matching_run import RUN
from services.matching.domain.pairing_refusals import PairNotOpen
from services.matching.domain.policy_refusals import (
    EmphasisOutOfRange,
    StandingDominates,
    WeightsAboveTotal,
)
from services.matching.domain.run_commands import CancelRun, DiscardRun
from services.matching.domain.run_turn import RUN_TURN, EndTurn, TakeTurn
from services.matching.projections.runs import RUN_TIMER
from services.matching.queries import freezing, pool, run_bars, runs
from services.matching.queries.run_views import MatchingRunView, RunPairView, UnservedView
from services.matching.queries.runs import DRAFTS, RunQuestion
from shared.auth import Principal, Role
from shared.command_handler import Step
from shared.database import Database
from shared.errors import InvalidCommand
from shared.events.matching import Turn
from shared.eventstore import Transaction
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
    vault_of,
)
from shared.http.ports import ports_of
from shared.ids import CohortId, PersonId, RunId, new_id

router = Routes("matching runs")

State = Literal[
    "computing", "draft", "publishing", "published", "failed", "cancelled", "discarded", "rejected"
]


class CohortOfAnotherProgram(InvalidCommand):
    """This cohort does not belong to this program."""


class RunReasonBody(Request):
    reason: str = Field(min_length=1, max_length=REASON_LENGTH_MAX)


class RunReceipt(View):
    run_id: UUID
    state: str = Field(examples=["discarded", "cancelled"])


@router.post(
    "/v1/matching-runs",
    status_code=202,
    response_model=operations.OperationView,
    responses=problems(
        refusals.NoMatchingPolicy,
        refusals.CohortIsClosed,
        refusals.NobodyToPair,
        refusals.RunUnderWay,
        refusals.PublicationUnderWay,
        refusals.LocksConflict,
        refusals.LocksExceedSeats,
        refusals.LockBreaksRule,
        PairNotOpen,
        refusals.LockedAndBarred,
        refusals.PersonNotInPool,
        refusals.CompetencyUnknown,
        refusals.TargetRoleUnknown,
        refusals.BasisUnknown,
        EmphasisAmbiguous,
        EmphasisOutOfRange,
        StandingDominates,
        WeightsAboveTotal,
        CohortOfAnotherProgram,
        ProgramUnknown,
    ),
    dependencies=[require(Role.PROGRAM_MANAGER)],
)
async def request_matching_run(
    body: RequestRunBody, request: StarletteRequest, commands: Commands, reads: Reads
) -> Response:
    """Ask who should go with whom in a cohort; the answer is worked out by a worker.

    The result is a draft that only managers of the program see, until it is published. One run of
    a cohort at a time is worked out or published. With `what_if` it tries out other terms.
    """
    await reads.wait()
    run_id = RunId(new_id())
    async with reads.db() as db:
        asker = await assert_manages(db, reads.caller, body.program_id)
        if await pool.program_of(db, body.cohort_id) != body.program_id:
            raise CohortOfAnotherProgram(field="/cohort_id")
        wanted = await asked(db, reads.caller.tenant, asker, run_id, body)
    async with commands.db() as db:
        command = await ready_run(vault_of(request), db, commands.caller.tenant, wanted.command)
    step = Step(decider=RUN, command=command)
    if wanted.fault is not None:
        await ports_of(request).commands.execute(commands.cause, [step])
        raise wanted.fault
    turn = TakeTurn(cohort_id=command.cohort_id, run_id=run_id, turn=Turn.COMPUTING)

    async def also(transaction: Transaction) -> None:
        cause, database = transaction.cause, transaction.db()
        await freezing.keep_seed(database, cause.tenant, run_id, wanted.seed)
        await operations.begin(database, cause, run_id, RUN_TIMER)

    return await commands.handle_all(
        (step, Step(decider=RUN_TURN, command=turn)),
        show=lambda _: operations.begun(run_id, RUN_TIMER),
        location=operations.location(run_id),
        also=also,
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
    *,
    what_if: bool | None = None,
) -> Response:
    """Runs of a program, newest first; auditors see those that were published."""

    async def query(db: Database, page: PageRequest) -> PageOf[MatchingRunView]:
        await assert_oversees(db, reads.caller, program_id)
        question = RunQuestion(
            program_id=program_id,
            cohort_id=cohort_id,
            states=None if state is None else list(state),
            what_if=what_if,
            drafts=await pool.manages(db, program_id, reads.caller.person),
        )
        found = await runs.runs(db, page, question=question)
        tenant = reads.caller.tenant
        named = await run_bars.with_bars(db, tenant, found.items) if question.drafts else None
        return found if named is None else found.model_copy(update={"items": named})

    return await reads.page(query)


@router.get(
    "/v1/matching-runs/{run_id}",
    response_model=MatchingRunView,
    responses=problems(refusals.RunUnknown),
    dependencies=[require(Role.PROGRAM_MANAGER, Role.AUDITOR)],
)
async def show_matching_run(run_id: UUID, reads: Reads) -> Response:
    """One run with its sums and the digests of what went in and what came out."""

    async def query(db: Database) -> MatchingRunView:
        run = await visible_run(db, reads.caller, run_id)
        if not await pool.manages(db, run.program_id, reads.caller.person):
            return run
        (shown,) = await run_bars.with_bars(db, reads.caller.tenant, [run])
        return shown

    return await reads.one(query)


@router.get(
    "/v1/matching-runs/{run_id}/pairs",
    response_model=PageOf[RunPairView],
    responses=problems(refusals.RunUnknown),
    dependencies=[require(Role.PROGRAM_MANAGER, Role.AUDITOR)],
)
async def list_matching_run_pairs(
    run_id: UUID, request: StarletteRequest, reads: Reads
) -> Response:
    """The pairs of a run as it stands, best first, each with the components of its score."""
    vault = vault_of(request)

    async def query(db: Database, page: PageRequest) -> PageOf[RunPairView]:
        run = await visible_run(db, reads.caller, run_id)
        listed = await runs.run_pairs(db, page, run_id=run_id)
        if await pool.manages(db, run.program_id, reads.caller.person):
            where = override_place(reads.caller.tenant, run_id)
            views = [await with_reason(vault, db, where, pair) for pair in listed]
        else:
            views = [pair.view for pair in listed]
        return page.of(views, lambda pair: (pair.score, pair.mentee))

    return await reads.page(query)


@router.get(
    "/v1/matching-runs/{run_id}/unserved",
    response_model=PageOf[UnservedView],
    responses=problems(refusals.RunUnknown),
    dependencies=[require(Role.PROGRAM_MANAGER, Role.AUDITOR)],
)
async def list_matching_run_unserved(run_id: UUID, reads: Reads) -> Response:
    """Who has no mentor in a run as it stands, and which kind of reason it was."""

    async def query(db: Database, page: PageRequest) -> PageOf[UnservedView]:
        await visible_run(db, reads.caller, run_id)
        return await runs.unserved(db, page, run_id=run_id)

    return await reads.page(query)


@router.post(
    "/v1/matching-runs/{run_id}/discard",
    response_model=RunReceipt,
    responses=problems(
        refusals.RunUnknown,
        refusals.RunNotReady,
        refusals.RunPublished,
        refusals.RunDiscarded,
    ),
    dependencies=[require(Role.PROGRAM_MANAGER)],
)
async def discard_matching_run(
    run_id: UUID, body: RunReasonBody, commands: Commands, reads: Reads
) -> Response:
    """Throw a draft away, with the reason; nobody was told of it."""
    await managed_run(reads, run_id)
    command = DiscardRun(run_id=RunId(run_id), reason=body.reason)
    receipt = RunReceipt(run_id=run_id, state="discarded")
    return await commands.handle(RUN, command, show=lambda _: receipt)


@router.post(
    "/v1/matching-runs/{run_id}/cancellation",
    response_model=RunReceipt,
    responses=problems(refusals.RunUnknown, refusals.RunNotComputing),
    dependencies=[require(Role.PROGRAM_MANAGER)],
)
async def cancel_matching_run(
    run_id: UUID, body: RunReasonBody, commands: Commands, reads: Reads
) -> Response:
    """Call off a run while it is worked out; another one may begin at once."""
    run, manager = await managed_run(reads, run_id)
    command = CancelRun(run_id=RunId(run_id), cancelled_by=manager, reason=body.reason)
    end = EndTurn(cohort_id=CohortId(run.cohort_id), run_id=RunId(run_id))
    receipt = RunReceipt(run_id=run_id, state="cancelled")
    return await commands.handle_all(
        (Step(decider=RUN, command=command), Step(decider=RUN_TURN, command=end)),
        show=lambda _: receipt,
    )


async def visible_run(db: Database, caller: Principal, run_id: UUID) -> MatchingRunView:
    """A run that the caller may see: managers of its program all, auditors the published.

    Raises:
        RunUnknown: there is none.
    """
    run = await runs.run(db, run_id=run_id)
    if run is None:
        raise refusals.RunUnknown
    manages = Role.PROGRAM_MANAGER in caller.roles and await pool.manages(
        db, run.program_id, caller.person
    )
    audits = Role.AUDITOR in caller.roles and run.state not in DRAFTS
    if not manages and not audits:
        raise refusals.RunUnknown
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

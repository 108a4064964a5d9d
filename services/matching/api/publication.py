"""Publishing a run: every pair is proposed, and who was left without is put on the list."""

import asyncio
from collections.abc import Sequence
from functools import partial
from uuid import UUID

from pydantic import Field
from starlette.requests import Request as StarletteRequest
from starlette.responses import Response

from services.matching.api.proposals import AnyStep, proposal_steps
from services.matching.api.runs import managed_run
from services.matching.domain.matching_run import RUN, Published, Run
from services.matching.domain.pairing_commands import ProposePairing
from services.matching.domain.publication import LeftOut, PairToTell, sorted_out, still_left
from services.matching.domain.roster import ROSTER, Waitlist
from services.matching.domain.run_commands import CompletePublication, PublishRun
from services.matching.domain.run_refusals import (
    DraftStale,
    NoMatchingPolicy,
    PublicationUnderWay,
    RunDiscarded,
    RunNotReady,
    RunUnderWay,
    RunUnknown,
    WhatIfNeverPublished,
)
from services.matching.domain.run_turn import RUN_TURN, EndTurn, TakeTurn
from services.matching.queries import candidates, publication, staleness
from services.matching.queries.publication import RunToTell
from services.matching.queries.run_views import MatchingRunView
from shared.auth import Role
from shared.command_handler import CommandHandler, Outcome, Step
from shared.envelope import Cause
from shared.errors import MentorshipError, Refused
from shared.events.matching import MatchingPolicySet, Turn
from shared.eventstore import StoredAnswer
from shared.frozen import frozen
from shared.http import (
    Commands,
    ItemProblem,
    Reads,
    Request,
    Routes,
    View,
    consistency,
    item_problem,
    problems,
    require,
)
from shared.http.commands import json_of
from shared.http.consistency import token_of
from shared.http.ports import ports_of
from shared.http.preconditions import etag, expected_version
from shared.ids import CohortId, PersonId, ProgramId, RunId

router = Routes("matching runs")

PAIRS_AT_ONCE = 50  # looked up together


class PublishRunBody(Request):
    accept_changes: bool = Field(
        default=False,
        strict=True,
        description="Publish although the pool has moved since the draft was made: pairs that "
        "are no longer possible are left out.",
    )


class NotProposedView(View):
    mentor: UUID
    mentee: UUID
    problem: ItemProblem


class PublicationView(View):
    run_id: UUID
    proposed: int = Field(description="Pairs that were asked now.")
    waitlisted: int
    not_proposed: list[NotProposedView] = Field(
        description="Pairs that are no longer possible, such as when somebody left meanwhile."
    )


class _AlreadyTold(Refused):
    """Everybody in this run has been told."""


@frozen
class _Publishing:
    """One publication under way."""

    handler: CommandHandler
    cause: Cause
    reads: Reads
    run: RunToTell
    policy: MatchingPolicySet


@router.post(
    "/v1/matching-runs/{run_id}/publication",
    status_code=207,
    response_model=PublicationView,
    responses=problems(
        RunUnknown,
        RunNotReady,
        RunDiscarded,
        WhatIfNeverPublished,
        DraftStale,
        RunUnderWay,
        PublicationUnderWay,
    ),
    dependencies=[require(Role.PROGRAM_MANAGER)],
)
async def publish_matching_run(
    run_id: UUID,
    request: StarletteRequest,
    commands: Commands,
    reads: Reads,
    body: PublishRunBody | None = None,
) -> Response:
    """Propose the pairs of a draft; a pair that is no longer possible does not hold up the others.

    Where the pool has moved since the draft was made, nothing is told until the changes are
    accepted. What is begun is finished, also if this request is broken off; sent again under
    another key, it goes on where it was and proposes nothing twice.
    """
    run, publisher = await managed_run(reads, run_id)
    accepts = body is not None and body.accept_changes
    ports = ports_of(request)

    async def work() -> StoredAnswer:
        step = await _first_step(reads, run, publisher, accepts=accepts)
        turn = TakeTurn(
            cohort_id=CohortId(run.cohort_id), run_id=RunId(run_id), turn=Turn.PUBLISHING
        )
        view = PublicationView(run_id=run_id, proposed=0, waitlisted=0, not_proposed=[])
        version = run.version
        try:
            begun = await ports.commands.execute(
                commands.cause,
                [step, Step(decider=RUN_TURN, command=turn)],
                expected=expected_version(request),
            )
        except _AlreadyTold:
            pass
        else:
            publishing = await _publishing(ports.commands, commands.cause, reads, run)
            view, version = await _published(publishing, begun.versions[0])
        token = token_of(ports, commands.caller.tenant, [(f"run-{run_id}", version)])
        headers = {"etag": etag(version), consistency.HEADER: token}
        return StoredAnswer(status=207, headers=headers, body=json_of(view))

    return await commands.once(work)


async def _first_step(
    reads: Reads, run: MatchingRunView, publisher: PersonId, *, accepts: bool
) -> AnyStep:
    async with reads.db() as db:
        changes = await staleness.changes(db, reads.caller.tenant, run)
    publish = PublishRun(
        run_id=RunId(run.run_id),
        published_by=publisher,
        changes=tuple(changes),
        changes_accepted=accepts,
    )
    return Step(decider=RUN, command=publish, check=_assert_not_told)


def _assert_not_told(run: Run) -> None:
    if isinstance(run, Published):
        raise _AlreadyTold


async def _publishing(
    handler: CommandHandler, cause: Cause, reads: Reads, run: MatchingRunView
) -> _Publishing:
    async with reads.db() as db:
        policy = await candidates.policy(
            db, reads.caller.tenant, run.program_id, run.policy_version
        )
    if policy is None:
        raise NoMatchingPolicy
    telling = RunToTell(
        run_id=RunId(run.run_id),
        program_id=ProgramId(run.program_id),
        cohort_id=CohortId(run.cohort_id),
        policy_version=run.policy_version,
        requested_by=PersonId(run.requested_by),
    )
    return _Publishing(handler=handler, cause=cause, reads=reads, run=telling, policy=policy)


async def _published(publishing: _Publishing, version: int) -> tuple[PublicationView, int]:
    """Tell everybody, then note that everybody has been told."""
    run, tenant = publishing.run, publishing.reads.caller.tenant
    async with publishing.reads.db() as db:
        pairs = await publication.to_tell(db, tenant, run.run_id)
    possible, impossible = sorted_out(pairs)
    failed = [*impossible, *await _propose_all(publishing, possible)]
    waitlisted = await _waitlist(publishing)
    async with publishing.reads.db() as db:
        made = await publication.made(db, tenant, run.run_id)
        failed = list(still_left(failed, await publication.to_tell(db, tenant, run.run_id)))
    complete = CompletePublication(
        run_id=run.run_id,
        proposed=made,
        waitlisted=waitlisted,
        left_out=tuple(each.told() for each in failed),
    )
    end = EndTurn(cohort_id=run.cohort_id, run_id=run.run_id)
    steps: list[AnyStep] = [
        Step(decider=RUN, command=complete),
        Step(decider=RUN_TURN, command=end),
    ]
    outcome: Outcome = await publishing.handler.execute(publishing.cause, steps)
    view = PublicationView(
        run_id=run.run_id,
        proposed=len(pairs) - len(failed),
        waitlisted=waitlisted,
        not_proposed=[_not_proposed(each) for each in failed],
    )
    return view, max(version, outcome.versions[0])


async def _propose_all(publishing: _Publishing, pairs: Sequence[PairToTell]) -> list[LeftOut]:
    """Propose pairs many at a time, by the rules as they hold now."""
    run, tenant = publishing.run, publishing.reads.caller.tenant
    failed: list[LeftOut] = []
    for start in range(0, len(pairs), PAIRS_AT_ONCE):
        some = pairs[start : start + PAIRS_AT_ONCE]
        async with publishing.reads.db() as db:
            found = await publication.proposals(db, tenant, publishing.policy, run, some)
        asked = [
            (pair, proposal_steps(each))
            for pair, each in zip(some, found, strict=True)
            if isinstance(each, ProposePairing)
        ]
        failed += [each for each in found if isinstance(each, LeftOut)]
        refusals = await publishing.handler.execute_groups(
            publishing.cause, [steps for _, steps in asked]
        )
        failed += [
            LeftOut(pair=pair, why=type(refusal))
            for (pair, _), refusal in zip(asked, refusals, strict=True)
            if refusal is not None
        ]
        await asyncio.sleep(0)  # others want to be answered too
    return failed


async def _waitlist(publishing: _Publishing) -> int:
    run = publishing.run
    async with publishing.reads.db() as db:
        left = await publication.to_waitlist(db, publishing.reads.caller.tenant, run.run_id)
    wait = partial(Waitlist, run_id=run.run_id)
    steps = [
        Step(decider=ROSTER, command=wait(enrollment_id=who.mentee, reason=who.reason))
        for who in left
        if who.can_wait
    ]
    results = await publishing.handler.execute_each(publishing.cause, steps)
    return sum(not isinstance(result, MentorshipError) for result in results)


def _not_proposed(left_out: LeftOut) -> NotProposedView:
    pair = left_out.pair
    problem = item_problem(left_out.why())
    return NotProposedView(mentor=pair.mentor, mentee=pair.mentee, problem=problem)

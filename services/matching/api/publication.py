"""Publishing a run: every pair is proposed, and who was left without is put on the list."""

import asyncio
from collections.abc import Sequence
from uuid import UUID

from pydantic import Field
from starlette.requests import Request as StarletteRequest
from starlette.responses import Response

from services.matching.api.proposals import AnyStep, proposal_steps
from services.matching.api.runs import managed_run
from services.matching.domain.matching_run import (
    RUN,
    NoMatchingPolicy,
    PublishRun,
    RunDiscarded,
    RunNotReady,
    RunUnknown,
)
from services.matching.domain.pairing_commands import ProposePairing
from services.matching.domain.roster import ROSTER, Waitlist
from services.matching.queries import candidates, runs
from services.matching.queries.runs import MatchingRunView, PairToPropose
from shared.auth import Role
from shared.command_handler import CommandHandler, Step
from shared.envelope import Cause
from shared.errors import MentorshipError, Unavailable
from shared.events.matching import MatchingPolicySet
from shared.eventstore import StoredAnswer
from shared.frozen import frozen
from shared.http import (
    Commands,
    ItemProblem,
    Reads,
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
from shared.ids import CohortId, EnrollmentId, PairingId, ProgramId, RunId, derived_id

router = Routes("matching runs")

PAIRS_AT_ONCE = 50  # in one transaction


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


@frozen
class _Publishing:
    """One publication under way."""

    handler: CommandHandler
    cause: Cause
    run: MatchingRunView
    policy: MatchingPolicySet


@router.post(
    "/v1/matching-runs/{run_id}/publication",
    status_code=207,
    response_model=PublicationView,
    responses=problems(RunUnknown, RunNotReady, RunDiscarded),
    dependencies=[require(Role.PROGRAM_MANAGER)],
)
async def publish_matching_run(
    run_id: UUID, request: StarletteRequest, commands: Commands, reads: Reads
) -> Response:
    """Propose the pairs of a draft; a pair that is no longer possible does not hold up the others.

    Sent again under another key, it proposes what is still missing and nothing twice.
    """
    run, publisher = await managed_run(reads, run_id)
    publish = PublishRun(run_id=RunId(run_id), published_by=publisher)
    ports = ports_of(request)

    async def work() -> StoredAnswer:
        published = await ports.commands.execute(
            commands.cause,
            [Step(decider=RUN, command=publish)],
            expected=expected_version(request),
        )
        view = await _published(ports.commands, commands.cause, reads, run)
        version = published.versions[0]
        token = token_of(ports, commands.caller.tenant, [(RUN.stream(publish), version)])
        headers = {"etag": etag(version), consistency.HEADER: token}
        return StoredAnswer(status=207, headers=headers, body=json_of(view))

    return await commands.once(work)


async def _published(
    handler: CommandHandler, cause: Cause, reads: Reads, run: MatchingRunView
) -> PublicationView:
    run_id = RunId(run.run_id)
    async with reads.db() as db:
        policy = await candidates.policy(
            db, reads.caller.tenant, run.program_id, run.policy_version
        )
        pairs = await runs.to_propose(db, run_id=run_id)
        left = await runs.to_waitlist(db, run_id=run_id)
    if policy is None:
        raise NoMatchingPolicy
    publishing = _Publishing(handler=handler, cause=cause, run=run, policy=policy)
    failed = await _propose_all(publishing, pairs)
    waitlisted = await _waitlist(publishing, [(each.mentee, each.reason) for each in left])
    return PublicationView(
        run_id=run_id,
        proposed=len(pairs) - len(failed),
        waitlisted=waitlisted,
        not_proposed=failed,
    )


async def _propose_all(
    publishing: _Publishing, pairs: Sequence[PairToPropose]
) -> list[NotProposedView]:
    """Propose pairs many at a time; where one is refused, each of its lot by itself."""
    failed: list[NotProposedView] = []
    for start in range(0, len(pairs), PAIRS_AT_ONCE):
        lot = pairs[start : start + PAIRS_AT_ONCE]
        if await _propose(publishing, lot) is None:
            continue
        for pair in lot:
            refusal = await _propose(publishing, [pair])
            if refusal is not None:
                failed.append(_not_proposed(pair, refusal))
            await asyncio.sleep(0)
    return failed


async def _propose(
    publishing: _Publishing, pairs: Sequence[PairToPropose]
) -> MentorshipError | None:
    steps: list[AnyStep] = []
    for pair in pairs:
        steps += proposal_steps(_proposal(publishing, pair))
    try:
        await publishing.handler.execute(publishing.cause, steps)
    except Unavailable:
        raise
    except MentorshipError as refusal:
        return refusal
    return None


def _proposal(publishing: _Publishing, pair: PairToPropose) -> ProposePairing:
    run, policy = publishing.run, publishing.policy
    return ProposePairing(
        pairing_id=PairingId(derived_id("pairing", run.run_id, pair.mentee)),
        program_id=ProgramId(run.program_id),
        cohort_id=CohortId(run.cohort_id),
        mentor=pair.mentor,
        mentee=pair.mentee,
        mentor_person=pair.mentor_person,
        mentee_person=pair.mentee_person,
        run_id=RunId(run.run_id),
        score=pair.score,
        cross_functional=pair.cross_functional,
        answer_days=policy.answer_days,
        trial_days=policy.trial_days,
    )


async def _waitlist(publishing: _Publishing, left: Sequence[tuple[EnrollmentId, str]]) -> int:
    steps = [
        Step(
            decider=ROSTER,
            command=Waitlist(
                enrollment_id=mentee, run_id=RunId(publishing.run.run_id), reason=reason
            ),
        )
        for mentee, reason in left
    ]
    results = await publishing.handler.execute_each(publishing.cause, steps)
    return sum(not isinstance(result, MentorshipError) for result in results)


def _not_proposed(pair: PairToPropose, refusal: MentorshipError) -> NotProposedView:
    return NotProposedView(mentor=pair.mentor, mentee=pair.mentee, problem=item_problem(refusal))

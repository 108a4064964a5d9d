"""A draft changed by hand: one pair at a time, with a recorded reason."""

from collections.abc import Sequence
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import Field
from starlette.requests import Request as StarletteRequest
from starlette.responses import Response

from services.matching.api.overriding import override_place
from services.matching.api.runs import managed_run
from services.matching.api.texts import PURPOSE, Text
from services.matching.domain.fit import Fit
from services.matching.domain.matching_run import RUN
from services.matching.domain.pairing_refusals import HardRuleBroken, PairNotOpen
from services.matching.domain.roster import MentorAtCapacity
from services.matching.domain.run_commands import OverrideDraft, PairWanted
from services.matching.domain.run_refusals import (
    MenteeNotInRun,
    MentorNotInRun,
    NoMatchingPolicy,
    RunDiscarded,
    RunNotReady,
    RunPublished,
    RunUnknown,
)
from services.matching.queries import drafts
from services.matching.queries.run_views import MatchingRunView
from shared.auth import Role
from shared.command_handler import Step
from shared.database import Database
from shared.events.matching import MatchScored
from shared.http import (
    AuthorErased,
    Commands,
    Reads,
    Request,
    Routes,
    View,
    as_author,
    problems,
    require,
    vault_of,
)
from shared.ids import EnrollmentId, RunId, TenantId

router = Routes("matching runs")


class PairChange(Request):
    """Give a mentee this mentor, instead of whomever the draft gives them."""

    change: Literal["pair"]
    mentee: UUID
    mentor: UUID
    reason: Text


class UnpairChange(Request):
    """Leave a mentee without a mentor."""

    change: Literal["unpair"]
    mentee: UUID
    reason: Text


class SwapChange(Request):
    """Let two mentees exchange their mentors; one of them may have none."""

    change: Literal["swap"]
    mentee: UUID
    other_mentee: UUID
    reason: Text


Change = Annotated[PairChange | UnpairChange | SwapChange, Field(discriminator="change")]


class OverrideReceipt(View):
    run_id: UUID
    overridden: bool = Field(description="False: the draft said so before.")


@router.post(
    "/v1/matching-runs/{run_id}/overrides",
    status_code=200,
    response_model=OverrideReceipt,
    responses=problems(
        RunUnknown,
        RunNotReady,
        RunPublished,
        RunDiscarded,
        HardRuleBroken,
        PairNotOpen,
        MentorAtCapacity,
        MenteeNotInRun,
        MentorNotInRun,
        AuthorErased,
    ),
    dependencies=[require(Role.PROGRAM_MANAGER)],
)
async def override_matching_run(
    run_id: UUID, body: Change, request: StarletteRequest, commands: Commands, reads: Reads
) -> Response:
    """Change one pair of a draft by hand, with the reason; hard rules and seats hold as in a run.

    What the run itself found stays on record: what is published is that with the changes.
    """
    run, manager = await managed_run(reads, run_id)
    async with reads.db() as db:
        paired, unpaired = await _changes(db, reads.caller.tenant, run, body)
    vault, where = vault_of(request), override_place(reads.caller.tenant, run_id)
    async with commands.db() as db:
        with as_author():
            reason = await vault.seal(db, body.reason, where, subject=str(manager), purpose=PURPOSE)
    command = OverrideDraft(
        run_id=RunId(run_id),
        paired=tuple(paired),
        unpaired=tuple(unpaired),
        overridden_by=manager,
        reason=reason,
    )
    return await commands.handle_all(
        (_step(command),),
        show=lambda outcome: OverrideReceipt(run_id=run_id, overridden=bool(outcome.recorded)),
    )


def _step(command: OverrideDraft) -> Step[Any, Any, Any]:
    return Step(decider=RUN, command=command)


async def _changes(
    db: Database,
    tenant: TenantId,
    run: MatchingRunView,
    body: PairChange | UnpairChange | SwapChange,
) -> tuple[list[PairWanted], list[EnrollmentId]]:
    match body:
        case PairChange(mentee=mentee, mentor=mentor):
            return await _wanted(db, tenant, run, [(mentor, mentee)]), []
        case UnpairChange(mentee=mentee):
            return [], [EnrollmentId(mentee)]
        case SwapChange(mentee=one, other_mentee=other):
            partners = {who: await drafts.partner_of(db, run.run_id, who) for who in (one, other)}
            turned = ((partners[other], one), (partners[one], other))
            made = [(mentor, mentee) for mentor, mentee in turned if mentor is not None]
            without = [EnrollmentId(mentee) for mentor, mentee in turned if mentor is None]
            return await _wanted(db, tenant, run, made), without


async def _wanted(
    db: Database, tenant: TenantId, run: MatchingRunView, pairs: Sequence[tuple[UUID, UUID]]
) -> list[PairWanted]:
    policy = await drafts.policy_of(db, tenant, run)
    if policy is None:
        raise NoMatchingPolicy
    free = await drafts.free_seats(db, run)
    wanted: list[PairWanted] = []
    for mentor, mentee in pairs:
        if mentor not in free:
            raise MentorNotInRun(field="/mentor")
        fit = await drafts.fit_in(db, tenant, policy, run, (mentor, mentee))
        if fit is None:
            raise MenteeNotInRun(field="/mentee")
        wanted.append(_pair(fit, free[mentor]))
    return wanted


def _pair(fit: Fit, seats: int) -> PairWanted:
    if not fit.is_open and not fit.told:
        raise PairNotOpen
    scored = MatchScored(
        mentee=fit.mentee.enrollment_id,
        mentor=fit.mentor.enrollment_id,
        score=fit.score,
        components=fit.components,
        cross_functional=fit.cross_functional,
    )
    return PairWanted(pair=scored, seats=seats, broken_rules=fit.told)

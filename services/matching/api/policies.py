"""Policies over HTTP."""

from typing import Any
from uuid import UUID

from starlette.responses import Response

from services.matching.api.policy_body import MatchingPolicyBody
from services.matching.api.rights import ProgramUnknown, assert_manages, assert_oversees
from services.matching.domain import policy_refusals as refusals
from services.matching.domain.policy import POLICY, NoPolicy, Policy, SetMatchingPolicy
from services.matching.queries import policies
from services.matching.queries.policies import MatchingPolicyView, PolicyVersionView
from shared.auth import Role
from shared.database import Database
from shared.events.matching import ExitCriterion, ScoreWeights
from shared.http import Commands, PageOf, PageRequest, Reads, Routes, problems, require
from shared.ids import PersonId, ProgramId

router = Routes("matching policies")


@router.put(
    "/v1/programs/{program_id}/matching-policy",
    response_model=MatchingPolicyView,
    responses=problems(
        refusals.WeightsAboveTotal,
        refusals.WeightNegative,
        refusals.StandingDominates,
        refusals.StandingCapOutOfRange,
        refusals.CircumstanceDominates,
        refusals.StyleDominates,
        refusals.RotationDominates,
        refusals.GrowthOutweighed,
        refusals.WeakBelowOutOfRange,
        refusals.WeakBelowUnreachable,
        refusals.FunctionsContradict,
        refusals.LevelsTooMany,
        refusals.LevelRepeated,
        refusals.LevelUnknown,
        refusals.LevelsMissing,
        refusals.LevelGapReversed,
        refusals.LevelGapBeyondLevels,
        refusals.CommonMinutesOutOfRange,
        refusals.TimeZoneHoursOutOfRange,
        refusals.RestCyclesOutOfRange,
        refusals.RatioOutOfRange,
        refusals.HoursPerPairOutOfRange,
        refusals.ProgramsOutOfRange,
        refusals.ApprovalRepeated,
        refusals.DaysOutOfRange,
        refusals.PairingDaysReversed,
        refusals.TrialBeyondPairing,
        refusals.RequestLimitOutOfRange,
        refusals.GroupSizeOutOfRange,
        refusals.CircleSizeOutOfRange,
        refusals.CircleSizesReversed,
        refusals.CircleFunctionsBeyondSize,
        refusals.CirclesMaxOutOfRange,
        refusals.SilenceWarningOutOfRange,
        refusals.SilenceUnwatched,
        refusals.SilenceStepsReversed,
        refusals.ExitCriterionUnknown,
        refusals.ExitCriterionRepeated,
        ProgramUnknown,
    ),
    dependencies=[require(Role.PROGRAM_MANAGER)],
)
async def set_matching_policy(
    program_id: UUID, body: MatchingPolicyBody, commands: Commands, reads: Reads
) -> Response:
    """Say how a program wants its pairs made; each change is a new version with its reason.

    The document replaces the one before: what is left out has its default again. Strengths and
    target roles weigh at least as much as everything but other functions, so that growth rules.
    Title, tenure, same function and nearness weigh nothing unless you say so, and never more than
    `standing_cap` together. What could serve nobody is refused with the field to change. Setting
    the same document again makes no new version.
    """
    await reads.wait()
    async with reads.db() as db:
        author = await assert_manages(db, reads.caller, program_id)
        levels = await policies.known_levels(db) if body.levels else None
    command = _command(ProgramId(program_id), author, body, levels)
    return await commands.handle(POLICY, command, show=_view)


@router.get(
    "/v1/programs/{program_id}/matching-policy",
    response_model=MatchingPolicyView,
    responses=problems(ProgramUnknown),
    dependencies=[require(Role.PROGRAM_MANAGER, Role.AUDITOR)],
)
async def show_matching_policy(program_id: UUID, reads: Reads) -> Response:
    """How a program wants its pairs made now."""

    async def query(db: Database) -> MatchingPolicyView | None:
        await assert_oversees(db, reads.caller, program_id)
        return await policies.current(db, program_id=program_id)

    return await reads.one(query)


@router.get(
    "/v1/programs/{program_id}/matching-policy/versions",
    response_model=PageOf[PolicyVersionView],
    responses=problems(ProgramUnknown),
    dependencies=[require(Role.PROGRAM_MANAGER, Role.AUDITOR)],
)
async def list_matching_policy_versions(program_id: UUID, reads: Reads) -> Response:
    """Every version of a program's policy, newest first: who changed what, when and why."""

    async def query(db: Database, page: PageRequest) -> PageOf[PolicyVersionView]:
        await assert_oversees(db, reads.caller, program_id)
        return await policies.versions(db, page, program_id=program_id)

    return await reads.page(query)


def _command(
    program_id: ProgramId,
    author: PersonId,
    body: MatchingPolicyBody,
    levels: frozenset[str] | None,
) -> SetMatchingPolicy:
    said: dict[str, Any] = dict(body)
    said["levels"] = tuple(body.levels)
    said["approvals"] = tuple(body.approvals)
    said["weights"] = ScoreWeights(**dict(body.weights))
    said["exit_criteria"] = tuple(
        ExitCriterion(code=each.code, text=each.text) for each in body.exit_criteria
    )
    return SetMatchingPolicy(**said, program_id=program_id, author=author, known_levels=levels)


def _view(policy: Policy) -> MatchingPolicyView:
    if isinstance(policy, NoPolicy):
        raise ProgramUnknown
    return MatchingPolicyView.model_validate(policy)

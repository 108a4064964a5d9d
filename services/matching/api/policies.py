"""Policies over HTTP."""

from uuid import UUID

from pydantic import Field
from starlette.responses import Response

from services.matching.api.rights import ProgramUnknown, assert_oversees, manager_of
from services.matching.domain.policy import (
    ANSWER_DAYS_MAX,
    CIRCUMSTANCE_WEIGHT_MAX,
    POLICY,
    SEATS_PER_MENTOR_MAX,
    STYLE_WEIGHT_MAX,
    TRIAL_DAYS_MAX,
    WEIGHTS_TOTAL_MAX,
    CircumstanceDominates,
    ExitCriterionUnknown,
    GrowthOutweighed,
    NoPolicy,
    Policy,
    SetMatchingPolicy,
    StyleDominates,
    WeightsAboveTotal,
)
from services.matching.queries import policies
from services.matching.queries.policies import MatchingPolicyView
from shared.auth import Role
from shared.database import Database
from shared.events.matching import CrossFunctionRule, ExitCriterion, ScoreWeights
from shared.http import Commands, PageOf, PageRequest, Reads, Request, Routes, problems, require
from shared.ids import ProgramId

router = Routes("matching policies")

REASON_LENGTH_MAX = 500
EXIT_CRITERIA_MAX = 20


class WeightsBody(Request):
    """Points at most for each component of a score; together 1000 at most."""

    strengths: int = Field(default=480, ge=0, le=WEIGHTS_TOTAL_MAX, strict=True)
    other_function: int = Field(default=160, ge=0, le=WEIGHTS_TOTAL_MAX, strict=True)
    target_roles: int = Field(default=120, ge=0, le=WEIGHTS_TOTAL_MAX, strict=True)
    style: int = Field(default=80, ge=0, le=STYLE_WEIGHT_MAX, strict=True)
    hours: int = Field(default=100, ge=0, le=CIRCUMSTANCE_WEIGHT_MAX, strict=True)
    spare_load: int = Field(default=60, ge=0, le=CIRCUMSTANCE_WEIGHT_MAX, strict=True)


class ExitCriterionBody(Request):
    code: str = Field(max_length=40, examples=["goals_met"])
    text: str = Field(max_length=REASON_LENGTH_MAX, examples=["The goals of the pair are met."])


class MatchingPolicyBody(Request):
    seats_per_mentor_max: int = Field(default=3, ge=1, le=SEATS_PER_MENTOR_MAX, strict=True)
    cross_function: CrossFunctionRule = CrossFunctionRule.PREFERRED
    weights: WeightsBody = WeightsBody()
    trial_days: int = Field(default=30, ge=1, le=TRIAL_DAYS_MAX, strict=True)
    answer_days: int = Field(default=7, ge=1, le=ANSWER_DAYS_MAX, strict=True)
    exit_criteria: list[ExitCriterionBody] = Field(default=[], max_length=EXIT_CRITERIA_MAX)
    reason: str = Field(
        min_length=1, max_length=REASON_LENGTH_MAX, examples=["What the last survey told us."]
    )


@router.put(
    "/v1/programs/{program_id}/matching-policy",
    response_model=MatchingPolicyView,
    responses=problems(
        WeightsAboveTotal,
        CircumstanceDominates,
        StyleDominates,
        GrowthOutweighed,
        ExitCriterionUnknown,
        ProgramUnknown,
    ),
    dependencies=[require(Role.PROGRAM_MANAGER)],
)
async def set_matching_policy(
    program_id: UUID, body: MatchingPolicyBody, commands: Commands, reads: Reads
) -> Response:
    """Say how a program wants its pairs made; each change is a new version with its reason.

    No weight exists for title, tenure, department or nearness. Hours in common and spare load may
    weigh 250 points at most together, and never more than growth.
    """
    author = await manager_of(reads, program_id)
    command = SetMatchingPolicy(
        program_id=ProgramId(program_id),
        seats_per_mentor_max=body.seats_per_mentor_max,
        cross_function=body.cross_function,
        weights=ScoreWeights(**body.weights.model_dump()),
        trial_days=body.trial_days,
        answer_days=body.answer_days,
        exit_criteria=tuple(
            ExitCriterion(code=criterion.code, text=criterion.text)
            for criterion in body.exit_criteria
        ),
        author=author,
        reason=body.reason,
    )
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
    response_model=PageOf[MatchingPolicyView],
    responses=problems(ProgramUnknown),
    dependencies=[require(Role.PROGRAM_MANAGER, Role.AUDITOR)],
)
async def list_matching_policy_versions(program_id: UUID, reads: Reads) -> Response:
    """Every version of a program's policy, newest first, each with its author and reason."""

    async def query(db: Database, page: PageRequest) -> PageOf[MatchingPolicyView]:
        await assert_oversees(db, reads.caller, program_id)
        return await policies.versions(db, page, program_id=program_id)

    return await reads.page(query)


def _view(policy: Policy) -> MatchingPolicyView:
    if isinstance(policy, NoPolicy):
        raise ProgramUnknown
    return MatchingPolicyView.model_validate(policy)

"""What a program publishes, over HTTP; each document is put whole and gets a new version."""

from functools import partial
from typing import Annotated, Final
from uuid import UUID

from fastapi import Path
from pydantic import Field
from starlette.responses import Response

from services.enrollment.api.programs import MANAGER, REFUSALS, ProgramReceipt, manage
from services.enrollment.api.words import Code, Line, MonthlyHours, Prose, Score
from services.enrollment.domain.publications import (
    PublishAgreement,
    PublishCharter,
    PublishEligibility,
    PublishRubric,
    PublishTraining,
)
from services.enrollment.queries import programs
from services.enrollment.queries.programs import AgreementView
from shared.errors import NotFound
from shared.events.enrollment import (
    Criterion,
    EligibilityRule,
    Objective,
    Part,
    RubricCriterion,
)
from shared.http import Commands, Reads, Request, Routes, problems
from shared.ids import ProgramId

router: Final = Routes("programs")


class ObjectiveBody(Request):
    code: Code = Field(examples=["break-silos"])
    text: Prose = Field(max_length=500, examples=["People in sales and product know whom to ask."])
    priority: Line = Field(examples=["growth"])


class CharterBody(Request):
    objectives: list[ObjectiveBody] = Field(max_length=50)
    expected_hours_per_month: MonthlyHours = Field(examples=[4])
    escalation_path: Prose = Field(
        max_length=2000, examples=["Program manager, then sponsor, then the people board."]
    )


class RuleBody(Request):
    rule_id: Code = Field(examples=["half-a-year"])
    part: Part
    criterion: Criterion
    values: list[Line] = Field(default=[], max_length=200)
    minimum: Annotated[int, Field(strict=True, ge=0, le=600)] | None = Field(
        default=None, examples=[6]
    )


class EligibilityBody(Request):
    rules: list[RuleBody] = Field(max_length=100)


class CriterionBody(Request):
    code: Code = Field(examples=["curiosity"])
    weight: int = Field(strict=True, ge=1, le=100, examples=[40])


class RubricBody(Request):
    criteria: list[CriterionBody] = Field(min_length=1, max_length=20)
    accept_from: Score = Field(examples=[55])


class AgreementBody(Request):
    text: Prose = Field(
        max_length=20_000, examples=["We meet monthly, keep confidence, and may disagree."]
    )
    hours_per_month: MonthlyHours = Field(examples=[4])


class TrainingBody(Request):
    modules: list[Code] = Field(max_length=50, examples=[["coaching", "bias-awareness"]])
    required: list[Code] = Field(default=[], max_length=50, examples=[["coaching"]])


@router.put(
    "/v1/programs/{program_id}/charter",
    response_model=ProgramReceipt,
    responses=REFUSALS,
    dependencies=[MANAGER],
)
async def publish_charter(program_id: UUID, body: CharterBody, commands: Commands) -> Response:
    """Publish the charter: objectives with their priorities, expected time, escalation path."""
    command = PublishCharter(
        program_id=ProgramId(program_id),
        objectives=tuple(Objective(**each.model_dump()) for each in body.objectives),
        expected_hours_per_month=body.expected_hours_per_month,
        escalation_path=body.escalation_path,
    )
    return await manage(commands, command)


@router.put(
    "/v1/programs/{program_id}/eligibility",
    response_model=ProgramReceipt,
    responses=REFUSALS,
    dependencies=[MANAGER],
)
async def publish_eligibility(
    program_id: UUID, body: EligibilityBody, commands: Commands
) -> Response:
    """Publish the rules that every application is checked against, by the machine."""
    rules = tuple(
        EligibilityRule(
            rule_id=each.rule_id,
            part=each.part,
            criterion=each.criterion,
            values=tuple(each.values),
            minimum=each.minimum,
        )
        for each in body.rules
    )
    return await manage(commands, PublishEligibility(program_id=ProgramId(program_id), rules=rules))


@router.put(
    "/v1/programs/{program_id}/rubric",
    response_model=ProgramReceipt,
    responses=REFUSALS,
    dependencies=[MANAGER],
)
async def publish_rubric(program_id: UUID, body: RubricBody, commands: Commands) -> Response:
    """Publish how applications are weighed, and from which score they are accepted."""
    command = PublishRubric(
        program_id=ProgramId(program_id),
        criteria=tuple(RubricCriterion(**each.model_dump()) for each in body.criteria),
        accept_from=body.accept_from,
    )
    return await manage(commands, command)


@router.put(
    "/v1/programs/{program_id}/agreements/{part}",
    response_model=ProgramReceipt,
    responses=REFUSALS,
    dependencies=[MANAGER],
)
async def publish_agreement(
    program_id: UUID, part: Part, body: AgreementBody, commands: Commands
) -> Response:
    """Publish a new version of what mentors or mentees agree to."""
    command = PublishAgreement(
        program_id=ProgramId(program_id),
        part=part,
        text=body.text,
        hours_per_month=body.hours_per_month,
    )
    return await manage(commands, command)


@router.put(
    "/v1/programs/{program_id}/training",
    response_model=ProgramReceipt,
    responses=REFUSALS,
    dependencies=[MANAGER],
)
async def publish_training(program_id: UUID, body: TrainingBody, commands: Commands) -> Response:
    """Publish the modules that mentors are assigned, and which must be done before matching."""
    command = PublishTraining(
        program_id=ProgramId(program_id),
        modules=tuple(body.modules),
        required=tuple(body.required),
    )
    return await manage(commands, command)


@router.get(
    "/v1/programs/{program_id}/agreements/{part}",
    response_model=AgreementView,
    responses=problems(NotFound),
)
async def show_agreement(program_id: UUID, part: Part, reads: Reads) -> Response:
    """The agreement as it can be accepted now."""
    return await reads.one(partial(programs.agreement, program_id=program_id, part=part))


@router.get(
    "/v1/programs/{program_id}/agreements/{part}/versions/{agreement_version}",
    response_model=AgreementView,
    responses=problems(NotFound),
)
async def show_agreement_version(
    program_id: UUID,
    part: Part,
    agreement_version: Annotated[int, Path(ge=1, le=100_000)],
    reads: Reads,
) -> Response:
    """The agreement as somebody accepted it, however long ago."""
    query = partial(
        programs.agreement,
        program_id=program_id,
        part=part,
        agreement_version=agreement_version,
    )
    return await reads.one(query)

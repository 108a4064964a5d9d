"""What a program publishes: charter, eligibility, rubric, agreements, training; in versions."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import TypeAlias

from services.enrollment.domain.eligibility import require_sound
from services.enrollment.domain.rubric import require_fair
from shared.errors import InvalidCommand
from shared.events.enrollment import (
    AgreementPublished,
    CharterPublished,
    EligibilityPublished,
    EligibilityRule,
    Objective,
    Part,
    RubricCriterion,
    RubricPublished,
    TrainingPublished,
)
from shared.frozen import frozen
from shared.ids import ProgramId


@frozen
class PublishCharter:
    program_id: ProgramId
    objectives: tuple[Objective, ...]  # may be empty while it is drafted
    expected_hours_per_month: int
    escalation_path: str


@frozen
class PublishEligibility:
    program_id: ProgramId
    rules: tuple[EligibilityRule, ...]


@frozen
class PublishRubric:
    program_id: ProgramId
    criteria: tuple[RubricCriterion, ...]
    accept_from: int  # weighted score, 0 to 100


@frozen
class PublishAgreement:
    program_id: ProgramId
    part: Part
    text: str
    hours_per_month: int


@frozen
class PublishTraining:
    program_id: ProgramId
    modules: tuple[str, ...]
    required: tuple[str, ...]


Publish: TypeAlias = (
    PublishCharter | PublishEligibility | PublishRubric | PublishAgreement | PublishTraining
)


class ObjectiveRepeated(InvalidCommand):
    """Two objectives have the same code."""


class ModuleRepeated(InvalidCommand):
    """A training module stands in this list twice."""


class ModuleNotOffered(InvalidCommand):
    """Only a module of this program's training can be required."""


def publish_charter(
    last: CharterPublished | None, command: PublishCharter, now: datetime
) -> Sequence[CharterPublished]:
    _require_distinct(
        (objective.code for objective in command.objectives), ObjectiveRepeated, "/objectives"
    )
    published = CharterPublished(
        program_id=command.program_id,
        version=last.version + 1 if last else 1,
        objectives=command.objectives,
        expected_hours_per_month=command.expected_hours_per_month,
        escalation_path=command.escalation_path,
        at=now,
    )
    if last is not None and replace(published, version=last.version, at=last.at) == last:
        return ()
    return (published,)


def publish_eligibility(
    last: EligibilityPublished | None, command: PublishEligibility, now: datetime
) -> Sequence[EligibilityPublished]:
    require_sound(command.rules)
    if last is not None and last.rules == command.rules:
        return ()
    return (
        EligibilityPublished(
            program_id=command.program_id,
            version=last.version + 1 if last else 1,
            rules=command.rules,
            at=now,
        ),
    )


def publish_rubric(
    last: RubricPublished | None, command: PublishRubric, now: datetime
) -> Sequence[RubricPublished]:
    require_fair(command.criteria)
    wanted = (command.criteria, command.accept_from)
    if last is not None and (last.criteria, last.accept_from) == wanted:
        return ()
    return (
        RubricPublished(
            program_id=command.program_id,
            version=last.version + 1 if last else 1,
            criteria=command.criteria,
            accept_from=command.accept_from,
            at=now,
        ),
    )


def publish_agreement(
    last: AgreementPublished | None, command: PublishAgreement, now: datetime
) -> Sequence[AgreementPublished]:
    wanted = (command.text, command.hours_per_month)
    if last is not None and (last.text, last.hours_per_month) == wanted:
        return ()
    return (
        AgreementPublished(
            program_id=command.program_id,
            part=command.part,
            version=last.version + 1 if last else 1,
            text=command.text,
            hours_per_month=command.hours_per_month,
            at=now,
        ),
    )


def publish_training(
    last: TrainingPublished | None, command: PublishTraining, now: datetime
) -> Sequence[TrainingPublished]:
    _require_distinct(command.modules, ModuleRepeated, "/modules")
    _require_distinct(command.required, ModuleRepeated, "/required")
    for place, module in enumerate(command.required):
        if module not in command.modules:
            raise ModuleNotOffered(field=f"/required/{place}")
    wanted = (command.modules, command.required)
    if last is not None and (last.modules, last.required) == wanted:
        return ()
    return (
        TrainingPublished(
            program_id=command.program_id,
            modules=command.modules,
            required=command.required,
            at=now,
        ),
    )


def _require_distinct(codes: Iterable[str], refusal: type[InvalidCommand], field: str) -> None:
    seen: set[str] = set()
    for place, code in enumerate(codes):
        if code in seen:
            raise refusal(field=f"{field}/{place}")
        seen.add(code)

"""Decisions about applications over HTTP: mentees by rubric, mentors by one approval."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from functools import partial
from typing import Any, Final, Literal
from uuid import UUID

from pydantic import Field
from starlette.requests import Request as HttpRequest
from starlette.responses import Response

from services.enrollment.api.access import PersonNeeded, person_of
from services.enrollment.api.receipts import BatchView, EnrollmentReceipt, batch, receipt
from services.enrollment.api.texts import sealed
from services.enrollment.api.words import Code, Prose, Score
from services.enrollment.domain.enrollment import ENROLLMENT, EnrollmentCommand
from services.enrollment.domain.enrollment.application import (
    ApplicationAlreadyDecided,
    ApproveMentor,
    AssessApplication,
    DeclineMentor,
    MenteesAreAssessed,
    MentorsAreApproved,
    OwnApplication,
    RubricNotPublished,
)
from services.enrollment.domain.enrollment.state import (
    Enrollment,
    EnrollmentNotFound,
    ParticipantHasWithdrawn,
)
from services.enrollment.domain.program import NotYourProgram
from services.enrollment.domain.rubric import CriterionRepeated, ScoresIncomplete
from services.enrollment.queries import enrollments
from services.enrollment.queries.enrollments import Case
from shared.auth import Principal, Role
from shared.command_handler import Step
from shared.errors import MentorshipError
from shared.events.enrollment import CriterionScore
from shared.http import BoundCommands, Commands, Request, Routes, problems, require, vault_of
from shared.ids import EnrollmentId, PersonId
from shared.sealed import Sealed
from shared.vault import Place, SubjectErased, Vault

router: Final = Routes("applications")
_MANAGER: Final = require(Role.PROGRAM_MANAGER)
_BATCH_MAX: Final = 500
_REFUSALS: Final = (
    EnrollmentNotFound,
    NotYourProgram,
    PersonNeeded,
    OwnApplication,
    ApplicationAlreadyDecided,
    ParticipantHasWithdrawn,
)


class ScoreBody(Request):
    code: Code = Field(examples=["curiosity"])
    score: Score = Field(examples=[80])


class AssessmentBody(Request):
    scores: list[ScoreBody] = Field(min_length=1, max_length=20)


class ReasonBody(Request):
    reason: Prose = Field(max_length=500, examples=["Led three teams and listens well."])


class AssessmentItem(AssessmentBody):
    enrollment_id: UUID


class AssessmentBatch(Request):
    items: list[AssessmentItem] = Field(min_length=1, max_length=_BATCH_MAX)


class ApprovalItem(ReasonBody):
    enrollment_id: UUID
    decision: Literal["approve", "decline"]


class ApprovalBatch(Request):
    items: list[ApprovalItem] = Field(min_length=1, max_length=_BATCH_MAX)


class ItemRefused:
    """A check that refuses one item of a batch for a reason already known."""

    def __init__(self, reason: type[MentorshipError]) -> None:
        """Remember the reason."""
        self._reason = reason

    def __call__(self, enrollment: Enrollment) -> None:
        """Refuse it."""
        del enrollment
        raise self._reason


Cases = Mapping[UUID, Case]


async def _cases(commands: BoundCommands, enrollment_ids: Sequence[UUID]) -> Cases:
    commands.by("program manager of the program")
    async with commands.db() as db:
        return await enrollments.cases(
            db, enrollment_ids=enrollment_ids, manager_id=commands.caller.person
        )


def _fault(case: Case | None) -> type[MentorshipError] | None:
    if case is None:
        return EnrollmentNotFound
    return None if case.managed else NotYourProgram


def _assessment(
    enrollment_id: UUID, body: AssessmentBody, caller: Principal, case: Case | None
) -> AssessApplication:
    return AssessApplication(
        enrollment_id=EnrollmentId(enrollment_id),
        assessed_by=person_of(caller),
        scores=tuple(CriterionScore(code=each.code, score=each.score) for each in body.scores),
        rubric=case.rubric if case else None,
    )


Reasons = Mapping[UUID, Sealed]


async def _reasons(
    commands: BoundCommands, vault: Vault, items: Sequence[ApprovalItem], cases: Cases
) -> Reasons:
    """Each reason under a key of the person whom it is about, so that it goes when they do."""
    found: dict[UUID, Sealed] = {}
    async with commands.db() as db:
        for item in items:
            case = cases.get(item.enrollment_id)
            if case is None or not case.managed:
                continue  # it is refused anyway
            stream = f"{ENROLLMENT.category}-{item.enrollment_id}"
            place = Place(tenant=commands.caller.tenant, stream=stream, field="reason")
            with suppress(SubjectErased):  # nothing is kept of whoever is gone
                reason = await sealed(vault, db, item.reason, place, case.person_id)
                if reason is not None:
                    found[item.enrollment_id] = reason
    return found


def _verdict(
    item: ApprovalItem, decided_by: PersonId, case: Case | None, reasons: Reasons
) -> EnrollmentCommand:
    enrollment_id = EnrollmentId(item.enrollment_id)
    reason = reasons.get(item.enrollment_id)
    if item.decision == "decline":
        return DeclineMentor(enrollment_id=enrollment_id, decided_by=decided_by, reason=reason)
    return ApproveMentor(
        enrollment_id=enrollment_id,
        decided_by=decided_by,
        reason=reason,
        modules=tuple(case.training.modules) if case else (),
        required=tuple(case.training.required) if case else (),
    )


async def _one(commands: BoundCommands, command: EnrollmentCommand, case: Case | None) -> Response:
    fault = _fault(case)
    if fault is not None:
        raise fault
    return await commands.handle_all(
        (Step(decider=ENROLLMENT, command=command),),
        show=partial(receipt, command.enrollment_id),
    )


async def _each(
    commands: BoundCommands, orders: Sequence[EnrollmentCommand], cases: Cases
) -> Response:
    steps: list[Step[Any, Any, Any]] = []
    for command in orders:
        fault = _fault(cases.get(command.enrollment_id))
        check = ItemRefused(fault) if fault else None
        steps.append(Step(decider=ENROLLMENT, command=command, check=check))
    enrollment_ids = [command.enrollment_id for command in orders]
    return await commands.each(steps, show=partial(batch, enrollment_ids))


@router.post(
    "/v1/enrollments/{enrollment_id}/assessment",
    response_model=EnrollmentReceipt,
    responses=problems(
        *_REFUSALS, MentorsAreApproved, RubricNotPublished, ScoresIncomplete, CriterionRepeated
    ),
    dependencies=[_MANAGER],
)
async def assess_application(
    enrollment_id: UUID, body: AssessmentBody, commands: Commands
) -> Response:
    """Score a mentee's application by the rubric, which accepts or declines it."""
    case = (await _cases(commands, [enrollment_id])).get(enrollment_id)
    command = _assessment(enrollment_id, body, commands.caller, case)
    return await _one(commands, command, case)


@router.post(
    "/v1/assessments:batch",
    status_code=207,
    response_model=BatchView,
    responses=problems(PersonNeeded),
    dependencies=[_MANAGER],
)
async def assess_applications(body: AssessmentBatch, commands: Commands) -> Response:
    """Score many applications; each is accepted, declined, or refused by itself."""
    cases = await _cases(commands, [item.enrollment_id for item in body.items])
    orders = [
        _assessment(item.enrollment_id, item, commands.caller, cases.get(item.enrollment_id))
        for item in body.items
    ]
    return await _each(commands, orders, cases)


@router.post(
    "/v1/enrollments/{enrollment_id}/approval",
    response_model=EnrollmentReceipt,
    responses=problems(*_REFUSALS, MenteesAreAssessed),
    dependencies=[_MANAGER],
)
async def approve_mentor(
    enrollment_id: UUID, body: ReasonBody, request: HttpRequest, commands: Commands
) -> Response:
    """Approve a mentor candidate; the program's training is assigned with it."""
    item = ApprovalItem(enrollment_id=enrollment_id, decision="approve", reason=body.reason)
    return await _decide(commands, vault_of(request), item)


@router.post(
    "/v1/enrollments/{enrollment_id}/refusal",
    response_model=EnrollmentReceipt,
    responses=problems(*_REFUSALS, MenteesAreAssessed),
    dependencies=[_MANAGER],
)
async def decline_mentor(
    enrollment_id: UUID, body: ReasonBody, request: HttpRequest, commands: Commands
) -> Response:
    """Decline a mentor candidate, with a reason."""
    item = ApprovalItem(enrollment_id=enrollment_id, decision="decline", reason=body.reason)
    return await _decide(commands, vault_of(request), item)


async def _decide(commands: BoundCommands, vault: Vault, item: ApprovalItem) -> Response:
    decided_by = person_of(commands.caller)
    cases = await _cases(commands, [item.enrollment_id])
    reasons = await _reasons(commands, vault, [item], cases)
    case = cases.get(item.enrollment_id)
    return await _one(commands, _verdict(item, decided_by, case, reasons), case)


@router.post(
    "/v1/approvals:batch",
    status_code=207,
    response_model=BatchView,
    responses=problems(PersonNeeded),
    dependencies=[_MANAGER],
)
async def decide_mentors(body: ApprovalBatch, request: HttpRequest, commands: Commands) -> Response:
    """Approve or decline many mentor candidates, each by itself."""
    decided_by = person_of(commands.caller)
    cases = await _cases(commands, [item.enrollment_id for item in body.items])
    reasons = await _reasons(commands, vault_of(request), body.items, cases)
    orders = [
        _verdict(item, decided_by, cases.get(item.enrollment_id), reasons) for item in body.items
    ]
    return await _each(commands, orders, cases)

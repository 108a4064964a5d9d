"""Enrollments over HTTP: the steps of a participant, and the way out."""

from functools import partial
from typing import Annotated, Final
from uuid import UUID

from fastapi import Query
from pydantic import Field
from starlette.requests import Request as HttpRequest
from starlette.responses import Response

from services.enrollment.api.access import own, person_of, viewer_of
from services.enrollment.api.profiles import SkillBody
from services.enrollment.api.receipts import EnrollmentReceipt, receipt
from services.enrollment.api.texts import opened
from services.enrollment.api.words import Code, Score
from services.enrollment.domain.enrollment import ENROLLMENT, EnrollmentCommand
from services.enrollment.domain.enrollment.application import JourneyIsComplete
from services.enrollment.domain.enrollment.joining import (
    AcceptAgreement,
    AgreementNotCurrent,
    AgreementNotPublished,
    BaselineStands,
    CapacityNotDeclared,
    CompleteTraining,
    RecordBaseline,
    RecordOptIn,
    TrainingNotAssigned,
    WithdrawParticipant,
)
from services.enrollment.domain.enrollment.state import (
    ApplicationWasDeclined,
    EnrollmentNotFound,
    ParticipantHasWithdrawn,
    Stage,
)
from services.enrollment.domain.terms import TermRepeated, TermRetired, TermUnknown
from services.enrollment.queries import enrollments, people, programs, vocabulary
from services.enrollment.queries.enrollments import EnrollmentView, Wanted
from shared import clock
from shared.auth import Role
from shared.command_handler import Step
from shared.database import Database
from shared.events.enrollment import Part
from shared.http import BoundCommands, Commands, PageOf, Reads, Request, Routes, problems, vault_of
from shared.ids import EnrollmentId
from shared.vault import Place

router: Final = Routes("enrollments")
_REFUSALS: Final = (EnrollmentNotFound, ApplicationWasDeclined, ParticipantHasWithdrawn)


class AgreementAcceptance(Request):
    version: int = Field(strict=True, ge=1, le=100_000, examples=[1])


class BaselineBody(Request):
    skills: list[SkillBody] = Field(default=[], max_length=100)
    confidence: Score = Field(examples=[45])
    cross_functional_contacts: int = Field(strict=True, ge=0, le=10_000, examples=[3])


class TrainingCompletion(Request):
    module: Code = Field(examples=["coaching"])


class WithdrawalBody(Request):
    reason: Code = Field(default="own_wish", examples=["own_wish", "no_time"])


async def _step(commands: BoundCommands, command: EnrollmentCommand) -> Response:
    """Take a step of one's own enrollment."""
    step = Step(decider=ENROLLMENT, command=command, check=own(commands.caller))
    commands.by("participant")
    return await commands.handle_all((step,), show=partial(receipt, command.enrollment_id))


@router.get("/v1/enrollments", response_model=PageOf[EnrollmentView])
async def list_enrollments(  # noqa: PLR0913  # filters
    reads: Reads,
    *,
    cohort_id: UUID | None = None,
    program_id: UUID | None = None,
    person_id: UUID | None = None,
    part: Annotated[list[Part] | None, Query()] = None,
    stage: Annotated[list[Stage] | None, Query()] = None,
) -> Response:
    """Enrollments that you may see: your own, those of your programs, or all for an auditor."""
    wanted = Wanted(
        cohort_id=cohort_id,
        program_id=program_id,
        person_id=person_id,
        parts=part or (),
        stages=stage or (),
    )
    query = partial(
        enrollments.enrollments, wanted=wanted, viewer=viewer_of(reads.caller), now=clock.now()
    )
    return await reads.page(query)


@router.get(
    "/v1/enrollments/{enrollment_id}",
    response_model=EnrollmentView,
    responses=problems(EnrollmentNotFound),
)
async def show_enrollment(enrollment_id: UUID, request: HttpRequest, reads: Reads) -> Response:
    """One enrollment; its texts only for the participant and the program's managers."""

    async def query(db: Database) -> EnrollmentView | None:
        viewer = viewer_of(reads.caller)
        view = await enrollments.enrollment(
            db, enrollment_id=enrollment_id, viewer=viewer, now=clock.now()
        )
        if view is None or not await _may_read(db, view, reads):
            return view
        stream = f"{ENROLLMENT.category}-{enrollment_id}"
        texts = {
            field: await opened(
                vault_of(request),
                db,
                text,
                Place(tenant=reads.caller.tenant, stream=stream, field=field),
            )
            for field, text in (await enrollments.texts(db, enrollment_id=enrollment_id)).items()
        }
        return _with_texts(view, texts)

    return await reads.one(query)


def _with_texts(view: EnrollmentView, texts: dict[str, str | None]) -> EnrollmentView:
    reason = texts.pop("reason", None)
    if view.decision is None or reason is None:
        return view.model_copy(update=texts)
    decision = view.decision.model_copy(update={"reason": reason})
    return view.model_copy(update={**texts, "decision": decision})


async def _may_read(db: Database, view: EnrollmentView, reads: Reads) -> bool:
    caller = reads.caller
    if caller.person == view.person_id:
        return True
    return Role.PROGRAM_MANAGER in caller.roles and await programs.manages(
        db, program_id=view.program_id, person_id=caller.person
    )


@router.post(
    "/v1/enrollments/{enrollment_id}/agreement",
    response_model=EnrollmentReceipt,
    responses=problems(*_REFUSALS, AgreementNotPublished, AgreementNotCurrent),
)
async def accept_agreement(
    enrollment_id: UUID, body: AgreementAcceptance, commands: Commands
) -> Response:
    """Accept the current version of the agreement for your part."""
    async with commands.db() as db:
        current = await enrollments.current_agreement(db, enrollment_id=enrollment_id)
    command = AcceptAgreement(
        enrollment_id=EnrollmentId(enrollment_id), version=body.version, current_version=current
    )
    return await _step(commands, command)


@router.post(
    "/v1/enrollments/{enrollment_id}/opt-in",
    response_model=EnrollmentReceipt,
    responses=problems(*_REFUSALS, CapacityNotDeclared),
)
async def opt_in(enrollment_id: UUID, commands: Commands) -> Response:
    """Say that you want to take part; nobody is enrolled without it."""
    person = person_of(commands.caller)
    async with commands.db() as db:
        declared = await people.declared_seats(db, person_id=person)
    command = RecordOptIn(enrollment_id=EnrollmentId(enrollment_id), capacity_declared=declared)
    return await _step(commands, command)


@router.put(
    "/v1/enrollments/{enrollment_id}/baseline",
    response_model=EnrollmentReceipt,
    responses=problems(*_REFUSALS, BaselineStands, TermUnknown, TermRetired, TermRepeated),
)
async def record_baseline(enrollment_id: UUID, body: BaselineBody, commands: Commands) -> Response:
    """Say where you stand before the first match; later figures are measured against it."""
    async with commands.db() as db:
        terms = await vocabulary.competency_terms(db, [each.competency_id for each in body.skills])
    command = RecordBaseline(
        enrollment_id=EnrollmentId(enrollment_id),
        skills=tuple(each.event() for each in body.skills),
        confidence=body.confidence,
        cross_functional_contacts=body.cross_functional_contacts,
        vocabulary=terms,
    )
    return await _step(commands, command)


@router.post(
    "/v1/enrollments/{enrollment_id}/training",
    response_model=EnrollmentReceipt,
    responses=problems(*_REFUSALS, TrainingNotAssigned),
)
async def complete_training(
    enrollment_id: UUID, body: TrainingCompletion, commands: Commands
) -> Response:
    """Record that you completed a module of the mentor training."""
    command = CompleteTraining(enrollment_id=EnrollmentId(enrollment_id), module=body.module)
    return await _step(commands, command)


@router.post(
    "/v1/enrollments/{enrollment_id}/withdrawal",
    response_model=EnrollmentReceipt,
    responses=problems(EnrollmentNotFound, ApplicationWasDeclined, JourneyIsComplete),
)
async def withdraw(enrollment_id: UUID, body: WithdrawalBody, commands: Commands) -> Response:
    """Withdraw at any time; it does not count against you later."""
    command = WithdrawParticipant(enrollment_id=EnrollmentId(enrollment_id), reason=body.reason)
    return await _step(commands, command)

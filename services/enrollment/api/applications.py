"""Applications over HTTP: one short request by the person, checked by published rules."""

from functools import partial
from typing import Annotated, Any, Final
from uuid import UUID

from fastapi import Query
from pydantic import Field
from starlette.requests import Request as HttpRequest
from starlette.responses import Response

from services.enrollment.api.access import PersonNeeded, person_of, viewer_of
from services.enrollment.api.receipts import EnrollmentReceipt, receipt
from services.enrollment.api.texts import sealed
from services.enrollment.api.words import Prose
from services.enrollment.domain.cohort import (
    COHORT,
    AdmitApplication,
    CohortNotFound,
    CohortNotOpen,
)
from services.enrollment.domain.enrollment import ENROLLMENT
from services.enrollment.domain.enrollment.application import (
    JourneyIsComplete,
    SubmitApplication,
)
from services.enrollment.domain.enrollment.state import ApplicationWasDeclined, Stage
from services.enrollment.domain.person import PersonNotFound
from services.enrollment.domain.program import (
    PROGRAM,
    AdmitParticipation,
    ProgramIsClosed,
    ProgramNotOpen,
)
from services.enrollment.domain.terms import TermRepeated, TermRetired, TermUnknown
from services.enrollment.queries import enrollments, people, programs, vocabulary
from services.enrollment.queries.enrollments import EnrollmentView, Wanted
from services.enrollment.queries.programs import EligibilityView
from shared import clock
from shared.auth import Role
from shared.command_handler import Step
from shared.database import Database
from shared.events.enrollment import EligibilityRule, Part
from shared.http import Commands, PageOf, Reads, Request, Routes, problems, require, vault_of
from shared.ids import CohortId, CompetencyId, EnrollmentId, PersonId, ProgramId, derived_id
from shared.vault import Place, Vault

router: Final = Routes("applications")


class ApplicationBody(Request):
    part: Part
    desired_outcomes: list[UUID] = Field(
        default=[], max_length=20, description="Competencies to be better at."
    )
    challenges: Prose | None = Field(
        default=None, max_length=4000, examples=["I lead a team for the first time."]
    )
    motivation: Prose | None = Field(default=None, max_length=4000)


@router.post(
    "/v1/cohorts/{cohort_id}/applications",
    status_code=201,
    response_model=EnrollmentReceipt,
    responses=problems(
        CohortNotFound,
        CohortNotOpen,
        ProgramNotOpen,
        ProgramIsClosed,
        PersonNeeded,
        PersonNotFound,
        ApplicationWasDeclined,
        JourneyIsComplete,
        TermUnknown,
        TermRetired,
        TermRepeated,
    ),
)
async def apply_to_cohort(
    cohort_id: UUID, body: ApplicationBody, request: HttpRequest, commands: Commands
) -> Response:
    """Apply as mentor or mentee; nobody has to nominate you.

    The published eligibility rules are evaluated at once: the answer says whether they hold.
    """
    person = person_of(commands.caller)
    async with commands.db() as db:
        submit = await _submission(
            db, vault_of(request), (commands.caller.tenant, CohortId(cohort_id), person), body
        )
    steps: tuple[Step[Any, Any, Any], ...] = (
        Step(decider=ENROLLMENT, command=submit),
        Step(decider=COHORT, command=AdmitApplication(cohort_id=submit.cohort_id)),
        Step(decider=PROGRAM, command=AdmitParticipation(program_id=submit.program_id)),
    )
    commands.by(f"{body.part} candidate")
    return await commands.handle_all(
        steps,
        show=partial(receipt, submit.enrollment_id),
        location=f"/v1/enrollments/{submit.enrollment_id}",
    )


async def _submission(
    db: Database, vault: Vault, who: tuple[str, CohortId, PersonId], body: ApplicationBody
) -> SubmitApplication:
    """The application with everything it is checked against.

    Raises:
        CohortNotFound: there is no such cohort.
        PersonNotFound: the directory does not know this person, or they have left.
    """
    tenant, cohort_id, person = who
    offer = await programs.offer(db, cohort_id=cohort_id)
    if offer is None:
        raise CohortNotFound
    position = await people.position(db, person_id=person)
    if position is None:
        raise PersonNotFound
    enrollment_id = EnrollmentId(derived_id(tenant, cohort_id, person, body.part))
    place = partial(Place, tenant=tenant, stream=f"{ENROLLMENT.category}-{enrollment_id}")
    return SubmitApplication(
        enrollment_id=enrollment_id,
        program_id=ProgramId(offer.program_id),
        cohort_id=cohort_id,
        person_id=person,
        part=body.part,
        position=position,
        desired_outcomes=tuple(CompetencyId(each) for each in body.desired_outcomes),
        challenges=await sealed(vault, db, body.challenges, place(field="challenges"), person),
        motivation=await sealed(vault, db, body.motivation, place(field="motivation"), person),
        rules_version=offer.eligibility.version if offer.eligibility else 0,
        rules=_rules(offer.eligibility),
        vocabulary=await vocabulary.competency_terms(db, body.desired_outcomes),
    )


def _rules(published: EligibilityView | None) -> tuple[EligibilityRule, ...]:
    if published is None:
        return ()
    return tuple(
        EligibilityRule(
            rule_id=rule.rule_id,
            part=rule.part,
            criterion=rule.criterion,
            values=tuple(rule.values),
            minimum=rule.minimum,
        )
        for rule in published.rules
    )


@router.get(
    "/v1/cohorts/{cohort_id}/applications",
    response_model=PageOf[EnrollmentView],
    dependencies=[require(Role.PROGRAM_MANAGER, Role.AUDITOR)],
)
async def list_applications(
    cohort_id: UUID,
    reads: Reads,
    part: Annotated[list[Part] | None, Query()] = None,
    stage: Annotated[list[Stage] | None, Query()] = None,
) -> Response:
    """The queue of a cohort, the longest waiting first, with the days that each has waited."""
    wanted = Wanted(
        cohort_id=cohort_id, parts=part or (), stages=(Stage.SUBMITTED,) if stage is None else stage
    )
    query = partial(
        enrollments.enrollments, wanted=wanted, viewer=viewer_of(reads.caller), now=clock.now()
    )
    return await reads.page(query)

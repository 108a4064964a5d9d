"""Programs, their agreements, and their cohorts."""

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from pydantic import Field

from services.enrollment.queries import rows
from shared.database import Database
from shared.events.enrollment import CohortStage, Criterion, GovernanceRole, Part
from shared.http import Moment, PageOf, PageRequest, View


class ObjectiveView(View):
    code: str = Field(examples=["break-silos"])
    text: str = Field(examples=["People in sales and product know whom to ask."])
    priority: str = Field(examples=["growth"])


class CharterView(View):
    version: int
    objectives: list[ObjectiveView]
    expected_hours_per_month: int
    escalation_path: str


class RuleView(View):
    rule_id: str
    part: Part
    criterion: Criterion
    values: list[str]
    minimum: int | None


class EligibilityView(View):
    version: int
    rules: list[RuleView]


class CriterionView(View):
    code: str
    weight: int


class RubricView(View):
    version: int
    criteria: list[CriterionView]
    accept_from: int


class TrainingView(View):
    modules: list[str]
    required: list[str]


class AgreementOfPart(View):
    part: Part
    agreement_version: int


class GovernanceView(View):
    person_id: UUID
    role: GovernanceRole
    function: str
    decision_rights: list[str]
    assigned_at: Moment


class ProgramView(View):
    program_id: UUID
    name: str
    status: str = Field(examples=["draft", "open", "closed"])
    charter: CharterView | None
    eligibility: EligibilityView | None
    rubric: RubricView | None
    training: TrainingView | None
    agreements: list[AgreementOfPart] = Field(description="The current version for each part.")
    governance: list[GovernanceView]
    created_at: Moment
    opened_at: Moment | None
    closed_at: Moment | None
    closing_reason: str | None
    version: int


class AgreementView(View):
    program_id: UUID
    part: Part
    agreement_version: int
    text: str
    hours_per_month: int
    published_at: Moment


class CalendarView(View):
    applications_open_at: Moment
    applications_close_at: Moment
    kick_off_at: Moment
    project_start_at: Moment
    reflection_at: Moment
    close_at: Moment


class CohortView(View):
    cohort_id: UUID
    program_id: UUID
    name: str
    stage: CohortStage
    calendar: CalendarView
    scheduled_at: Moment
    version: int


class OfferView(View):
    program_id: UUID
    eligibility: EligibilityView | None


_PROGRAMS: Final = """
SELECT p.program_id, p.name, p.status, p.charter, p.eligibility, p.rubric, p.training,
       coalesce((
           SELECT json_agg(json_build_object('part', a.part, 'agreement_version', a.latest)
                           ORDER BY a.part)
           FROM (SELECT part, max(agreement_version) AS latest FROM read.agreements
                 WHERE tenant = p.tenant AND program_id = p.program_id GROUP BY part) AS a
       ), '[]') AS agreements,
       coalesce((
           SELECT json_agg(json_build_object(
               'person_id', g.person_id, 'role', g.role, 'function', g.function,
               'decision_rights', g.decision_rights, 'assigned_at', g.assigned_at
           ) ORDER BY g.role, g.person_id)
           FROM read.governance g WHERE g.tenant = p.tenant AND g.program_id = p.program_id
       ), '[]') AS governance,
       p.created_at, p.opened_at, p.closed_at, p.closing_reason, p.version
FROM read.programs p
"""
_COHORTS: Final = """
SELECT cohort_id, program_id, name, stage, calendar, scheduled_at, version FROM read.cohorts
"""


async def program(db: Database, *, program_id: UUID) -> ProgramView | None:
    """One program, with everything it has published."""
    return await rows.one(db, ProgramView, f"{_PROGRAMS} WHERE program_id = $1", program_id)


async def programs(
    db: Database, page: PageRequest, *, status: str | None = None
) -> PageOf[ProgramView]:
    """Programs, the newest first."""
    query = f"""{_PROGRAMS} WHERE ($1::text IS NULL OR p.status = $1)
        AND ($2::timestamptz IS NULL OR (p.created_at, p.program_id) < ($2, $3))
        ORDER BY p.created_at DESC, p.program_id DESC LIMIT $4"""
    after = page.after or (None, None)
    found = await rows.many(db, ProgramView, query, status, *after, page.rows)
    return page.of(found, lambda program: (program.created_at, program.program_id))


async def agreement(
    db: Database, *, program_id: UUID, part: Part, agreement_version: int | None = None
) -> AgreementView | None:
    """One version of an agreement; the current one if none is named."""
    query = """SELECT program_id, part, agreement_version, text, hours_per_month, published_at
        FROM read.agreements WHERE program_id = $1 AND part = $2
        AND ($3::integer IS NULL OR agreement_version = $3)
        ORDER BY agreement_version DESC LIMIT 1"""
    return await rows.one(db, AgreementView, query, program_id, part.value, agreement_version)


async def cohort(db: Database, *, cohort_id: UUID) -> CohortView | None:
    """One cohort."""
    return await rows.one(db, CohortView, f"{_COHORTS} WHERE cohort_id = $1", cohort_id)


async def cohorts(
    db: Database,
    page: PageRequest,
    *,
    program_id: UUID | None = None,
    stages: Sequence[CohortStage] = (),
) -> PageOf[CohortView]:
    """Cohorts, the newest first."""
    query = f"""{_COHORTS} WHERE ($1::uuid IS NULL OR program_id = $1)
        AND (cardinality($2::text[]) = 0 OR stage = ANY ($2))
        AND ($3::timestamptz IS NULL OR (scheduled_at, cohort_id) < ($3, $4))
        ORDER BY scheduled_at DESC, cohort_id DESC LIMIT $5"""
    after = page.after or (None, None)
    wanted = [stage.value for stage in stages]
    found = await rows.many(db, CohortView, query, program_id, wanted, *after, page.rows)
    return page.of(found, lambda cohort: (cohort.scheduled_at, cohort.cohort_id))


async def offer(db: Database, *, cohort_id: UUID) -> OfferView | None:
    """What somebody who applies to this cohort is checked against."""
    query = """SELECT c.program_id, p.eligibility
        FROM read.cohorts c JOIN read.programs p USING (tenant, program_id)
        WHERE c.cohort_id = $1"""
    return await rows.one(db, OfferView, query, cohort_id)


async def manages(db: Database, *, program_id: UUID, person_id: UUID | None) -> bool:
    """Whether this person is a program manager of this program."""
    found: bool = await db.fetchval(
        "SELECT EXISTS (SELECT FROM read.governance"
        " WHERE program_id = $1 AND person_id = $2 AND role = 'program_manager')",
        program_id,
        person_id,
    )
    return found

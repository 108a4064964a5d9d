"""Applications and enrollments, for those who may see them."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

import msgspec
from pydantic import Field

from services.enrollment.domain.enrollment.state import Condition, Stage
from services.enrollment.domain.rubric import Rubric
from services.enrollment.queries import rows
from services.enrollment.queries.people import ExpertiseView
from services.enrollment.queries.programs import TrainingView
from shared.database import Database
from shared.events.enrollment import Criterion, Part
from shared.frozen import frozen
from shared.http import Moment, PageOf, PageRequest, View
from shared.ids import EnrollmentId, PersonId, ProgramId, TenantId
from shared.sealed import Sealed


class RuleResultView(View):
    rule_id: str
    criterion: Criterion
    input: str
    passed: bool


class EvaluationView(View):
    rules_version: int
    eligible: bool
    results: list[RuleResultView]


class ScoreView(View):
    code: str
    score: int


class AssessmentView(View):
    rubric_version: int
    scores: list[ScoreView]
    total: int


class DecisionView(View):
    reason: str | None = Field(
        description="A code; or a manager's own words, null in lists and for others."
    )
    decided_by: UUID | None
    queued_days: int | None
    decided_at: Moment


class BaselineView(View):
    skills: list[ExpertiseView]
    confidence: int
    cross_functional_contacts: int
    recorded_at: Moment


class ModuleView(View):
    module: str
    required: bool
    completed_at: Moment | None


class EnrollmentView(View):
    enrollment_id: UUID
    program_id: UUID
    cohort_id: UUID
    person_id: UUID
    part: Part
    stage: Stage
    missing: list[Condition] = Field(description="What must still happen before enrollment.")
    submitted_at: Moment
    queued_days: int | None = Field(description="Whole days until the decision, or until now.")
    desired_outcomes: list[UUID]
    written: list[str] = Field(description="Which texts there are: challenges, motivation.")
    challenges: str | None = Field(default=None, description="Null in lists and for others.")
    motivation: str | None = Field(default=None, description="Null in lists and for others.")
    eligibility: EvaluationView | None
    assessment: AssessmentView | None
    decision: DecisionView | None
    opted_in_at: Moment | None
    agreement_version: int | None
    baseline: BaselineView | None
    training: list[ModuleView]
    enrolled_at: Moment | None
    withdrew_at: Moment | None
    withdrawal_reason: str | None
    graduated_at: Moment | None
    version: int


@frozen
class Viewer:
    """Who looks at enrollments: their own, those of programs they manage, or all of them."""

    person_id: UUID | None
    sees_all: bool


@frozen
class Wanted:
    """Which enrollments a list is about; whatever is left open does not matter."""

    cohort_id: UUID | None = None
    program_id: UUID | None = None
    person_id: UUID | None = None
    parts: Sequence[Part] = ()
    stages: Sequence[Stage] = ()


_ENROLLMENTS: Final = """
SELECT e.enrollment_id, e.program_id, e.cohort_id, e.person_id, e.part, e.stage,
       CASE WHEN e.stage IN ('submitted', 'admitted') THEN array_remove(ARRAY[
           CASE WHEN e.stage = 'submitted' THEN 'decision' END,
           CASE WHEN e.agreement_version IS NULL THEN 'agreement' END,
           CASE WHEN e.opted_in_at IS NULL THEN 'opt_in' END,
           CASE WHEN e.part = 'mentee' AND e.baseline IS NULL THEN 'baseline' END,
           CASE WHEN EXISTS (
               SELECT FROM read.trainings t
               WHERE t.tenant = e.tenant AND t.enrollment_id = e.enrollment_id
                 AND t.required AND t.completed_at IS NULL) THEN 'training' END
       ], NULL) ELSE '{}' END AS missing,
       e.submitted_at,
       CASE WHEN e.stage = 'submitted'
            THEN floor(extract(epoch FROM $1::timestamptz - e.submitted_at) / 86400)::integer
            ELSE (e.decision ->> 'queued_days')::integer END AS queued_days,
       e.desired_outcomes,
       array_remove(ARRAY[CASE WHEN e.challenges IS NOT NULL THEN 'challenges' END,
                          CASE WHEN e.motivation IS NOT NULL THEN 'motivation' END], NULL)
           AS written,
       e.eligibility, e.assessment, e.decision, e.opted_in_at, e.agreement_version, e.baseline,
       coalesce((
           SELECT json_agg(json_build_object('module', t.module, 'required', t.required,
                           'completed_at', t.completed_at) ORDER BY t.module)
           FROM read.trainings t
           WHERE t.tenant = e.tenant AND t.enrollment_id = e.enrollment_id
       ), '[]') AS training,
       e.enrolled_at, e.withdrew_at, e.withdrawal_reason, e.graduated_at, e.version
FROM read.enrollments e
WHERE ($2 OR e.person_id = $3 OR EXISTS (
    SELECT FROM read.governance g
    WHERE g.tenant = e.tenant AND g.program_id = e.program_id AND g.person_id = $3
      AND g.role = 'program_manager'))
"""


async def enrollment(
    db: Database, *, enrollment_id: UUID, viewer: Viewer, now: datetime
) -> EnrollmentView | None:
    """One enrollment, without its texts; None for those who may not see it."""
    query = f"{_ENROLLMENTS} AND e.enrollment_id = $4"
    return await rows.one(
        db, EnrollmentView, query, now, viewer.sees_all, viewer.person_id, enrollment_id
    )


async def enrollments(
    db: Database, page: PageRequest, *, wanted: Wanted, viewer: Viewer, now: datetime
) -> PageOf[EnrollmentView]:
    """Enrollments that the viewer may see, the longest waiting first."""
    query = f"""{_ENROLLMENTS}
        AND ($4::uuid IS NULL OR e.cohort_id = $4) AND ($5::uuid IS NULL OR e.program_id = $5)
        AND ($6::uuid IS NULL OR e.person_id = $6)
        AND (cardinality($7::text[]) = 0 OR e.part = ANY ($7))
        AND (cardinality($8::text[]) = 0 OR e.stage = ANY ($8))
        AND ($9::timestamptz IS NULL OR (e.submitted_at, e.enrollment_id) > ($9, $10))
        ORDER BY e.submitted_at, e.enrollment_id LIMIT $11"""
    found = await rows.many(
        db,
        EnrollmentView,
        query,
        *(now, viewer.sees_all, viewer.person_id),
        *(wanted.cohort_id, wanted.program_id, wanted.person_id),
        [part.value for part in wanted.parts],
        [stage.value for stage in wanted.stages],
        *(page.after or (None, None)),
        page.rows,
    )
    return page.of(found, lambda each: (each.submitted_at, each.enrollment_id))


async def texts(db: Database, *, enrollment_id: UUID) -> dict[str, Sealed]:
    """What was written in an application and about it, still sealed, by field."""
    row = await db.fetchrow(
        "SELECT challenges::text, motivation::text, reason::text FROM read.enrollments"
        " WHERE enrollment_id = $1",
        enrollment_id,
    )
    found = {} if row is None else dict(row)
    return {
        field: msgspec.json.decode(text, type=Sealed)
        for field, text in found.items()
        if text is not None
    }


_UNFINISHED: Final = """
(e.stage IN ('submitted', 'admitted', 'enrolled') OR (e.stage = 'graduated' AND e.part = 'mentor'))
"""


async def unfinished(db: Database, *, person_ids: Iterable[UUID]) -> dict[UUID, list[EnrollmentId]]:
    """By person, what a leaver must be withdrawn from."""
    found = await db.fetch(
        "SELECT person_id, enrollment_id FROM read.enrollments e WHERE person_id = ANY ($1)"  # noqa: S608  # no part comes from outside
        f" AND {_UNFINISHED} ORDER BY enrollment_id",
        list(person_ids),
    )
    by_person: dict[UUID, list[EnrollmentId]] = {}
    for row in found:
        by_person.setdefault(row["person_id"], []).append(EnrollmentId(row["enrollment_id"]))
    return by_person


async def left_behind(db: Database, tenant: TenantId, person_id: PersonId) -> list[EnrollmentId]:
    """What somebody who has left still takes part in; asked by a worker."""
    found = await db.fetch(
        f"""SELECT e.enrollment_id FROM read.enrollments e
        JOIN read.people p USING (tenant, person_id)
        WHERE e.tenant = $1 AND e.person_id = $2 AND p.standing <> 'active' AND {_UNFINISHED}
        ORDER BY e.enrollment_id""",  # noqa: S608  # no part comes from outside
        tenant,
        person_id,
    )
    return [EnrollmentId(row["enrollment_id"]) for row in found]


async def current_agreement(db: Database, *, enrollment_id: UUID) -> int:
    """The version that this participant can accept now; 0 if there is none."""
    version: int = await db.fetchval(
        "SELECT coalesce(max(a.agreement_version), 0) FROM read.enrollments e"
        " JOIN read.agreements a USING (tenant, program_id, part) WHERE e.enrollment_id = $1",
        enrollment_id,
    )
    return version


@frozen
class Case:
    """What a decision about an application goes by."""

    program_id: ProgramId
    person_id: PersonId
    managed: bool  # by the person who asks
    rubric: Rubric | None
    training: TrainingView


_NO_TRAINING: Final = TrainingView(modules=[], required=[])


async def cases(
    db: Database, *, enrollment_ids: Sequence[UUID], manager_id: UUID | None
) -> Mapping[UUID, Case]:
    """By enrollment, the rubric and training of its program, and who manages that."""
    found = await db.fetch(
        """SELECT e.enrollment_id, e.program_id, e.person_id, p.rubric::text, p.training::text,
               EXISTS (SELECT FROM read.governance g WHERE g.tenant = p.tenant
                   AND g.program_id = p.program_id AND g.person_id = $2
                   AND g.role = 'program_manager') AS managed
        FROM read.enrollments e JOIN read.programs p USING (tenant, program_id)
        WHERE e.enrollment_id = ANY ($1)""",
        list(enrollment_ids),
        manager_id,
    )
    return {
        row["enrollment_id"]: Case(
            program_id=ProgramId(row["program_id"]),
            person_id=PersonId(row["person_id"]),
            managed=row["managed"],
            rubric=msgspec.json.decode(row["rubric"], type=Rubric) if row["rubric"] else None,
            training=TrainingView.model_validate_json(row["training"])
            if row["training"]
            else _NO_TRAINING,
        )
        for row in found
    }

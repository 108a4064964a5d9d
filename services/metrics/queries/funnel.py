"""The way from application to completed journey, in counts of both parts."""

from datetime import datetime
from typing import Any, TypeAlias
from uuid import UUID

from services.metrics.queries import positions
from services.metrics.queries.counted import REACHED
from services.metrics.queries.views import FunnelView, StageView
from shared.database import Database
from shared.fairness.suppression import Threshold
from shared.frozen import frozen

Stage: TypeAlias = tuple[str, str]  # code and name

_STAGES: tuple[Stage, ...] = (
    ("applied", "Applied"),
    ("accepted", "Accepted"),
    ("enrolled", "Enrolled"),
    ("proposed", "Proposed"),
    ("paired", "Paired"),
    ("confirmed", "Trial passed"),
    ("met", "First session held"),
    ("graduated", "Journey completed"),
)

_COUNTED = f"""
SELECT e.part, count(*) AS applied, count(e.accepted_at) AS accepted,
       count(e.enrolled_at) AS enrolled, count(p.proposed_at) AS proposed,
       count(p.paired_at) AS paired, count(p.confirmed_at) AS confirmed,
       count(*) FILTER (WHERE p.held > 0) AS met,
       count(e.graduated_at) AS graduated
FROM figures.enrollments e
LEFT JOIN ({REACHED}) p USING (tenant, enrollment_id)
WHERE e.program_id = $1 AND ($2::uuid IS NULL OR e.cohort_id = $2)
GROUP BY e.part
"""  # noqa: S608  # no part comes from outside


@frozen
class Question:
    """Whose way is asked for; `protected` hides small counts."""

    program_id: UUID
    now: datetime
    threshold: Threshold
    protected: bool
    cohort_id: UUID | None = None


async def funnel(db: Database, *, question: Question) -> FunnelView:
    """How many came how far."""
    as_of = positions.packed(await positions.reached(db))
    name = await db.fetchval(
        "SELECT name FROM figures.programs WHERE program_id = $1", question.program_id
    )
    rows = await db.fetch(_COUNTED, question.program_id, question.cohort_id)
    by_part = {row["part"]: row for row in rows}
    return FunnelView(
        program_id=question.program_id,
        program_name=name,
        cohort_id=question.cohort_id,
        as_of=as_of,
        counted_at=question.now,
        items=[_stage(stage, by_part, question) for stage in _STAGES],
    )


def _stage(stage: Stage, by_part: dict[str, Any], question: Question) -> StageView:
    code, name = stage
    mentees, mentors = (
        by_part[part][code] if part in by_part else 0 for part in ("mentee", "mentor")
    )
    small = any(0 < count < question.threshold.size for count in (mentees, mentors))
    hide = question.protected and small
    return StageView(
        code=code,
        name=name,
        suppressed=hide,
        mentees=None if hide else mentees,
        mentors=None if hide else mentors,
    )

"""Goals of a mentee and objectives of both."""

from collections.abc import Mapping
from datetime import date
from typing import Any
from uuid import UUID

import msgspec
from pydantic import Field

from services.sessions.domain.goal import GoalStatus
from services.sessions.domain.goal.commands import DropReason
from services.sessions.queries import places
from services.sessions.queries.sight import Sight, WritingView
from shared.events.sessions import GoalMeasure
from shared.http import Moment, PageOf, PageRequest, View
from shared.ids import GoalId


class MeasureView(View):
    competency_id: UUID | None
    unit: str
    start: int
    target: int


class GoalView(View):
    goal_id: UUID
    pairing_id: UUID
    joint: bool = Field(description="Whether both own it.")
    goal: WritingView
    measure: MeasureView | None = Field(description="Null for a joint objective.")
    priority: str | None = Field(description="Of a joint objective: the charter's code.")
    due_on: date
    status: GoalStatus
    reached: int | None
    drop_reason: DropReason | None
    set_at: Moment
    closed_at: Moment | None
    version: int


_GOALS = """
SELECT goal_id, pairing_id, joint, sealed::text AS sealed, measure::text AS measure, priority,
       due_on, status, reached, drop_reason, set_at, closed_at, version
FROM read.goals WHERE pairing_id = $1
"""
_PAGE = f"""{_GOALS} AND ($2::text IS NULL OR status = $2)
AND ($3::timestamptz IS NULL OR (set_at, goal_id) > ($3, $4::uuid))
ORDER BY set_at, goal_id LIMIT $5
"""


async def goal(sight: Sight, *, goal_id: GoalId) -> GoalView | None:
    """One goal."""
    query = f"{_GOALS} AND goal_id = $2"
    row = await sight.db.fetchrow(query, sight.pair.pairing_id, goal_id)
    return await _goal(sight, row) if row else None


async def goals(sight: Sight, page: PageRequest, *, status: GoalStatus | None) -> PageOf[GoalView]:
    """Goals of a pair, the earliest first."""
    after = page.after or (None, None)
    rows = await sight.db.fetch(_PAGE, sight.pair.pairing_id, status, *after, page.rows)
    items = [await _goal(sight, row) for row in rows]
    return page.of(items, lambda item: (item.set_at, item.goal_id))


async def _goal(sight: Sight, row: Mapping[str, Any]) -> GoalView:
    fields = dict(row)
    stored, place = fields.pop("sealed"), places.goal(sight.pair.tenant, row["goal_id"])
    measure = fields.pop("measure")
    if measure is not None:
        known = msgspec.json.decode(measure, type=GoalMeasure)
        measure = MeasureView.model_validate(known)
    return GoalView(**fields, goal=await sight.writing(stored, place), measure=measure)

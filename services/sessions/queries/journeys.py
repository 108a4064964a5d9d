"""Journeys, and how far each has come."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
from pydantic import Field

from services.sessions.domain.journey.state import Phase
from services.sessions.queries.sight import Sight
from shared.database import Database
from shared.events.sessions import TemplateSession
from shared.http import Moment, PageOf, PageRequest, View
from shared.ids import PersonId, ProgramId


class PlannedSessionView(View):
    """One session that the template asks for."""

    place: int
    code: str
    title: str
    minutes: int


class JourneyView(View):
    pairing_id: UUID
    program_id: UUID
    cohort_id: UUID
    mentor: UUID = Field(description="The mentor's enrollment.")
    mentee: UUID = Field(description="The mentee's enrollment.")
    mentor_person: UUID
    mentee_person: UUID
    template: str
    template_version: int
    plan: list[PlannedSessionView]
    phase: Phase
    every_days: int
    review_every_days: int
    next_session_by: Moment
    next_review_by: Moment
    sessions_held: int
    sessions_missed: int
    cadence_missed: int = Field(description="How often the pair let the day pass.")
    last_met_at: Moment | None
    meet_by: Moment = Field(description="When the pair is late, counted from when it last met.")
    started_at: Moment
    over_at: Moment | None
    end_reason: str | None
    version: int


class JourneyItemView(JourneyView):
    """A journey in a list, with how late it is now."""

    days_late: int = Field(description="Whole days since `meet_by`; 0 if it is to come.")


_JOURNEYS = """
SELECT pairing_id, program_id, cohort_id, mentor, mentee, mentor_person, mentee_person, template,
       template_version, plan::text AS plan, phase, every_days, review_every_days,
       next_session_by, next_review_by, sessions_held, sessions_missed, cadence_missed,
       last_met_at, coalesce(last_met_at, started_at) + make_interval(days => every_days)
       AS meet_by, started_at, over_at, end_reason, version
FROM read.journeys AS j
LEFT JOIN LATERAL (
    SELECT max(starts_at) AS last_met_at FROM read.sessions AS s
    WHERE s.tenant = j.tenant AND s.pairing_id = j.pairing_id AND s.status = 'held'
) AS met ON true
"""
_ONE = f"{_JOURNEYS} WHERE pairing_id = $1"
_OWN = f"""{_JOURNEYS} WHERE (mentor_person = $1 OR mentee_person = $1)
AND ($2::text IS NULL OR phase = $2)
AND ($3::timestamptz IS NULL OR (started_at, pairing_id) < ($3, $4::uuid))
ORDER BY started_at DESC, pairing_id DESC LIMIT $5
"""
_OF_PROGRAM = f"""SELECT * FROM ({_JOURNEYS} WHERE program_id = $1) AS j
WHERE ($2::text IS NULL OR phase = $2)
AND ($3::boolean IS NULL OR (phase = 'active' AND meet_by < $4) = $3)
AND ($5::timestamptz IS NULL OR (started_at, pairing_id) < ($5, $6::uuid))
ORDER BY started_at DESC, pairing_id DESC LIMIT $7
"""  # noqa: S608  # put together from constants


async def journey(sight: Sight) -> JourneyView:
    """One journey."""
    row = await sight.db.fetchrow(_ONE, sight.pair.pairing_id)
    return JourneyView(**_fields(row))


async def own_journeys(
    db: Database,
    page: PageRequest,
    *,
    person: PersonId | None,
    phase: Phase | None,
    now: datetime,
) -> PageOf[JourneyItemView]:
    """Journeys of one person as mentor or mentee, newest first."""
    after = page.after or (None, None)
    rows = await db.fetch(_OWN, person, phase, *after, page.rows)
    return page.of([_item(row, now) for row in rows], _position)


async def journeys_of_program(  # noqa: PLR0913  # each filter is one parameter of the route
    db: Database,
    page: PageRequest,
    *,
    program_id: ProgramId,
    phase: Phase | None,
    late: bool | None,
    now: datetime,
) -> PageOf[JourneyItemView]:
    """Journeys of a program by pseudonym, newest first."""
    after = page.after or (None, None)
    rows = await db.fetch(_OF_PROGRAM, program_id, phase, late, now, *after, page.rows)
    return page.of([_item(row, now) for row in rows], _position)


def _item(row: Mapping[str, Any], now: datetime) -> JourneyItemView:
    active = row["phase"] == Phase.ACTIVE
    days_late = max(0, (now - row["meet_by"]).days) if active else 0
    return JourneyItemView(**_fields(row), days_late=days_late)


def _position(item: JourneyItemView) -> tuple[datetime, UUID]:
    return item.started_at, item.pairing_id


def _fields(row: Mapping[str, Any]) -> dict[str, Any]:
    plan = msgspec.json.decode(row["plan"], type=list[TemplateSession])
    return {**row, "plan": [PlannedSessionView.model_validate(each) for each in plan]}

"""Rosters and the waiting list as views."""

from uuid import UUID

from pydantic import Field

from shared.database import Database
from shared.events.vocabulary import Part
from shared.frozen import frozen
from shared.http import Moment, PageOf, PageRequest, View

_ROSTERS = """
SELECT enrollment_id, program_id, cohort_id, person_id, part, seats, taken, listed, seeking, version
FROM read.rosters
WHERE cohort_id = $1 AND ($2::text IS NULL OR part = $2)
  AND ($3::uuid IS NULL OR enrollment_id > $3)
ORDER BY enrollment_id LIMIT $4
"""
_LIST = """
WITH waiting AS (
    SELECT enrollment_id, person_id, program_id, cohort_id, waiting_since, waiting_reason, priority,
           row_number() OVER (ORDER BY priority DESC, waiting_since, enrollment_id) AS position
    FROM read.rosters
    WHERE cohort_id = $1 AND part = 'mentee' AND listed AND waiting_reason IS NOT NULL
)
"""
_WAITING_LIST = f"""
{_LIST}
SELECT enrollment_id, person_id, position, waiting_since AS since, waiting_reason AS reason,
       priority
FROM waiting WHERE position > $2 ORDER BY position LIMIT $3
"""  # noqa: S608  # the list named above
_ROSTER = f"""
{_LIST}
SELECT r.enrollment_id, r.program_id, r.cohort_id, r.person_id, r.part, r.seats, r.taken, r.listed,
       r.seeking, r.version, w.position, w.waiting_since, w.waiting_reason, w.priority
FROM read.rosters AS r LEFT JOIN waiting AS w USING (enrollment_id)
WHERE r.enrollment_id = $2
"""  # noqa: S608  # the list named above
_COHORT_OF_ROSTER = "SELECT cohort_id FROM read.rosters WHERE enrollment_id = $1"


class WaitingView(View):
    """A place on the waiting list of a cohort."""

    enrollment_id: UUID
    person_id: UUID
    position: int = Field(description="1 is next: who was let down first, then the longest wait.")
    since: Moment
    reason: str = Field(examples=["all_seats_taken", "no_allowed_mentor", "rematch_requested"])
    priority: bool = Field(description="Whether a partner left or let this person down.")


class RosterView(View):
    enrollment_id: UUID
    program_id: UUID
    cohort_id: UUID
    person_id: UUID
    part: Part
    seats: int
    taken: int
    listed: bool = Field(description="Whether this participant is in the pool.")
    seeking: bool = Field(description="Whether the next run looks for a partner.")
    version: int


class PlaceView(RosterView):
    """A roster, with its place on the waiting list if it has one."""

    waiting: WaitingView | None


@frozen
class RosterQuestion:
    """Whose rosters are asked for."""

    cohort_id: UUID
    part: Part | None


async def rosters(
    db: Database, page: PageRequest, *, question: RosterQuestion
) -> PageOf[RosterView]:
    """Seats and load of everybody in a cohort."""
    (after,) = page.after or (None,)
    rows = await db.fetch(_ROSTERS, question.cohort_id, question.part, after, page.rows)
    return page.of([RosterView(**row) for row in rows], lambda view: (view.enrollment_id,))


async def waiting_list(db: Database, page: PageRequest, *, cohort_id: UUID) -> PageOf[WaitingView]:
    """Who waits in a cohort: let down first, then the longest wait."""
    (after,) = page.after or (0,)
    rows = await db.fetch(_WAITING_LIST, cohort_id, after, page.rows)
    return page.of([WaitingView(**row) for row in rows], lambda place: (place.position,))


async def roster(db: Database, *, enrollment_id: UUID) -> PlaceView | None:
    """One roster with its place on the waiting list."""
    cohort_id = await db.fetchval(_COHORT_OF_ROSTER, enrollment_id)
    row = await db.fetchrow(_ROSTER, cohort_id, enrollment_id)
    if row is None:
        return None
    told = dict(row)
    position, since, reason, priority = (
        told.pop(name) for name in ("position", "waiting_since", "waiting_reason", "priority")
    )
    waiting = None
    if position is not None:
        waiting = WaitingView(
            enrollment_id=told["enrollment_id"],
            person_id=told["person_id"],
            position=position,
            since=since,
            reason=reason,
            priority=priority,
        )
    return PlaceView(**told, waiting=waiting)

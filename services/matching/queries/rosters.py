"""Rosters and the waiting list as views."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from pydantic import Field

from services.matching.domain.waiting import FreedSeats, expected_days
from services.matching.queries.waiting import RANKED, freed_seats
from shared import clock
from shared.database import Database
from shared.events.vocabulary import Part
from shared.frozen import frozen
from shared.http import Moment, PageOf, PageRequest, View

_COLUMNS = """
r.enrollment_id, r.program_id, r.cohort_id, r.person_id, r.part, r.seats, r.taken, r.listed,
r.seeking, r.declared, r.seats_limit, r.paused, r.paused_until, r.away_from, r.away_until, r.version
"""
_ROSTERS = f"""
SELECT {_COLUMNS} FROM read.rosters AS r
WHERE cohort_id = $1 AND ($2::text IS NULL OR part = $2)
  AND ($3::uuid IS NULL OR enrollment_id > $3)
ORDER BY enrollment_id LIMIT $4
"""  # noqa: S608  # columns named above
_WAITING_LIST = f"""
WITH waiting AS ({RANKED})
SELECT enrollment_id, person_id, position, waiting_since AS since, waiting_reason AS reason,
       priority
FROM waiting WHERE position > $2 ORDER BY position LIMIT $3
"""  # noqa: S608  # the list named above
_ROSTER = f"""
WITH waiting AS ({RANKED})
SELECT {_COLUMNS}, w.position, w.waiting_since, w.waiting_reason, w.priority
FROM read.rosters AS r LEFT JOIN waiting AS w ON w.enrollment_id = r.enrollment_id
WHERE r.enrollment_id = $2
"""  # noqa: S608  # the list named above
_COHORT_OF_ROSTER = "SELECT cohort_id FROM read.rosters WHERE enrollment_id = $1"


class ExpectedWaitView(View):
    """How long somebody may have to wait, and what that is worked out from."""

    days: int | None = Field(
        description="Position times days between two freed seats; null below five of them."
    )
    freed_seats: int = Field(description="Seats of mentors that became free in this cohort.")
    observed_days: int = Field(description="In how many days, twelve weeks at most.")


class WaitingView(View):
    """A place on the waiting list of a cohort."""

    enrollment_id: UUID
    person_id: UUID
    position: int = Field(description="1 is next: who was let down first, then the longest wait.")
    since: Moment
    reason: str = Field(examples=["all_seats_taken", "no_allowed_mentor", "rematch_requested"])
    priority: bool = Field(description="Whether a partner left or let this person down.")
    expected_wait: ExpectedWaitView


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
    declared: int = Field(description="Seats wished for; `seats` sinks to it as pairings end.")
    seats_limit: int | None = Field(description="Seats at most in this cohort; null: as declared.")
    over: int = Field(description="Seats taken beyond those wished for; nobody is sent away.")
    paused: bool = Field(description="Whether this participant takes nobody new.")
    paused_until: Moment | None
    away_from: Moment | None
    away_until: Moment | None
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
    views = [RosterView(**row, over=_over(row)) for row in rows]
    return page.of(views, lambda view: (view.enrollment_id,))


async def waiting_list(db: Database, page: PageRequest, *, cohort_id: UUID) -> PageOf[WaitingView]:
    """Who waits in a cohort: let down first, then the longest wait."""
    (after,) = page.after or (0,)
    rows = await db.fetch(_WAITING_LIST, cohort_id, after, page.rows)
    freed = await freed_seats(db, cohort_id, clock.now())
    views = [WaitingView(**row, expected_wait=_wait(row["position"], freed)) for row in rows]
    return page.of(views, lambda place: (place.position,))


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
            expected_wait=_wait(position, await freed_seats(db, cohort_id, clock.now())),
        )
    return PlaceView(**told, over=_over(told), waiting=waiting)


def _wait(position: int, freed: FreedSeats) -> ExpectedWaitView:
    return ExpectedWaitView(
        days=expected_days(position, freed),
        freed_seats=freed.seats,
        observed_days=freed.days,
    )


def _over(row: Mapping[str, Any]) -> int:
    limit = row["declared"] if row["seats_limit"] is None else row["seats_limit"]
    beyond: int = row["taken"] - min(row["declared"], limit)
    return max(0, beyond)

"""The waiting list: who is first, who can be offered a freed seat, and how long others may wait."""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from services.matching.domain.bandwidth import Room
from services.matching.domain.fit import Fit
from services.matching.domain.fit import fits as fits_of
from services.matching.domain.waiting import FreedSeats
from services.matching.queries import fits
from shared.database import Database
from shared.events.matching import MatchingPolicySet
from shared.frozen import frozen
from shared.ids import CohortId, EnrollmentId, PersonId, ProgramId, RunId, TenantId

LOT = 50  # of the list, looked at together
LOOK_BACK = timedelta(weeks=12)

# Who has priority comes first, then who waits longest, in days: which of two was heard of first
# on one day is chance. What is left, ids settle, which are drawn anew in each cohort.
RANKED = """
SELECT tenant, enrollment_id, person_id, waiting_since, waiting_reason, priority,
       row_number() OVER (ORDER BY priority DESC,
           date_trunc('day', waiting_since, 'UTC'), enrollment_id) AS position
FROM read.rosters
WHERE cohort_id = $1 AND part = 'mentee' AND listed AND waiting_reason IS NOT NULL
"""
_NEXT = f"""
WITH ranked AS ({RANKED} AND tenant = $2)
SELECT w.enrollment_id, w.position::integer AS position FROM ranked AS w
JOIN read.rosters AS r ON r.tenant = w.tenant AND r.enrollment_id = w.enrollment_id
WHERE w.position > $3 AND r.taken < r.seats AND NOT r.paused
  AND w.enrollment_id <> ALL($5::uuid[])
  AND NOT EXISTS (SELECT FROM read.pairings AS p WHERE p.tenant = w.tenant
      AND p.cohort_id = $1 AND p.mentor = $4 AND p.mentee = w.enrollment_id)
ORDER BY w.position LIMIT $6
"""  # noqa: S608  # the list named above
_POSITION = f"""
WITH ranked AS ({RANKED} AND tenant = $2)
SELECT position::integer FROM ranked WHERE enrollment_id = $3
"""  # noqa: S608  # the list named above
_OPEN_SEATS = """
SELECT r.enrollment_id, r.program_id, r.cohort_id, r.person_id,
       r.seats - r.taken AS free,
       l.seats - l.seats_taken AS seats, l.hours - l.hours_taken AS hours,
       ARRAY(SELECT DISTINCT e.program_id FROM read.load_entries AS e
             WHERE e.tenant = r.tenant AND e.person_id = r.person_id AND e.part = 'mentor')
           AS programs
FROM read.rosters AS r
LEFT JOIN read.loads AS l ON l.tenant = r.tenant AND l.person_id = r.person_id
WHERE r.tenant = $1 AND ($2::uuid IS NULL OR r.enrollment_id = $2)
  AND ($3::uuid IS NULL OR r.cohort_id = $3) AND ($4::uuid IS NULL OR r.person_id = $4)
  AND ($5::uuid IS NULL OR EXISTS (SELECT FROM read.runs AS u
      WHERE u.tenant = r.tenant AND u.run_id = $5
        AND (u.published_at <= greatest(r.listed_at, r.back_since) OR EXISTS (
            SELECT FROM read.freed_seats AS f
            WHERE f.tenant = r.tenant AND f.enrollment_id = r.enrollment_id
              AND f.freed_at >= u.published_at))))
  AND r.part = 'mentor' AND r.listed AND NOT r.paused AND r.taken < r.seats
  AND NOT coalesce(l.overloaded, false)
  AND NOT EXISTS (SELECT FROM read.runs AS u
      WHERE u.tenant = r.tenant AND u.cohort_id = r.cohort_id AND u.state = 'publishing')
  AND NOT EXISTS (SELECT FROM read.cohort_ends AS e
      WHERE e.tenant = r.tenant AND e.cohort_id = r.cohort_id)
ORDER BY r.enrollment_id
"""
_BEFORE = """
SELECT mentor FROM read.pairings WHERE tenant = $1 AND cohort_id = $2 AND mentee = $3
"""
_FREED = """
SELECT count(f.pairing_id)::integer AS seats, min(r.listed_at) AS since
FROM read.rosters AS r LEFT JOIN read.freed_seats AS f
    ON f.tenant = r.tenant AND f.enrollment_id = r.enrollment_id AND f.freed_at > $2
WHERE r.cohort_id = $1 AND r.part = 'mentor'
"""


@frozen
class OpenSeat:
    """A mentor who can be given somebody now."""

    enrollment_id: EnrollmentId
    program_id: ProgramId
    cohort_id: CohortId
    person_id: PersonId
    free: int  # here, whatever they carry elsewhere
    room: Room  # at the beginning, whatever is given here


@frozen
class Found:
    """Two who can be paired, and where the mentee stands in the list."""

    fit: Fit
    position: int


async def open_seats(  # noqa: PLR0913  # each says of whom
    db: Database,
    tenant: TenantId,
    *,
    mentor: UUID | None = None,
    cohort_id: UUID | None = None,
    person_id: UUID | None = None,
    since_run: RunId | None = None,
) -> Sequence[OpenSeat]:
    """Mentors with seats to give; none where a run is being published or the cohort is over.

    Args:
        db: of any tenant.
        tenant: whose mentors.
        mentor: this enrollment only.
        cohort_id: this cohort only.
        person_id: this person only.
        since_run: only where a seat became free, or somebody came, since this run was published.
    """
    rows = await db.fetch(_OPEN_SEATS, tenant, mentor, cohort_id, person_id, since_run)
    return [_open_seat(row) for row in rows]


def _open_seat(row: Any) -> OpenSeat:  # noqa: ANN401  # a row
    told = dict(row)
    programs = frozenset(map(ProgramId, told.pop("programs")))
    room = Room(seats=told.pop("seats"), hours=told.pop("hours"), programs=programs)
    return OpenSeat(**told, room=room)


async def first_allowed(
    db: Database,
    tenant: TenantId,
    seat: OpenSeat,
    policy: MatchingPolicySet,
    without: Collection[EnrollmentId] = (),
) -> Found | None:
    """The first on the list whom the rules allow with this mentor, and who has not had them yet."""
    after = 0
    while True:
        rows = await db.fetch(
            _NEXT, seat.cohort_id, tenant, after, seat.enrollment_id, list(without), LOT
        )
        if not rows:
            return None
        people = [row["enrollment_id"] for row in rows]
        sides = (people, [seat.enrollment_id])
        source = await fits.source(db, tenant, policy, seat.cohort_id, sides)
        allowed = {fit.mentee.enrollment_id: fit for fit in fits_of(source) if fit.is_allowed}
        for row in rows:
            if row["enrollment_id"] in allowed:
                return Found(fit=allowed[row["enrollment_id"]], position=row["position"])
        after = rows[-1]["position"]


async def best_seat(
    db: Database,
    tenant: TenantId,
    mentee: EnrollmentId,
    cohort_id: CohortId,
    policy: MatchingPolicySet,
) -> Found | None:
    """The free mentor who fits this mentee best, of those they have not had yet."""
    position = await db.fetchval(_POSITION, cohort_id, tenant, mentee)
    had = {row["mentor"] for row in await db.fetch(_BEFORE, tenant, cohort_id, mentee)}
    seats = await open_seats(db, tenant, cohort_id=cohort_id)
    able = (seat.enrollment_id for seat in seats if seat.room.takes(policy))
    mentors = [mentor for mentor in able if mentor not in had]
    if position is None or not mentors:
        return None
    source = await fits.source(db, tenant, policy, cohort_id, ([mentee], mentors))
    allowed = [fit for fit in fits_of(source) if fit.is_allowed]
    if not allowed:
        return None
    best = max(allowed, key=lambda fit: (fit.score, fit.mentor.enrollment_id))
    return Found(fit=best, position=position)


async def freed_seats(db: Database, cohort_id: UUID, now: datetime) -> FreedSeats:
    """How many seats of mentors became free lately, for the caller's tenant."""
    since = now - LOOK_BACK
    row = await db.fetchrow(_FREED, cohort_id, since)
    first = row["since"]
    days = (now - max(since, first)).days if first is not None else 0
    return FreedSeats(seats=row["seats"], days=max(1, days))

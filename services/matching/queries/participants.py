"""What a participant is told, what one person carries, and what needs a manager's eye."""

from uuid import UUID

from pydantic import Field

from shared.database import Database
from shared.http import Moment, PageOf, PageRequest, View

_NOTICES = """
WITH told AS (
    SELECT n.notice_id, n.kind, n.pairing_id, n.request_id, p.program_id, p.cohort_id,
           NULL::uuid AS enrollment_id, n.due_at, n.at
    FROM read.pairings AS p
    JOIN read.notices AS n ON n.tenant = p.tenant AND n.pairing_id = p.pairing_id
    WHERE n.enrollment_id IS NULL AND (
        (p.mentor_person = $1 AND coalesce(n.part, 'mentor') = 'mentor')
        OR (p.mentee_person = $1 AND coalesce(n.part, 'mentee') = 'mentee'))
    UNION ALL
    SELECT n.notice_id, n.kind, n.pairing_id, n.request_id, r.program_id, r.cohort_id,
           n.enrollment_id, n.due_at, n.at
    FROM read.rosters AS r
    JOIN read.notices AS n ON n.tenant = r.tenant AND n.enrollment_id = r.enrollment_id
    WHERE r.person_id = $1
    UNION ALL
    SELECT n.notice_id, n.kind, n.pairing_id, n.request_id, p.program_id, p.cohort_id,
           NULL::uuid AS enrollment_id, n.due_at, n.at
    FROM pool.governance AS g
    JOIN read.pairings AS p ON p.tenant = g.tenant AND p.program_id = g.program_id
    JOIN read.notices AS n ON n.tenant = p.tenant AND n.pairing_id = p.pairing_id
    WHERE n.for_managers AND g.person_id = $1 AND g.role = 'program_manager'
      AND $1 NOT IN (p.mentor_person, p.mentee_person)
)
SELECT * FROM told WHERE ($2::timestamptz IS NULL OR at > $2)
  AND ($3::timestamptz IS NULL OR (at, notice_id) < ($3, $4))
ORDER BY at DESC, notice_id DESC LIMIT $5
"""
_LOAD = """
SELECT l.person_id, l.seats, l.hours AS hours_per_month, l.seats_taken, l.hours_taken,
       l.circles, l.overloaded, l.overloaded_at, l.version,
       (SELECT count(DISTINCT e.program_id)::integer FROM read.load_entries AS e
        WHERE e.tenant = l.tenant AND e.person_id = l.person_id AND e.part = 'mentor') AS programs
FROM read.loads AS l
"""
_OF_PERSON = f"{_LOAD} WHERE l.person_id = $1"
_OVERLOADED = f"""
{_LOAD} WHERE l.overloaded AND EXISTS (SELECT FROM read.rosters AS r WHERE r.tenant = l.tenant
    AND r.person_id = l.person_id AND r.program_id = $1 AND r.part = 'mentor' AND r.listed)
  AND ($2::uuid IS NULL OR l.person_id > $2)
ORDER BY l.person_id LIMIT $3
"""
_IS_IN = "SELECT DISTINCT program_id FROM read.rosters WHERE person_id = $1"
_ATTENTION = """
SELECT
  (SELECT count(*)::integer FROM read.loads AS l WHERE l.overloaded AND EXISTS (
      SELECT FROM read.rosters AS r WHERE r.tenant = l.tenant AND r.person_id = l.person_id
        AND r.program_id = $1 AND r.part = 'mentor' AND r.listed)) AS overloaded_mentors,
  (SELECT count(*)::integer FROM read.appeals WHERE program_id = $1 AND state = 'open')
      AS open_appeals,
  (SELECT count(*)::integer FROM read.appeals WHERE program_id = $1 AND state = 'overdue')
      AS overdue_appeals,
  (SELECT count(*)::integer FROM read.escalations AS e
      JOIN read.pairings AS p ON p.tenant = e.tenant AND p.pairing_id = e.pairing_id
      WHERE p.program_id = $1 AND e.state = 'overdue') AS overdue_escalations,
  (SELECT count(*)::integer FROM read.rosters WHERE program_id = $1 AND listed
      AND orphan_step = 're_matched') AS left_without_partner,
  (SELECT count(*)::integer FROM read.pairings WHERE program_id = $1
      AND silent_since IS NOT NULL) AS silent_pairings,
  (SELECT count(*)::integer FROM read.rosters WHERE program_id = $1 AND listed
      AND taken > least(declared, coalesce(seats_limit, declared))) AS beyond_wished_seats
"""
_RE_RUNS = """
SELECT a.cohort_id, array_agg(a.appeal_id ORDER BY a.decided_at) AS appeals,
       min(a.decided_at) AS since
FROM read.appeals AS a
WHERE a.program_id = $1 AND a.outcome = 'upheld_re_run' AND NOT EXISTS (
    SELECT FROM read.runs AS r WHERE r.tenant = a.tenant AND r.cohort_id = a.cohort_id
      AND r.state IN ('publishing', 'published') AND r.requested_at > a.decided_at)
GROUP BY a.cohort_id ORDER BY a.cohort_id
"""


class NoticeView(View):
    """Something that a participant is to know, or a manager of two who do not meet."""

    notice_id: UUID
    kind: str = Field(
        examples=["partner_left", "seat_offered", "request_received", "review_due", "gone_silent"]
    )
    pairing_id: UUID | None
    request_id: UUID | None
    program_id: UUID
    cohort_id: UUID
    enrollment_id: UUID | None = Field(description="Null if it is about a pairing as a whole.")
    due_at: Moment | None = Field(description="When something follows by itself, or is asked.")
    at: Moment


class LoadView(View):
    """What one person carries, all programs together."""

    person_id: UUID
    seats: int | None = Field(description="Declared; null if nothing was.")
    hours_per_month: int | None
    seats_taken: int = Field(description="Mentees, proposals included.")
    hours_taken: int = Field(description="A month, as mentor and as mentee.")
    circles: int = Field(description="Open ones that this person is in.")
    programs: int = Field(description="In which this person has mentees.")
    overloaded: bool
    overloaded_at: Moment | None
    version: int


class ReRunView(View):
    """A cohort that an appeal wants matched anew; it stands until a later run is published."""

    cohort_id: UUID
    appeals: list[UUID]
    since: Moment


class AttentionView(View):
    """What needs a manager's eye, in numbers; the lists have their own routes."""

    overloaded_mentors: int
    open_appeals: int
    overdue_appeals: int
    overdue_escalations: int
    left_without_partner: int = Field(description="Whose mentor left, after every step was taken.")
    silent_pairings: int = Field(description="Two who do not meet: `silent` in their lists.")
    beyond_wished_seats: int = Field(description="Rosters with more taken than wished for.")
    re_runs: list[ReRunView]


async def notices(
    db: Database, page: PageRequest, *, person_id: UUID, since: Moment | None
) -> PageOf[NoticeView]:
    """What one person was told, the latest first."""
    before = page.after or (None, None)
    rows = await db.fetch(_NOTICES, person_id, since, *before, page.rows)
    return page.of([NoticeView(**row) for row in rows], lambda view: (view.at, view.notice_id))


async def load(db: Database, *, person_id: UUID) -> LoadView | None:
    """What one person carries."""
    row = await db.fetchrow(_OF_PERSON, person_id)
    return None if row is None else LoadView(**row)


async def programs_of(db: Database, person_id: UUID) -> list[UUID]:
    """Programs in which this person is or was in the pool."""
    return [row["program_id"] for row in await db.fetch(_IS_IN, person_id)]


async def overloaded(db: Database, page: PageRequest, *, program_id: UUID) -> PageOf[LoadView]:
    """Mentors of a program who carry more than they declared, wherever they carry it."""
    (after,) = page.after or (None,)
    rows = await db.fetch(_OVERLOADED, program_id, after, page.rows)
    return page.of([LoadView(**row) for row in rows], lambda view: (view.person_id,))


async def attention(db: Database, *, program_id: UUID) -> AttentionView:
    """What a program's managers are to look at."""
    counts = await db.fetchrow(_ATTENTION, program_id)
    wanted = [ReRunView(**row) for row in await db.fetch(_RE_RUNS, program_id)]
    return AttentionView(**counts, re_runs=wanted)

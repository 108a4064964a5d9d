"""Who is unmatched or available, and what is requested, active, or past: one table each."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType
from typing import Any
from uuid import UUID

from pydantic import Field

from shared.database import Database
from shared.events.matching import EndReason, PairingFormat, SilenceStep
from shared.events.vocabulary import Part
from shared.frozen import frozen
from shared.http import Moment, PageOf, PageRequest, View

_UNMATCHED = "r.taken = 0 AND r.part = coalesce($5, 'mentee')"
_AVAILABLE = """
r.part = 'mentor' AND $5 IS DISTINCT FROM 'mentee' AND r.taken < r.seats AND NOT r.paused
AND NOT coalesce(l.overloaded, false) AND (l.seats IS NULL OR l.seats_taken < l.seats)
"""
_PLACES = """
SELECT r.enrollment_id, r.cohort_id, r.person_id, r.part, p.function, r.seats, r.taken,
       CASE WHEN r.paused THEN 'paused' WHEN r.waiting_reason IS NOT NULL THEN 'waiting'
            WHEN r.seeking THEN 'seeking' ELSE 'idle' END AS state,
       r.priority, r.waiting_reason, r.waiting_since AS since
FROM read.rosters AS r
LEFT JOIN pool.people AS p ON p.tenant = r.tenant AND p.person_id = r.person_id
LEFT JOIN read.loads AS l ON l.tenant = r.tenant AND l.person_id = r.person_id
WHERE r.program_id = $1 AND r.listed AND ($2::uuid IS NULL OR r.cohort_id = $2)
  AND ($3::text IS NULL OR p.function = $3)
  AND ($4::timestamptz IS NULL OR r.waiting_since >= $4) AND {which}
  AND ($6::text IS NULL OR $6 = CASE WHEN r.paused THEN 'paused'
       WHEN r.waiting_reason IS NOT NULL THEN 'waiting' WHEN r.seeking THEN 'seeking'
       ELSE 'idle' END)
  AND ($7::timestamptz IS NULL OR (r.waiting_since, r.enrollment_id) > ($7, $8))
ORDER BY r.waiting_since, r.enrollment_id LIMIT $9
"""
_PAIRS = """
SELECT c.pairing_id, c.cohort_id, c.mentor, c.mentee, c.mentor_person, c.mentee_person,
       a.function AS mentor_function, b.function AS mentee_function, c.format, c.state,
       c.paused_at IS NOT NULL AS paused, c.score, c.cross_functional, c.end_reason, c.proposed_at,
       c.answer_by, c.paired_at, c.ends_at, c.closed_at, c.silent_since, c.silence_next_step,
       c.silence_next_at
FROM read.pairings AS c
LEFT JOIN pool.people AS a ON a.tenant = c.tenant AND a.person_id = c.mentor_person
LEFT JOIN pool.people AS b ON b.tenant = c.tenant AND b.person_id = c.mentee_person
WHERE c.program_id = $1 AND ($2::uuid IS NULL OR c.cohort_id = $2)
  AND ($3::text IS NULL OR $3 IN (a.function, b.function))
  AND ($4::timestamptz IS NULL OR c.proposed_at >= $4)
  AND c.state = ANY($5::text[]) AND ($6::text IS NULL OR c.state = $6)
  AND ($7::timestamptz IS NULL OR (c.proposed_at, c.pairing_id) > ($7, $8))
  AND ($10::boolean IS NULL OR (c.silent_since IS NOT NULL) = $10)
ORDER BY c.proposed_at, c.pairing_id LIMIT $9
"""


class PlaceTable(StrEnum):
    """Tables of people in the pool."""

    UNMATCHED = "unmatched"
    AVAILABLE = "available"


class PairTable(StrEnum):
    """Tables of pairs."""

    REQUESTED = "requested"
    ACTIVE = "active"
    PAST = "past"


_WHICH: Mapping[PlaceTable, str] = MappingProxyType(
    {
        PlaceTable.UNMATCHED: _PLACES.format(which=_UNMATCHED),
        PlaceTable.AVAILABLE: _PLACES.format(which=_AVAILABLE),
    }
)
_STATES: Mapping[PairTable, Sequence[str]] = MappingProxyType(
    {
        PairTable.REQUESTED: ("proposed",),
        PairTable.ACTIVE: ("on_trial", "confirmed"),
        PairTable.PAST: ("declined", "expired", "ended"),
    }
)


class PlaceRow(View):
    """Somebody in the pool; people appear as ids."""

    enrollment_id: UUID
    cohort_id: UUID
    person_id: UUID
    part: Part
    function: str | None
    seats: int
    taken: int
    state: str = Field(examples=["waiting", "seeking", "paused", "idle"])
    priority: bool
    waiting_reason: str | None
    since: Moment


class PairRow(View):
    """Two people; they appear as ids."""

    pairing_id: UUID
    cohort_id: UUID
    mentor: UUID
    mentee: UUID
    mentor_person: UUID
    mentee_person: UUID
    mentor_function: str | None
    mentee_function: str | None
    format: PairingFormat
    state: str = Field(examples=["proposed", "on_trial", "confirmed", "ended"])
    paused: bool
    score: int
    cross_functional: bool
    end_reason: EndReason | None
    proposed_at: Moment
    answer_by: Moment
    paired_at: Moment | None
    ends_at: Moment | None
    closed_at: Moment | None
    silent_since: Moment | None = Field(description="Null while they meet, or nobody looks.")
    silence_next_step: SilenceStep | None
    silence_next_at: Moment | None


@frozen
class TableQuestion:
    """Which rows of a table are asked for."""

    program_id: UUID
    cohort_id: UUID | None = None
    function: str | None = None
    part: Part | None = None
    state: str | None = None
    since: datetime | None = None
    silent: bool | None = None  # of pairs


async def places(
    db: Database, page: PageRequest, *, table: PlaceTable, question: TableQuestion
) -> PageOf[PlaceRow]:
    """People in the pool, the longest wait first."""
    part = None if question.part is None else question.part.value
    rows = await _rows(db, page, _WHICH[table], question, part)
    return page.of([PlaceRow(**row) for row in rows], lambda row: (row.since, row.enrollment_id))


async def pairs(
    db: Database, page: PageRequest, *, table: PairTable, question: TableQuestion
) -> PageOf[PairRow]:
    """Pairs, the earliest first."""
    states = list(_STATES[table])
    rows = await _rows(db, page, _PAIRS, question, states, question.silent)
    return page.of([PairRow(**row) for row in rows], lambda row: (row.proposed_at, row.pairing_id))


async def _rows(
    db: Database,
    page: PageRequest,
    query: str,
    question: TableQuestion,
    which: Any,  # noqa: ANN401  # a part, or states
    *more: bool | None,
) -> Sequence[Any]:
    asked = (question.program_id, question.cohort_id, question.function, question.since)
    after = page.after or (None, None)
    return await db.fetch(query, *asked, which, question.state, *after, page.rows, *more)

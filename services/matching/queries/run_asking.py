"""What must be known before a run is asked for."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from uuid import UUID

from services.matching.domain.fit import Fit, fits
from services.matching.domain.pool import Candidate, RunInput
from services.matching.domain.run_commands import LockAsked
from services.matching.queries.fits import source
from shared.database import Database
from shared.events.matching import MatchingPolicySet, NamedPair
from shared.events.vocabulary import Part
from shared.frozen import frozen
from shared.ids import CohortId, CompetencyId, EnrollmentId, TenantId

CLOSED = "closed"

_STAGE = "SELECT stage FROM pool.cohorts WHERE cohort_id = $1"
_ANYBODY = """
SELECT EXISTS (SELECT FROM read.rosters
        WHERE cohort_id = $1 AND part = 'mentee' AND listed AND seeking AND taken < seats)
   AND EXISTS (SELECT FROM read.rosters WHERE cohort_id = $1 AND part = 'mentor' AND listed)
"""
_IN_POOL = """
SELECT enrollment_id, part FROM read.rosters
WHERE cohort_id = $1 AND listed AND enrollment_id = ANY($2::uuid[])
  AND (part = 'mentor' OR (seeking AND taken < seats))
"""
_COMPETENCIES = "SELECT competency_id FROM pool.competencies WHERE competency_id = ANY($1::uuid[])"
_ROLE = """
SELECT r.role_id, array(SELECT jsonb_array_elements_text(r.competencies)::uuid) AS competencies
FROM pool.target_roles AS r WHERE r.role_id = $1
"""


@frozen
class CohortStanding:
    """Whether anybody can be paired in a cohort."""

    closed: bool
    anybody: bool


async def cohort_standing(db: Database, cohort_id: UUID) -> CohortStanding:
    """Whether a cohort is closed, and whether somebody in it waits for somebody."""
    stage = await db.fetchval(_STAGE, cohort_id)
    anybody: bool = await db.fetchval(_ANYBODY, cohort_id)
    return CohortStanding(closed=stage == CLOSED, anybody=anybody)


async def in_pool(db: Database, cohort_id: UUID, people: Sequence[UUID]) -> dict[UUID, str]:
    """Which of these enrollments can be paired in a cohort now, with their part."""
    rows = await db.fetch(_IN_POOL, cohort_id, people)
    return {row["enrollment_id"]: row["part"] for row in rows}


async def known_competencies(db: Database, named: Sequence[UUID]) -> frozenset[UUID]:
    """Those of the catalogue."""
    rows = await db.fetch(_COMPETENCIES, named)
    return frozenset(row["competency_id"] for row in rows)


async def role_competencies(db: Database, role_id: UUID) -> tuple[CompetencyId, ...] | None:
    """What a target role asks for; None if there is no such role."""
    row = await db.fetchrow(_ROLE, role_id)
    return None if row is None else tuple(CompetencyId(each) for each in row["competencies"])


async def locks(
    db: Database,
    tenant: TenantId,
    policy: MatchingPolicySet,
    cohort_id: UUID,
    pairs: Sequence[NamedPair],
) -> tuple[LockAsked, ...]:
    """What stands in the way of each lock, as it is known now."""
    mentees, mentors = [pair.mentee for pair in pairs], [pair.mentor for pair in pairs]
    parts = await in_pool(db, cohort_id, [*mentees, *mentors])
    found = await source(db, tenant, policy, CohortId(cohort_id), (mentees, mentors))
    people = {who.enrollment_id: who for who in (*found.mentees, *found.mentors)}
    return tuple(_lock(pair, parts, _two(found, people, pair)) for pair in pairs)


def _two(found: RunInput, people: Mapping[EnrollmentId, Candidate], pair: NamedPair) -> Fit | None:
    mentee, mentor = people.get(pair.mentee), people.get(pair.mentor)
    if mentee is None or mentor is None:
        return None
    return fits(replace(found, mentees=(mentee,), mentors=(mentor,)))[0]


def _lock(pair: NamedPair, parts: dict[UUID, str], fit: Fit | None) -> LockAsked:
    is_mentor = parts.get(pair.mentor) == Part.MENTOR
    if fit is None:
        return LockAsked(
            pair=pair,
            mentor_free=0 if is_mentor else None,
            mentee_known=parts.get(pair.mentee) == Part.MENTEE,
        )
    return LockAsked(
        pair=pair,
        mentor_free=fit.mentor.free if is_mentor else None,
        mentee_known=parts.get(pair.mentee) == Part.MENTEE,
        broken_rules=fit.told,
        is_open=fit.is_open,
    )

"""What people carry and what they had: load, recent pairings, and who was with whom before."""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from services.matching.domain.bandwidth import Load
from services.matching.domain.pool import Candidate, Parted
from shared.database import Database
from shared.events.matching import PairingFormat
from shared.ids import PersonId, TenantId

RECENT_DAYS = 365
BRIEF = (PairingFormat.FLASH, PairingFormat.ROULETTE, PairingFormat.PEER)  # no reason to rest

_LOADS = """
SELECT person_id, count(*) FILTER (WHERE part = 'mentor')::integer AS pairings,
       sum(hours)::integer AS hours,
       array_agg(DISTINCT program_id) FILTER (WHERE part = 'mentor') AS programs
FROM read.load_entries WHERE tenant = $1 AND person_id = ANY($2::uuid[])
GROUP BY person_id
"""
_RECENT = """
SELECT mentor_person AS person_id, count(*)::integer AS begun FROM read.pairings
WHERE tenant = $1 AND mentor_person = ANY($2::uuid[]) AND paired_at > $3 AND paired_at <= $4
GROUP BY mentor_person
"""
_PARTED = """
WITH cycles AS (
    SELECT cohort_id, dense_rank() OVER (ORDER BY kick_off_at) AS cycle
    FROM pool.cohorts WHERE tenant = $1 AND program_id = $2
)
SELECT DISTINCT ON (p.mentor_person, p.mentee_person) p.mentor_person, p.mentee_person,
       p.continuing,
       greatest(0, coalesce(now.cycle - before.cycle, 0))::integer AS cycles_ago
FROM read.pairings AS p
LEFT JOIN cycles AS before ON before.cohort_id = p.cohort_id
LEFT JOIN cycles AS now ON now.cohort_id = $3
WHERE p.tenant = $1 AND p.program_id = $2 AND p.mentee_person = ANY($4::uuid[])
  AND p.mentor_person = ANY($5::uuid[]) AND p.state NOT IN ('proposed', 'expired')
  AND p.format <> ALL($6::text[])
ORDER BY p.mentor_person, p.mentee_person, before.cycle DESC NULLS LAST, p.proposed_at DESC
"""


async def loads(
    db: Database, tenant: TenantId, people: Collection[PersonId]
) -> dict[PersonId, Load]:
    """What these people carry, all programs together, proposals included."""
    return {
        PersonId(UUID(int=row["person_id"].int)): Load(
            pairings=row["pairings"],
            hours=row["hours"],
            programs=frozenset(row["programs"] or ()),
        )
        for row in await db.fetch(_LOADS, tenant, list(people))
    }


async def recent_pairings(
    db: Database, tenant: TenantId, people: Collection[PersonId], at: datetime
) -> dict[PersonId, int]:
    """How many pairings these mentors began in the year before, whatever became of them."""
    since = at - timedelta(days=RECENT_DAYS)
    rows = await db.fetch(_RECENT, tenant, list(people), since, at)
    return {PersonId(UUID(int=row["person_id"].int)): row["begun"] for row in rows}


async def parted(
    db: Database,
    tenant: TenantId,
    where: tuple[UUID, UUID],
    mentees: Sequence[Candidate],
    mentors: Sequence[Candidate],
) -> tuple[Parted, ...]:
    """Who of these was with whom in this program before, and how many cohorts ago.

    Args:
        db: of any tenant.
        tenant: whose people they are.
        where: the program and the cohort for which pairs are sought now.
        mentees: of the pool.
        mentors: of the pool.
    """
    sides = ([who.person_id for who in mentees], [who.person_id for who in mentors])
    return tuple(
        Parted(
            mentor=PersonId(UUID(int=row["mentor_person"].int)),
            mentee=PersonId(UUID(int=row["mentee_person"].int)),
            cycles_ago=row["cycles_ago"],
            continuing=row["continuing"],
        )
        for row in await db.fetch(_PARTED, tenant, *where, *sides, BRIEF)
    )

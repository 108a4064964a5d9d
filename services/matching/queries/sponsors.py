"""Sponsors of programs, whom they are linked to, and to whom mentees were introduced."""

from uuid import UUID

from services.matching.domain.sponsor import Circumstances
from services.matching.queries.openness import Openness
from shared.database import Database
from shared.events.enrollment import GovernanceRole
from shared.http import Moment, PageOf, PageRequest, View
from shared.ids import PersonId, TenantId

_SPONSORING = """
SELECT person_id FROM pool.governance WHERE tenant = $1 AND program_id = $2 AND role = $3
"""
_PARTNERS = """
SELECT mentor_person FROM read.pairings
WHERE tenant = $1 AND mentee = $2 AND state NOT IN ('declined', 'expired', 'ended')
"""
_LINE = """
WITH RECURSIVE line AS (
    SELECT person_id, manager_id, 1 AS height FROM pool.people
    WHERE tenant = $1 AND person_id = ANY($2::uuid[]) AND manager_id IS NOT NULL
    UNION ALL
    SELECT line.person_id, above.manager_id, line.height + 1
    FROM line JOIN pool.people AS above ON above.tenant = $1 AND above.person_id = line.manager_id
    WHERE above.manager_id IS NOT NULL AND line.height < 12
)
SELECT EXISTS (SELECT FROM line WHERE manager_id = ANY($2::uuid[])
               AND manager_id <> person_id)
"""
_KNOWN = "SELECT EXISTS (SELECT FROM pool.people WHERE tenant = $1 AND person_id = $2)"
_LINKED = """
SELECT enrollment_id, program_id, sponsor, linked_by, linked_at FROM read.sponsorships
WHERE ($1::uuid IS NULL OR enrollment_id = $1) AND ($2::uuid IS NULL OR sponsor = $2)
  AND ($3::timestamptz IS NULL OR (linked_at, enrollment_id, sponsor) < ($3, $4, $5))
ORDER BY linked_at DESC, enrollment_id DESC, sponsor DESC LIMIT $6
"""
_IS_LINKED = """
SELECT EXISTS (SELECT FROM read.sponsorships
               WHERE tenant = $1 AND enrollment_id = $2 AND sponsor = $3)
"""
_INTRODUCTIONS = """
SELECT introduction_id, enrollment_id, program_id, expert, community, competency_id, introduced_by,
       introduced_at
FROM read.introductions
WHERE enrollment_id = $1
  AND ($2::timestamptz IS NULL OR (introduced_at, introduction_id) < ($2, $3))
ORDER BY introduced_at DESC, introduction_id DESC LIMIT $4
"""


class SponsorshipView(View):
    """A sponsor linked to a mentee."""

    enrollment_id: UUID
    program_id: UUID
    sponsor: UUID
    linked_by: UUID
    linked_at: Moment


class IntroductionView(View):
    """A mentee was introduced to an expert or a community of practice."""

    introduction_id: UUID
    enrollment_id: UUID
    program_id: UUID
    expert: UUID | None
    community: str | None
    competency_id: UUID | None
    introduced_by: UUID
    introduced_at: Moment


async def people_sponsoring(
    db: Database, tenant: TenantId, program_id: UUID
) -> frozenset[PersonId]:
    """Who holds the role of a sponsor in the governance of a program."""
    rows = await db.fetch(_SPONSORING, tenant, program_id, GovernanceRole.SPONSOR.value)
    return frozenset(row["person_id"] for row in rows)


async def mentors_of(db: Database, tenant: TenantId, mentee: UUID) -> frozenset[PersonId]:
    """Who mentors this mentee, or is proposed to."""
    return frozenset(row["mentor_person"] for row in await db.fetch(_PARTNERS, tenant, mentee))


async def circumstances(
    db: Database, tenant: TenantId, mentee: Openness, sponsor: PersonId
) -> Circumstances:
    """What else a person is to a mentee whose sponsor they are to become."""
    both = [mentee.person_id, sponsor]
    return Circumstances(
        sponsors_program=sponsor in await people_sponsoring(db, tenant, mentee.program_id),
        is_mentee=sponsor == mentee.person_id,
        is_mentor=sponsor in await mentors_of(db, tenant, mentee.enrollment_id),
        in_line=await db.fetchval(_LINE, tenant, both),
    )


async def is_known(db: Database, tenant: TenantId, person: UUID) -> bool:
    """Whether the directory knows somebody."""
    known: bool = await db.fetchval(_KNOWN, tenant, person)
    return known


async def is_linked(db: Database, tenant: TenantId, mentee: UUID, sponsor: UUID) -> bool:
    """Whether somebody is a sponsor of this mentee."""
    linked: bool = await db.fetchval(_IS_LINKED, tenant, mentee, sponsor)
    return linked


async def sponsorships(
    db: Database, page: PageRequest, *, mentee: UUID | None = None, sponsor: UUID | None = None
) -> PageOf[SponsorshipView]:
    """Sponsors of a mentee, or mentees of a sponsor, the latest first."""
    after = page.after or (None, None, None)
    rows = await db.fetch(_LINKED, mentee, sponsor, *after, page.rows)
    views = [SponsorshipView(**row) for row in rows]
    return page.of(views, lambda view: (view.linked_at, view.enrollment_id, view.sponsor))


async def introductions(
    db: Database, page: PageRequest, *, mentee: UUID
) -> PageOf[IntroductionView]:
    """To whom a mentee was introduced, the latest first."""
    rows = await db.fetch(_INTRODUCTIONS, mentee, *(page.after or (None, None)), page.rows)
    views = [IntroductionView(**row) for row in rows]
    return page.of(views, lambda view: (view.introduced_at, view.introduction_id))

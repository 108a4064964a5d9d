"""Sponsors of programs, whom they are linked to, and to whom mentees were introduced."""

from uuid import UUID

from shared.database import Database
from shared.events.enrollment import GovernanceRole
from shared.ids import PersonId, TenantId

_SPONSORING = """
SELECT person_id FROM pool.governance WHERE tenant = $1 AND program_id = $2 AND role = $3
"""


async def people_sponsoring(
    db: Database, tenant: TenantId, program_id: UUID
) -> frozenset[PersonId]:
    """Who holds the role of a sponsor in the governance of a program."""
    rows = await db.fetch(_SPONSORING, tenant, program_id, GovernanceRole.SPONSOR.value)
    return frozenset(row["person_id"] for row in rows)

"""Who is or was away.

A pause without an end takes nobody new, and pairings go on: nobody is away because of one.
"""

from collections.abc import Sequence
from datetime import datetime

from shared.database import Database
from shared.ids import EnrollmentId, TenantId

_AWAY_SINCE = """
SELECT EXISTS (SELECT FROM read.rosters
WHERE tenant = $1 AND enrollment_id = ANY($2::uuid[])
  AND ((paused AND paused_until IS NOT NULL) OR back_since > $3))
"""


async def away_since(
    db: Database, tenant: TenantId, enrollments: Sequence[EnrollmentId], since: datetime
) -> bool:
    """Whether any of these is away until some day, or came back from a break later than that."""
    away: bool = await db.fetchval(_AWAY_SINCE, tenant, enrollments, since)
    return away

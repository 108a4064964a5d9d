"""What a run is worked out from, as it stands at one moment, and the chance it was given."""

from collections.abc import Sequence
from uuid import UUID

from services.matching.domain.pool import RunInput
from services.matching.queries import candidates
from shared.database import Database, at_one_moment
from shared.events.matching import LogPosition, MatchingPolicySet, MatchingRunRequested
from shared.frozen import frozen
from shared.ids import RunId, TenantId

POOL = "pool"  # the projection that keeps people

_HEARD = """
SELECT source AS service, slot, number FROM log.leases WHERE consumer = $1 AND number > 0
UNION ALL
SELECT 'matching', slot, number FROM log.slot_heads WHERE number > 0
ORDER BY service, slot
"""
_KEEP_SEED = "INSERT INTO log.lottery (tenant, subject, seed) VALUES ($1, $2, $3)"
_SEED = "SELECT seed FROM log.lottery WHERE tenant = $1 AND subject = $2"


@frozen
class Frozen:
    """A pool that no longer moves, and how far each log had been read."""

    source: RunInput
    as_of: Sequence[LogPosition]


async def frozen_pool(
    db: Database,
    tenant: TenantId,
    request: MatchingRunRequested,
    policy: MatchingPolicySet,
    seed: bytes,
) -> Frozen:
    """Everybody of a cohort who can be paired at one moment, with what the run asks for."""
    async with at_one_moment(db) as still:
        source = await candidates.run_input(still, tenant, request, policy, seed=seed)
        heard = await still.fetch(_HEARD, POOL)
    return Frozen(source=source, as_of=[LogPosition(**row) for row in heard])


async def keep_seed(db: Database, tenant: TenantId, run_id: RunId, seed: bytes) -> None:
    """Keep what a run's lottery will be drawn from; who writes it cannot read it."""
    await db.execute(_KEEP_SEED, tenant, run_id, seed)


async def seed_of(db: Database, tenant: TenantId, run_id: UUID) -> bytes | None:
    """What a run's lottery is drawn from; None for a run that was asked for without one."""
    seed: bytes | None = await db.fetchval(_SEED, tenant, run_id)
    return seed

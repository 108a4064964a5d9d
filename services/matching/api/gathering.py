"""Who is gathered for a circle or a draw, and who may see what of a cohort."""

from collections.abc import Sequence
from uuid import UUID

from services.matching.api.proposals import policy_of
from services.matching.api.rights import ProgramUnknown, assert_manages, oversees
from services.matching.domain.gathering import Gathered, gathered
from services.matching.domain.roster import NotListed, RosterUnknown
from services.matching.queries import fits as fitting
from services.matching.queries import pool
from services.matching.queries.openness import openness
from shared.auth import Principal
from shared.database import Database
from shared.events.matching import MatchingPolicySet
from shared.ids import PersonId, TenantId


async def managed_policy(db: Database, caller: Principal, cohort_id: UUID) -> MatchingPolicySet:
    """The policy of a cohort's program, for its managers.

    Raises:
        ProgramUnknown: the caller manages no such program.
        NoMatchingPolicy: it has none yet.
    """
    program_id = await pool.program_of(db, cohort_id)
    if program_id is None:
        raise ProgramUnknown
    await assert_manages(db, caller, program_id)
    return await policy_of(db, caller.tenant, program_id)


async def sight(db: Database, caller: Principal, cohort_id: UUID) -> PersonId | None:
    """Whose circles and groups of a cohort the caller sees: all for None, else their own.

    Raises:
        ProgramUnknown: there is no such cohort, or the caller is nobody.
    """
    program_id = await pool.program_of(db, cohort_id)
    if program_id is None:
        raise ProgramUnknown
    if await oversees(db, caller, program_id):
        return None
    if caller.person is None:
        raise ProgramUnknown
    return caller.person


async def gathering(
    db: Database,
    tenant: TenantId,
    policy: MatchingPolicySet,
    cohort_id: UUID,
    enrollments: Sequence[UUID],
) -> Gathered:
    """These people of a cohort, each once, with whatever stands between two of them.

    Raises:
        RosterUnknown: somebody is not of this cohort.
        NotListed: somebody is no longer in the pool.
    """
    each_once = list(dict.fromkeys(enrollments))
    places = await openness(db, tenant, each_once)
    for who in each_once:
        place = places.get(who)
        if place is None or place.cohort_id != cohort_id:
            raise RosterUnknown
        if not place.listed:
            raise NotListed
    sides = (each_once, each_once)
    return gathered(await fitting.source(db, tenant, policy, cohort_id, sides))

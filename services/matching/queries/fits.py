"""How people of a pool fit, as they are known now, with what stands between them."""

from collections.abc import Sequence
from uuid import UUID

from services.matching.domain.fit import Fit, fits
from services.matching.domain.pool import RunInput
from services.matching.queries import candidates
from shared import clock
from shared.database import Database
from shared.events.matching import MatchingPolicySet
from shared.ids import CohortId, EnrollmentId, TenantId


async def source(
    db: Database,
    tenant: TenantId,
    policy: MatchingPolicySet,
    cohort_id: UUID,
    sides: tuple[Sequence[UUID], Sequence[UUID]],
) -> RunInput:
    """Mentees and mentors of a cohort by their enrollments; who is erased is left out."""
    mentees, mentors = sides
    wanted = [*mentees, *mentors]
    known = {
        who.enrollment_id: who
        for who in await candidates.candidates(db, tenant, wanted, at=clock.now(), policy=policy)
    }
    both = RunInput(
        program_id=policy.program_id,
        cohort_id=CohortId(cohort_id),
        policy=policy,
        mentees=tuple(known[EnrollmentId(who)] for who in mentees if who in known),
        mentors=tuple(known[EnrollmentId(who)] for who in mentors if who in known),
    )
    return await candidates.between(db, tenant, both)


async def fit(
    db: Database,
    tenant: TenantId,
    policy: MatchingPolicySet,
    cohort_id: UUID,
    pair: tuple[UUID, UUID],
) -> Fit | None:
    """How one mentor, named first, and one mentee fit; None if one of them is erased."""
    mentor, mentee = pair
    found = fits(await source(db, tenant, policy, cohort_id, ([mentee], [mentor])))
    return found[0] if found else None

"""How people of a pool fit, as they are known now, with what stands between them."""

from collections.abc import Mapping, Sequence
from typing import TypeAlias
from uuid import UUID

from services.matching.domain.fit import Fit, fits
from services.matching.domain.pool import RunInput
from services.matching.queries import candidates
from services.matching.queries.openness import Openness
from shared import clock
from shared.database import Database
from shared.events.matching import MatchingPolicySet
from shared.ids import CohortId, EnrollmentId, TenantId

Sides: TypeAlias = tuple[Sequence[UUID], Sequence[UUID]]  # mentees and mentors


async def source(
    db: Database,
    tenant: TenantId,
    policy: MatchingPolicySet,
    cohort_id: UUID,
    sides: Sides,
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


def free_seats(found: RunInput, places: Mapping[UUID, Openness]) -> Mapping[EnrollmentId, int]:
    """Seats left with each: on the roster, and for mentors in what they carry everywhere."""
    people = {who.enrollment_id: who for who in (*found.mentees, *found.mentors)}
    return {
        who: min(places[who].free, candidate.free)
        for who, candidate in people.items()
        if who in places
    }

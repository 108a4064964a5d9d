"""Who can be asked or paired now, as the rosters stand."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from services.matching.domain.roster import MenteeAlreadyPaired, MentorAtCapacity, NotListed
from shared.database import Database
from shared.errors import Refused
from shared.events.vocabulary import Part
from shared.frozen import frozen
from shared.ids import CohortId, EnrollmentId, PersonId, ProgramId, TenantId

_STANDING = """
SELECT enrollment_id, program_id, cohort_id, person_id, part, seats, taken, listed
FROM read.rosters WHERE tenant = $1 AND enrollment_id = ANY($2::uuid[])
"""


@frozen
class Openness:
    """One place in the pool, and whether anybody could be paired there."""

    enrollment_id: EnrollmentId
    program_id: ProgramId
    cohort_id: CohortId
    person_id: PersonId
    part: str
    seats: int
    taken: int
    listed: bool

    @property
    def refusal(self) -> type[Refused] | None:
        """Why nobody can be paired there now."""
        if not self.listed:
            return NotListed
        if self.taken < self.seats:
            return None
        return MentorAtCapacity if self.part == Part.MENTOR else MenteeAlreadyPaired


async def openness(
    db: Database, tenant: TenantId, enrollments: Sequence[UUID]
) -> Mapping[UUID, Openness]:
    """These places by their enrollment; one that was never in the pool is left out."""
    rows = await db.fetch(_STANDING, tenant, enrollments)
    return {row["enrollment_id"]: Openness(**row) for row in rows}

"""Who can be asked or paired now, as the rosters stand."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from services.matching.domain.roster import (
    MenteeAlreadyPaired,
    MentorAtCapacity,
    NotListed,
    ParticipantOnPause,
)
from shared.database import Database
from shared.errors import Refused
from shared.events.vocabulary import Part
from shared.frozen import frozen
from shared.ids import CohortId, EnrollmentId, PersonId, ProgramId, TenantId

_COLUMNS = "enrollment_id, program_id, cohort_id, person_id, part, seats, taken, listed, paused"
_STANDING = f"""
SELECT {_COLUMNS} FROM read.rosters WHERE tenant = $1 AND enrollment_id = ANY($2::uuid[])
"""  # noqa: S608  # columns named above
_ACROSS = f"""
SELECT {_COLUMNS} FROM read.rosters
WHERE tenant = $1 AND cohort_id = $2 AND part = $3 AND listed AND NOT paused
ORDER BY enrollment_id
"""  # noqa: S608  # columns named above


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
    paused: bool  # on a break: takes nobody new

    @property
    def free(self) -> int:
        """Seats that are left."""
        return max(0, self.seats - self.taken)

    @property
    def refusal(self) -> type[Refused] | None:
        """Why nobody can be paired there now."""
        if not self.listed:
            return NotListed
        if not self.free:
            return MentorAtCapacity if self.part == Part.MENTOR else MenteeAlreadyPaired
        return ParticipantOnPause if self.paused else None


async def openness(
    db: Database, tenant: TenantId, enrollments: Sequence[UUID]
) -> Mapping[UUID, Openness]:
    """These places by their enrollment; one that was never in the pool is left out."""
    rows = await db.fetch(_STANDING, tenant, enrollments)
    return {row["enrollment_id"]: Openness(**row) for row in rows}


async def across(
    db: Database, tenant: TenantId, cohort_id: UUID, part: Part
) -> Mapping[UUID, Openness]:
    """Everybody of a cohort on the other side who is in the pool now."""
    other = Part.MENTEE if part is Part.MENTOR else Part.MENTOR
    rows = await db.fetch(_ACROSS, tenant, cohort_id, other.value)
    return {row["enrollment_id"]: Openness(**row) for row in rows}

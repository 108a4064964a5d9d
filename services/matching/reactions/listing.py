"""Who comes into the pool, and with how many seats."""

from collections.abc import Sequence

from services.matching.domain.bandwidth import NOTHING_DECLARED, Declared, seats_in
from services.matching.domain.roster import ChangeSeats, ListParticipant
from services.matching.queries import candidates, pool
from services.matching.reactions.steps import Steps, of_rosters
from shared.database import Database
from shared.envelope import Recorded
from shared.errors import Unavailable
from shared.events.enrollment import MentorCapacityDeclared, ParticipantEnrolled
from shared.events.matching import (
    LoadLimited,
    MatchingPolicySet,
    ParticipantListed,
    SeatsChanged,
)
from shared.events.vocabulary import Part
from shared.ids import EnrollmentId, PersonId, ProgramId, TenantId


class PoolBehind(Unavailable):
    """What enrollment told of this person before has not arrived yet."""


async def list_participant(recorded: Recorded, db: Database) -> Steps:
    """Who is enrolled can be paired: a mentor with declared seats, a mentee with one place.

    Raises:
        PoolBehind: the pool does not know the person yet; the event comes again.
    """
    match recorded.event:
        case ParticipantEnrolled() as fact:
            known = await pool.known(db, recorded.tenant, fact.person_id, fact.enrollment_id)
            if known.erased:
                return ()  # whoever waited for them to be known would wait for ever
            if not known.person or not known.application:
                raise PoolBehind
            seats = 1
            if fact.part is Part.MENTOR:
                seats = await _seats(db, recorded.tenant, fact.program_id, known.declared)
            return of_rosters([_listing(fact, seats)])
        case _:
            return ()


async def change_declared_seats(recorded: Recorded, db: Database) -> Steps:
    """A mentor's own word on seats and hours counts in every program, up to its ratio."""
    match recorded.event:
        case MentorCapacityDeclared(person_id=person_id, seats=seats, hours_per_month=hours):
            declared = Declared(seats=seats, hours=hours)
            return of_rosters(await _changes(db, recorded.tenant, person_id, declared))
        case _:
            return ()


async def look_at_seats_again(recorded: Recorded, db: Database) -> Steps:
    """Declaration, policy and enrollment that come in one moment may each overlook the others.

    Here what was written is in the tables: of two that did not see each other, the one that was
    written last is heard when both are there.
    """
    match recorded.event:
        case LoadLimited(person_id=person_id, seats=seats, hours=hours):
            declared = Declared(seats=seats, hours=hours)
            return of_rosters(await _changes(db, recorded.tenant, person_id, declared))
        case (
            ParticipantListed(enrollment_id=who, part=Part.MENTOR) | SeatsChanged(enrollment_id=who)
        ):
            return of_rosters(await _changes_of(db, recorded.tenant, who))
        case _:
            return ()


async def follow_policy(recorded: Recorded, db: Database) -> Steps:
    """A program's new ratio holds for all its mentors; nobody is sent away for it."""
    match recorded.event:
        case MatchingPolicySet(program_id=program_id) as policy:
            places = await pool.mentors_of(db, recorded.tenant, program_id)
            declared = await pool.capacities(
                db, recorded.tenant, [place.person_id for place in places]
            )
            wanted = {
                place: seats_in(policy, declared.get(place.person_id, NOTHING_DECLARED))
                for place in places
            }
            return of_rosters(
                ChangeSeats(enrollment_id=place.enrollment_id, seats=seats)
                for place, seats in wanted.items()
                if place.declared != seats
            )
        case _:
            return ()


def _listing(fact: ParticipantEnrolled, seats: int) -> ListParticipant:
    return ListParticipant(
        enrollment_id=fact.enrollment_id,
        program_id=fact.program_id,
        cohort_id=fact.cohort_id,
        person_id=fact.person_id,
        part=fact.part,
        seats=seats,
    )


async def _changes(
    db: Database, tenant: TenantId, person_id: PersonId, declared: Declared
) -> Sequence[ChangeSeats]:
    """What this person's mentoring places have to become."""
    wanted = [
        (place, await _seats(db, tenant, place.program_id, declared))
        for place in await pool.places_of_person(db, tenant, person_id)
        if place.part == Part.MENTOR
    ]
    return [
        ChangeSeats(enrollment_id=place.enrollment_id, seats=seats)
        for place, seats in wanted
        if place.declared != seats
    ]


async def _changes_of(
    db: Database, tenant: TenantId, enrollment_id: EnrollmentId
) -> Sequence[ChangeSeats]:
    """What the places of whoever has this one have to become, once something was declared."""
    people = [place.person_id for place in await pool.place_of(db, tenant, enrollment_id)]
    declared = await pool.capacities(db, tenant, people)
    return [
        change
        for person_id, each in declared.items()
        for change in await _changes(db, tenant, person_id, each)
    ]


async def _seats(
    db: Database, tenant: TenantId, program_id: ProgramId, declared: Declared | None
) -> int:
    if declared is None:
        return 0  # until they say how many, or until we hear of it
    return seats_in(await candidates.policy(db, tenant, program_id), declared)

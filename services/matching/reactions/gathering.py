"""What becomes of places in groups, circles and draws when a pairing is over or somebody goes."""

from typing import Any

from services.matching.domain.circle import CIRCLE, LeaveCircle
from services.matching.domain.group import GROUP, LeaveGroup
from services.matching.domain.load import LOAD, ReleaseCircle
from services.matching.domain.roulette import ROULETTE, LeaveRoulette
from services.matching.queries import circles, pool
from services.matching.queries.openness import openness
from services.matching.reactions.steps import Steps
from shared.command_handler import Step
from shared.database import Database
from shared.envelope import Recorded
from shared.events.matching import (
    CircleClosed,
    CircleFormed,
    CircleJoined,
    PairingDeclined,
    PairingEnded,
    PairingExpired,
    ParticipantDelisted,
    RouletteJoined,
)
from shared.ids import CircleId, EnrollmentId, PersonId, TenantId


async def leave_gatherings(recorded: Recorded, db: Database) -> Steps:
    """A pairing that is over leaves its group; who leaves the pool leaves circles and draws."""
    match recorded.event:
        case (
            PairingDeclined(pairing_id=pairing_id)
            | PairingExpired(pairing_id=pairing_id)
            | PairingEnded(pairing_id=pairing_id)
        ):
            group = await circles.group_of(db, recorded.tenant, pairing_id)
            if group is None:
                return ()
            leave = LeaveGroup(group_id=group, pairing_id=pairing_id)
            return (Step(decider=GROUP, command=leave),)
        case CircleClosed(circle_id=circle):  # whoever was in it to the last
            return [
                _released(circle, person)
                for person in await circles.people_of(db, recorded.tenant, circle)
            ]
        case ParticipantDelisted(enrollment_id=who):
            return await _gone(db, recorded.tenant, who)
        case _:
            return ()


async def look_for_the_gone(recorded: Recorded, db: Database) -> Steps:
    """Whoever left the pool in the moment in which they came was not found in a circle or draw."""
    match recorded.event:
        case CircleFormed(members=members):
            came = [member.enrollment_id for member in members]
        case CircleJoined(member=member):
            came = [member.enrollment_id]
        case RouletteJoined(enrollment_id=who):
            came = [who]
        case _:
            return ()
    places = await openness(db, recorded.tenant, came)
    gone = [who for who in came if who in places and not places[who].listed]
    return [step for who in gone for step in await _gone(db, recorded.tenant, who)]


async def _gone(db: Database, tenant: TenantId, who: EnrollmentId) -> Steps:
    steps: list[Step[Any, Any, Any]] = []
    left = await circles.circles_of(db, tenant, who)
    for circle in left:
        leave_circle = LeaveCircle(circle_id=circle, enrollment_id=who)
        steps.append(Step(decider=CIRCLE, command=leave_circle))
    for place in await pool.place_of(db, tenant, who):
        steps += (_released(circle, place.person_id) for circle in left)
        leave = LeaveRoulette(cohort_id=place.cohort_id, enrollment_id=who)
        steps.append(Step(decider=ROULETTE, command=leave))
    return steps


def _released(circle: CircleId, person: PersonId) -> Step[Any, Any, Any]:
    return Step(decider=LOAD, command=ReleaseCircle(person_id=person, circle_id=circle))

"""A freed seat goes to the first on the waiting list whom the rules allow with that mentor.

Where the offer is declined or runs out, the seat is free again, and so the next one is asked.
"""

from collections.abc import Sequence
from dataclasses import replace

from services.matching.domain.proposal import Way, proposal
from services.matching.domain.roster_commands import TakeOrphanStep
from services.matching.domain.seating import SeatCommand, offering
from services.matching.queries import candidates, pool, waiting
from services.matching.queries.waiting import Found, OpenSeat
from services.matching.reactions.steps import Steps, of_rosters
from shared.database import Database
from shared.deadlines import Due
from shared.envelope import Recorded
from shared.events.matching import (
    MatchingPolicySet,
    MentorOverloadEnded,
    OrphanStep,
    ParticipantListed,
    ParticipantResumed,
    PublicationCompleted,
    SeatReleased,
    SeatsChanged,
)
from shared.ids import CohortId, EnrollmentId, PairingId, TenantId, derived_id


async def offer_freed_seats(recorded: Recorded, db: Database) -> Steps:
    """Offer what became free, at once; while a run is published, as soon as everybody is told."""
    tenant = recorded.tenant
    match recorded.event:
        case (
            SeatReleased(enrollment_id=who)
            | SeatsChanged(enrollment_id=who)
            | ParticipantListed(enrollment_id=who)
            | ParticipantResumed(enrollment_id=who)
        ):
            seats = await waiting.open_seats(db, tenant, mentor=who)
        case MentorOverloadEnded(person_id=person):
            seats = await waiting.open_seats(db, tenant, person_id=person)
        case PublicationCompleted(cohort_id=cohort, run_id=run):
            seats = await waiting.open_seats(db, tenant, cohort_id=cohort, since_run=run)
        case _:
            return ()
    return of_rosters(await _offers(db, tenant, seats))


async def take_orphan_step(due: Due, db: Database) -> Steps:
    """What comes next for a mentee whose mentor left: a nudge, an offer, the next run."""
    who = EnrollmentId(due.subject)
    step = of_rosters([TakeOrphanStep(enrollment_id=who)])
    if due.payload.get("step") != OrphanStep.OFFERED.value:
        return step
    for place in await pool.place_of(db, due.tenant, who):
        policy = await candidates.policy(db, due.tenant, place.program_id)
        if policy is None:
            return step
        found = await waiting.best_seat(db, due.tenant, who, place.cohort_id, policy)
        if found is not None:
            return (*step, *of_rosters(_offer(found, place.cohort_id, policy)))
    return step


async def _offers(
    db: Database, tenant: TenantId, seats: Sequence[OpenSeat]
) -> Sequence[SeatCommand]:
    commands: list[SeatCommand] = []
    asked: set[EnrollmentId] = set()
    rooms = {seat.person_id: seat.room for seat in seats}
    for seat in seats:
        policy = await candidates.policy(db, tenant, seat.program_id)
        if policy is None:
            continue
        for _ in range(seat.free):
            if not rooms[seat.person_id].takes(policy):
                break  # what is refused takes all other offers with it
            found = await waiting.first_allowed(db, tenant, seat, policy, asked)
            if found is None:
                break
            asked.add(found.fit.mentee.enrollment_id)
            rooms[seat.person_id] = rooms[seat.person_id].after(policy)
            commands += _offer(found, seat.cohort_id, policy)
    return commands


def _offer(found: Found, cohort_id: CohortId, policy: MatchingPolicySet) -> Sequence[SeatCommand]:
    """A proposal with a time of its own to answer, of an id that the same two have once."""
    fit = found.fit
    pairing = derived_id("offer", fit.mentor.enrollment_id, fit.mentee.enrollment_id)
    command = proposal(fit, policy, Way(pairing_id=PairingId(pairing), cohort_id=cohort_id))
    told = replace(command, answer_days=policy.request_days, offered=True)
    return offering(told, found.position)

"""Who goes out of the pool, and what becomes of their partners."""

from dataclasses import replace
from datetime import datetime
from typing import Any

from services.matching.domain import closing
from services.matching.domain.compatibility import Rule, broken_rules, field_of
from services.matching.domain.fit import as_asked
from services.matching.domain.pairing_commands import EndPairing, LeavePairing, TakeBackPairing
from services.matching.domain.pool import Candidate, RunInput
from services.matching.domain.roster import Delist
from services.matching.queries import candidates, pool
from services.matching.queries.candidate_rows import offset_minutes
from services.matching.queries.pool import PROPOSED, Pair
from services.matching.reactions.steps import Steps, of_pairing, of_rosters, sides_of
from shared.command_handler import Step
from shared.database import Database
from shared.envelope import Recorded
from shared.events.enrollment import (
    ParticipantWithdrew,
    PersonErased,
    PersonLeft,
    PersonMoved,
    Position,
    ProgramClosed,
)
from shared.events.matching import EndReason, MatchingPolicySet
from shared.events.sessions import JourneyCompleted
from shared.events.vocabulary import Part
from shared.ids import EnrollmentId, PersonId, TenantId
from shared.vault import destroy

MOVING = frozenset(  # rules that ask where somebody stands
    {
        Rule.REPORTING_LINE,
        Rule.SAME_FUNCTION,
        Rule.NO_COMMON_HOURS,
        Rule.TIME_ZONES_APART,
        Rule.LEVEL_GAP,
    }
)


async def delist_participant(recorded: Recorded, db: Database) -> Steps:
    """Who withdraws or leaves ends their pairings; each partner gets priority in the next run."""
    match recorded.event:
        case ParticipantWithdrew(enrollment_id=enrollment_id, reason=reason):
            ending = EndReason.WITHDREW if reason == "own_wish" else EndReason.PARTNER_LEFT
            return await _delisted(db, recorded.tenant, enrollment_id, ending)
        case PersonLeft(person_id=person_id) | PersonErased(person_id=person_id):
            steps: list[Step[Any, Any, Any]] = []
            for place in await pool.places_of_person(db, recorded.tenant, person_id):
                steps += await _delisted(
                    db, recorded.tenant, place.enrollment_id, EndReason.PARTNER_LEFT
                )
            return steps
        case _:
            return ()


async def forget(recorded: Recorded, db: Database) -> Steps:
    """Destroy the keys of an erased person's texts; done twice, it destroys nothing more."""
    match recorded.event:
        case PersonErased(person_id=person_id):
            await destroy(db, recorded.tenant, str(person_id))
        case _:
            pass
    return ()


async def close_completed_journey(recorded: Recorded, db: Database) -> Steps:
    """A pairing whose journey is complete has reached its end; both seats are free again."""
    match recorded.event:
        case JourneyCompleted(pairing_id=pairing_id):
            pair = await pool.pair(db, recorded.tenant, pairing_id)
            if pair is None:
                return ()
            reason = EndReason.JOURNEY_COMPLETED
            end = EndPairing(pairing_id=pairing_id, reason=reason)
            seats = closing.after_end(sides_of(pair), reason, None)
            return (of_pairing(end), *of_rosters(seats))
        case _:
            return ()


async def close_program(recorded: Recorded, db: Database) -> Steps:
    """A program that closes ends its pairings and empties its pool."""
    match recorded.event:
        case ProgramClosed(program_id=program_id):
            reason = EndReason.PROGRAM_CLOSED
            steps: list[Step[Any, Any, Any]] = []
            for pair in await pool.open_pairs_of_program(db, recorded.tenant, program_id):
                leave = LeavePairing(pairing_id=pair.pairing_id, by=None, reason=reason)
                steps.append(of_pairing(leave))
                steps += of_rosters(closing.after_end(sides_of(pair), reason, None))
            places = await pool.places_of_program(db, recorded.tenant, program_id)
            steps += of_rosters(
                Delist(enrollment_id=place.enrollment_id, reason=reason.value) for place in places
            )
            return steps
        case _:
            return ()


async def recheck_mover(recorded: Recorded, db: Database) -> Steps:
    """A proposal that a move makes forbidden is taken back; pairs already made go on."""
    match recorded.event:
        case PersonMoved(person_id=person_id, position=position):
            steps: list[Step[Any, Any, Any]] = []
            for place in await pool.places_of_person(db, recorded.tenant, person_id):
                for pair in await pool.open_pairs_of(db, recorded.tenant, place.enrollment_id):
                    part = _part(pair, place.enrollment_id)
                    if pair.state == PROPOSED and await _forbidden(
                        db, recorded, pair, person_id, position
                    ):
                        take_back = TakeBackPairing(pairing_id=pair.pairing_id, by=part)
                        seats = closing.after_decline(sides_of(pair), part)
                        steps += (of_pairing(take_back), *of_rosters(seats))
            return steps
        case _:
            return ()


async def _delisted(
    db: Database, tenant: TenantId, enrollment_id: EnrollmentId, reason: EndReason
) -> Steps:
    steps: list[Step[Any, Any, Any]] = []
    for pair in await pool.open_pairs_of(db, tenant, enrollment_id):
        leaver = _part(pair, enrollment_id)
        leave = LeavePairing(pairing_id=pair.pairing_id, by=leaver, reason=reason)
        steps.append(of_pairing(leave))
        steps += of_rosters(closing.after_leaving(sides_of(pair), leaver))
    return (*steps, *of_rosters([Delist(enrollment_id=enrollment_id, reason=reason.value)]))


def _part(pair: Pair, enrollment_id: EnrollmentId) -> Part:
    return Part.MENTOR if pair.mentor == enrollment_id else Part.MENTEE


async def _forbidden(
    db: Database, recorded: Recorded, pair: Pair, mover: PersonId, position: Position
) -> bool:
    """Whether a rule stands between the two now; the pool may not know of the move yet."""
    policy = await candidates.policy(db, recorded.tenant, pair.program_id)
    if policy is None:
        return False
    found = await candidates.candidates(
        db,
        recorded.tenant,
        [pair.mentor, pair.mentee],
        at=recorded.recorded_at,
        policy=policy,
    )
    both = {
        who.enrollment_id: _moved(who, position, recorded.recorded_at)
        if who.person_id == mover
        else who
        for who in found
    }
    if len(both) < len(Part):
        return False
    held = as_asked(policy, pair.format)
    source = _two(pair, held, both[pair.mentor], both[pair.mentee])
    return bool(MOVING.intersection(broken_rules(field_of(source))))


def _moved(who: Candidate, position: Position, at: datetime) -> Candidate:
    above = position.manager_id
    managers = who.managers if above is None or above in who.managers[:1] else (above,)
    return replace(
        who,
        function=position.function,
        level=position.level,
        site=position.site,
        utc_offset_minutes=offset_minutes(position.time_zone, at),
        managers=managers if above else (),
    )


def _two(pair: Pair, policy: MatchingPolicySet, mentor: Candidate, mentee: Candidate) -> RunInput:
    return RunInput(
        program_id=pair.program_id,
        cohort_id=pair.cohort_id,
        policy=policy,
        mentees=(mentee,),
        mentors=(mentor,),
    )

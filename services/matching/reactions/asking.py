"""Whose turn comes next in a request, and what becomes of requests when people are paired."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID

from services.matching.domain.fit import Fit, as_asked, fits, forbidding
from services.matching.domain.request_settling import (
    Settling,
    cleared,
    closed,
    passed,
)
from services.matching.domain.request_turn import Turn, TurnCommand, decider_of, turning
from services.matching.domain.roster import MenteeAlreadyPaired, MentorAtCapacity
from services.matching.queries import candidates, pool, requests
from services.matching.queries import fits as fitting
from services.matching.queries.fits import Sides
from services.matching.queries.openness import Openness, openness
from services.matching.queries.requests import Standing
from services.matching.queries.sponsors import people_sponsoring
from shared.command_handler import Step
from shared.database import Database
from shared.deadlines import Due
from shared.envelope import Recorded
from shared.events.matching import (
    ChoiceAsked,
    CloseReason,
    MatchingPolicySet,
    ParticipantDelisted,
    ParticipantsPaired,
    PassReason,
    RequestMade,
)
from shared.events.vocabulary import Part
from shared.frozen import frozen
from shared.ids import EnrollmentId, TenantId

Steps = Sequence[Step[Any, Any, Any]]

FULL = (MentorAtCapacity, MenteeAlreadyPaired)


@frozen
class _Field:
    """What is known of those whose turn is to come."""

    policy: MatchingPolicySet
    places: Mapping[UUID, Openness]
    open_counts: Mapping[UUID, int]
    free: Mapping[EnrollmentId, int]  # seats, also by what somebody carries elsewhere
    allowed: frozenset[EnrollmentId]

    def hindrance(self, who: EnrollmentId) -> PassReason | None:
        """Why somebody cannot be asked now."""
        place = self.places.get(who)
        if place is None or who not in self.allowed:
            return PassReason.NOT_AVAILABLE
        if place.refusal is not None:
            return PassReason.SEATS_TAKEN if place.refusal in FULL else PassReason.NOT_AVAILABLE
        if self.free.get(who, 0) <= 0:
            return PassReason.SEATS_TAKEN
        if self.open_counts.get(who, 0) >= self.policy.open_requests_max:
            return PassReason.ASKED_ENOUGH
        return None


async def turn_request(due: Due, db: Database) -> Steps:
    """Who did not answer in time is passed, and the next who can be asked is asked."""
    standing = await requests.standing(db, due.tenant, due.subject)
    if standing is None or standing.state != "open":
        return ()
    policy = await candidates.policy(db, due.tenant, standing.program_id)
    if policy is None:
        return ()
    commands: list[Settling] = []
    if standing.asked is not None:
        commands += passed(standing.request_id, standing.asked, PassReason.EXPIRED)
    waiting = await requests.waiting(db, due.tenant, standing.request_id)
    field = await _field(db, due.tenant, standing, policy, waiting)
    turn = Turn(request_id=standing.request_id, asker=standing.asker, waiting=waiting)
    return _steps((*commands, *turning(turn, field.hindrance, policy)))


async def settle_requests(recorded: Recorded, db: Database) -> Steps:
    """Who is paired, or leaves, is asked nothing more; a mentor without seats is not either."""
    match recorded.event:
        case ParticipantsPaired(mentor=mentor, mentee=mentee):
            known = await requests.open_at(db, recorded.tenant, mentee)
            commands = cleared(mentee, known) if known else []
            return _steps([*commands, *await _full(db, recorded.tenant, mentor)])
        case ParticipantDelisted(enrollment_id=who):
            known = await requests.open_at(db, recorded.tenant, who)
            return _steps(cleared(who, known, left=True)) if known else ()
        case _:
            return ()


async def look_at_request_again(recorded: Recorded, db: Database) -> Steps:
    """Whoever was paired, or left, in the moment in which they asked or were asked."""
    match recorded.event:
        case RequestMade(asker=who) | ChoiceAsked(asked=who):
            return _steps(await _overlooked(db, recorded.tenant, who))
        case _:
            return ()


async def _overlooked(db: Database, tenant: TenantId, who: EnrollmentId) -> Sequence[Settling]:
    place = (await openness(db, tenant, [who])).get(who)
    known = await requests.open_at(db, tenant, who)
    if place is None or not known:
        return ()
    if not place.listed:
        return cleared(who, known, left=True)
    open_pairs = await pool.open_pairs_of(db, tenant, who)
    paired = sum(pair.state != pool.PROPOSED for pair in open_pairs)
    if not paired or paired < place.seats:
        return ()
    return cleared(who, known) if place.part == Part.MENTEE else await _full(db, tenant, who)


async def _full(db: Database, tenant: TenantId, mentor: EnrollmentId) -> Sequence[Settling]:
    """What is open at a mentor whose last seat went: it goes on to others."""
    place = (await openness(db, tenant, [mentor])).get(mentor)
    if place is None or place.taken < place.seats:
        return ()
    commands: list[Settling] = []
    for each in await requests.open_at(db, tenant, mentor):
        if each.asker == mentor:
            commands += closed(each, CloseReason.PAIRED)
        else:
            commands += passed(each.request_id, mentor, PassReason.SEATS_TAKEN)
    return commands


async def _field(
    db: Database,
    tenant: TenantId,
    standing: Standing,
    policy: MatchingPolicySet,
    waiting: Sequence[EnrollmentId],
) -> _Field:
    places = await openness(db, tenant, waiting)
    sides: Sides = ([standing.asker], waiting)
    if standing.part is Part.MENTOR:
        sides = (waiting, [standing.asker])
    held = as_asked(policy, standing.format)
    source = await fitting.source(db, tenant, held, standing.cohort_id, sides)
    sponsors = await people_sponsoring(db, tenant, policy.program_id)

    def allowed(fit: Fit) -> bool:
        by_sponsor = fit.mentor.person_id in sponsors
        told = forbidding(fit, policy, standing.format, by_sponsor=by_sponsor)
        return fit.is_open and not told

    return _Field(
        policy=policy,
        places=places,
        open_counts=await requests.open_counts(db, tenant, waiting),
        allowed=frozenset(_other(fit, standing.part) for fit in fits(source) if allowed(fit)),
        free=fitting.free_seats(source, places),
    )


def _other(fit: Fit, part: Part) -> EnrollmentId:
    return (fit.mentee if part is Part.MENTOR else fit.mentor).enrollment_id


def _steps(commands: Iterable[TurnCommand]) -> Steps:
    return [Step(decider=decider_of(each), command=each) for each in commands]

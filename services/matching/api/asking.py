"""What making a request takes: whom it names, what stands between them, and its words."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from services.matching.api.proposals import (
    DifferentCohorts,
    NotAMentee,
    NotAMentor,
    policy_of,
)
from services.matching.api.rights import own_place
from services.matching.domain.fit import Fit, as_asked, fits, forbidding
from services.matching.domain.load import MentorOverloaded
from services.matching.domain.request_commands import Chosen, MakeRequest
from services.matching.domain.request_turn import TurnCommand, asking
from services.matching.domain.roster import RosterUnknown
from services.matching.queries import fits as fitting
from services.matching.queries.openness import Openness, openness
from services.matching.queries.sponsors import people_sponsoring
from shared.database import Database
from shared.errors import Refused
from shared.events.matching import MatchingPolicySet, PairingFormat
from shared.events.vocabulary import Part
from shared.frozen import frozen
from shared.ids import EnrollmentId, PersonId, RequestId, TenantId
from shared.sealed import Sealed


@frozen
class Wish:
    """Whom somebody wants to be paired with, the most wanted first."""

    request_id: RequestId
    asker: UUID
    caller: PersonId | None
    choices: tuple[UUID, ...]
    format: PairingFormat


@frozen
class _Asked:
    """Who asks, under which policy, for what."""

    policy: MatchingPolicySet
    own: Openness
    format: PairingFormat


async def wished(
    db: Database, tenant: TenantId, wish: Wish, message: Sealed | None
) -> Sequence[TurnCommand]:
    """The request, and a place on the desk of who asks and of who is asked first.

    Raises:
        RosterUnknown: the asker is not the caller's own, or a choice is not in the pool.
        NotAMentor, NotAMentee, DifferentCohorts: a choice is not on the other side.
        NoMatchingPolicy: the program has no policy yet.
    """
    own = await own_place(db, tenant, wish.caller, wish.asker)
    policy = await policy_of(db, tenant, own.program_id)
    places = await openness(db, tenant, wish.choices)
    named = [_named(places, own, place, who) for place, who in enumerate(wish.choices)]
    asked = _Asked(policy=policy, own=own, format=wish.format)
    make = MakeRequest(
        request_id=wish.request_id,
        program_id=own.program_id,
        cohort_id=own.cohort_id,
        asker=own.enrollment_id,
        asker_person=own.person_id,
        part=Part(own.part),
        choices=tuple(await _chosen(db, tenant, asked, named)),
        format=wish.format,
        request_days=policy.request_days,
        refusal=own.refusal,
        message=message,
    )
    return asking(make, policy)


def _named(places: Mapping[UUID, Openness], own: Openness, place: int, who: UUID) -> Openness:
    """Somebody on the other side of the same cohort."""
    field = f"/choices/{place}"
    named = places.get(who)
    if named is None or named.program_id != own.program_id:
        raise RosterUnknown(field=field)
    if named.part == own.part:
        raise NotAMentor(field=field) if own.part == Part.MENTEE else NotAMentee(field=field)
    if named.cohort_id != own.cohort_id:
        raise DifferentCohorts(field=field)
    return named


async def _chosen(
    db: Database, tenant: TenantId, asked: _Asked, named: Sequence[Openness]
) -> Sequence[Chosen]:
    """Those who are named, with what stands between them and who asks; erased people are gone."""
    policy, own, kind = asked.policy, asked.own, asked.format
    others = list(dict.fromkeys(each.enrollment_id for each in named))
    sides = ([own.enrollment_id], others)
    if own.part == Part.MENTOR:
        sides = (others, [own.enrollment_id])
    source = await fitting.source(db, tenant, as_asked(policy, kind), own.cohort_id, sides)
    sponsors = await people_sponsoring(db, tenant, policy.program_id)
    known = {_other(fit, own.part): fit for fit in fits(source)}

    def chosen(each: Openness, fit: Fit) -> Chosen:
        by_sponsor = fit.mentor.person_id in sponsors
        return Chosen(
            enrollment_id=each.enrollment_id,
            person_id=each.person_id,
            broken_rules=forbidding(fit, policy, kind, by_sponsor=by_sponsor),
            is_open=fit.is_open and not each.paused,  # the same word for both: neither is told
            refusal=each.refusal or _overload(fit),
        )

    found = ((each, known.get(each.enrollment_id)) for each in named)
    return [chosen(each, fit) for each, fit in found if fit is not None]


def _other(fit: Fit, part: str) -> EnrollmentId:
    return (fit.mentee if part == Part.MENTOR else fit.mentor).enrollment_id


def _overload(fit: Fit) -> type[Refused] | None:
    """Why a mentor with a seat here has no room all the same."""
    return MentorOverloaded if fit.mentor.free <= 0 else None

"""Whom somebody has in mind; nobody else ever sees it."""

from collections.abc import Sequence
from datetime import datetime
from typing import TypeAlias, assert_never

from shared.decider import Decider
from shared.errors import Refused
from shared.events.matching import PartnerShortlisted, ShortlistEvent, ShortlistingRemoved
from shared.frozen import frozen
from shared.ids import EnrollmentId

SHORTLIST_MAX = 30


@frozen
class Shortlist:
    enrollment_id: EnrollmentId
    partner: EnrollmentId


@frozen
class RemoveFromShortlist:
    enrollment_id: EnrollmentId
    partner: EnrollmentId


ShortlistCommand: TypeAlias = Shortlist | RemoveFromShortlist


class ShortlistFull(Refused):
    """Your shortlist holds 30 people: remove one before you add another."""


@frozen
class Listed:
    partners: frozenset[EnrollmentId] = frozenset()


def evolve(listed: Listed, event: ShortlistEvent) -> Listed:
    match event:
        case PartnerShortlisted(partner=partner):
            return Listed(partners=listed.partners | {partner})
        case ShortlistingRemoved(partner=partner):
            return Listed(partners=listed.partners - {partner})
        case _:
            assert_never(event)


def decide(listed: Listed, command: ShortlistCommand, now: datetime) -> Sequence[ShortlistEvent]:
    where, partner = command.enrollment_id, command.partner
    match command:
        case Shortlist():
            if partner in listed.partners:
                return ()
            if len(listed.partners) >= SHORTLIST_MAX:
                raise ShortlistFull
            return (PartnerShortlisted(enrollment_id=where, partner=partner, at=now),)
        case RemoveFromShortlist():
            if partner not in listed.partners:
                return ()
            return (ShortlistingRemoved(enrollment_id=where, partner=partner, at=now),)
        case _:
            assert_never(command)


SHORTLIST: Decider[Listed, ShortlistCommand, ShortlistEvent] = Decider(
    category="shortlist",
    key=lambda command: command.enrollment_id,
    initial=Listed(),
    evolve=evolve,
    decide=decide,
)

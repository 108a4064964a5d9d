"""The waiting list of a cohort: its order, told again from events, and how long a wait may be."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime

from shared.events.matching import (
    ParticipantDelisted,
    ParticipantListed,
    ParticipantWaitlisted,
    PriorityGranted,
    RematchRequested,
    RosterEvent,
    SeatReserved,
)
from shared.events.vocabulary import Part
from shared.frozen import frozen
from shared.ids import EnrollmentId

OBSERVATIONS_MIN = 5  # fewer seats than this say nothing about the next ones


@frozen
class FreedSeats:
    """How many seats of mentors became free in a cohort, and in how many days."""

    seats: int
    days: int


@frozen
class InLine:
    """A mentee, and whether and since when they wait."""

    since: datetime
    waits: bool = False
    priority: bool = False


def expected_days(position: int, freed: FreedSeats) -> int | None:
    """How long somebody at this place may have to wait, if seats go on becoming free as they did.

    Seats become free one after the other, and the first on the list gets each: so position times
    the days between two of them, rounded up. It counts neither seats that mentors add nor those
    before in line who cannot be paired with whoever has a seat.

    Returns:
        Days; None where fewer than five seats were seen to become free.
    """
    if freed.seats < OBSERVATIONS_MIN:
        return None
    return -(-position * max(1, freed.days) // freed.seats)


def line(events: Iterable[RosterEvent]) -> tuple[EnrollmentId, ...]:
    """The waiting list that events of one cohort's rosters lead to, the first one first.

    Who has priority comes first, then who waits longest, in days; ids settle what is left.
    """
    known: dict[EnrollmentId, InLine] = {}
    for event in events:
        known |= _after(known, event)
    waiting = [(who, place) for who, place in known.items() if place.waits]
    waiting.sort(key=lambda each: (not each[1].priority, each[1].since.date(), each[0]))
    return tuple(who for who, _ in waiting)


def _after(  # noqa: PLR0911  # a line an event
    known: Mapping[EnrollmentId, InLine], event: RosterEvent
) -> Mapping[EnrollmentId, InLine]:
    who = event.enrollment_id
    if isinstance(event, ParticipantListed):
        return {who: InLine(since=event.at)} if event.part is Part.MENTEE else {}
    place = known.get(who)
    if place is None:
        return {}  # a mentor
    match event:
        case ParticipantWaitlisted(since=since):
            return {who: replace(place, waits=True, since=since)}
        case RematchRequested(priority=priority, at=at):
            since = place.since if priority else at
            return {who: InLine(since=since, waits=True, priority=priority)}
        case PriorityGranted():
            return {who: replace(place, priority=True)}
        case SeatReserved() | ParticipantDelisted():
            return {who: replace(place, waits=False, priority=False)}
        case _:
            return {}

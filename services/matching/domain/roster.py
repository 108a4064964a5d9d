"""One enrollment's seats: given one by one, never past their number, and who waits for one."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import TypeAlias, assert_never

from shared.decider import Decider
from shared.errors import Conflict, NotFound, Refused
from shared.events.matching import (
    ParticipantDelisted,
    ParticipantListed,
    ParticipantWaitlisted,
    RematchRequested,
    RosterEvent,
    SeatReleased,
    SeatReserved,
    SeatsChanged,
)
from shared.events.vocabulary import Part
from shared.frozen import frozen
from shared.ids import CohortId, EnrollmentId, PairingId, PersonId, ProgramId, RunId


@frozen
class ListParticipant:
    enrollment_id: EnrollmentId
    program_id: ProgramId
    cohort_id: CohortId
    person_id: PersonId
    part: Part
    seats: int


@frozen
class ChangeSeats:
    enrollment_id: EnrollmentId
    seats: int


@frozen
class ReserveSeat:
    enrollment_id: EnrollmentId
    pairing_id: PairingId


@frozen
class ReturnSeat:
    """The pairing is over: its seat is free again."""

    enrollment_id: EnrollmentId
    pairing_id: PairingId
    seek: bool = False  # back in the pool for a new partner
    priority: bool = False  # let down by the other side: keeps the time already waited


@frozen
class SeekPartner:
    """Back in the pool by own wish, after a pairing that ended well."""

    enrollment_id: EnrollmentId


@frozen
class Waitlist:
    enrollment_id: EnrollmentId
    run_id: RunId
    reason: str


@frozen
class Delist:
    enrollment_id: EnrollmentId
    reason: str


RosterCommand: TypeAlias = (
    ListParticipant | ChangeSeats | ReserveSeat | ReturnSeat | SeekPartner | Waitlist | Delist
)


class MentorAtCapacity(Refused):
    """All seats of this mentor are taken."""


class MenteeAlreadyPaired(Refused):
    """This mentee already has a mentor or a proposal to answer."""


class NotListed(Refused):
    """This participant is not, or no longer, in the pool."""


class RosterUnknown(NotFound):
    """There is no such participant in the pool."""


class PairingsLeftOpen(Conflict):
    """A pairing began while this participant was leaving; read again and retry."""


@frozen
class Roster:
    listing: ParticipantListed | None = None  # None until first listed
    listed: bool = False
    seats: int = 0
    declared: int = 0  # seats wanted; lower than `seats` while too many are taken
    taken: frozenset[PairingId] = frozenset()
    waiting_since: datetime | None = None  # None until first listed
    waitlisted_by: RunId | None = None  # None: by no run since the last seat
    last_pairing: PairingId | None = None  # None: never had a seat taken
    seeking: bool = False


def evolve(roster: Roster, event: RosterEvent) -> Roster:  # noqa: PLR0911  # a line an event
    match event:
        case ParticipantListed(seats=seats, at=at):
            fresh = Roster(listing=event, listed=True, waiting_since=at, seeking=True)
            return replace(fresh, seats=seats, declared=seats, taken=roster.taken)
        case SeatsChanged(seats=seats, declared=declared):
            wanted = seats if declared is None else declared
            return replace(roster, seats=seats, declared=wanted)
        case SeatReserved(pairing_id=pairing):
            taken = roster.taken | {pairing}
            held = replace(roster, taken=taken, last_pairing=pairing)
            return replace(held, seeking=False, waitlisted_by=None)
        case SeatReleased(pairing_id=pairing):
            return replace(roster, taken=roster.taken - {pairing})
        case ParticipantWaitlisted(run_id=run, since=since):
            return replace(roster, waitlisted_by=run, waiting_since=since, seeking=True)
        case RematchRequested(priority=priority, at=at):
            waiting_since = roster.waiting_since if priority else at
            return replace(roster, seeking=True, waiting_since=waiting_since)
        case ParticipantDelisted():
            return replace(roster, listed=False, seeking=False, waitlisted_by=None)
        case _:
            assert_never(event)


def decide(  # noqa: PLR0911  # a line a command
    roster: Roster, command: RosterCommand, now: datetime
) -> Sequence[RosterEvent]:
    match command:
        case ListParticipant():
            return _list(roster, command, now)
        case ChangeSeats():
            return _change_seats(roster, command, now)
        case ReserveSeat():
            return _reserve(roster, command, now)
        case ReturnSeat():
            return _return(roster, command, now)
        case SeekPartner():
            return _seek(roster, command, now)
        case Waitlist():
            return _waitlist(roster, command, now)
        case Delist():
            return _delist(roster, command, now)
        case _:
            assert_never(command)


def _list(roster: Roster, command: ListParticipant, now: datetime) -> Sequence[RosterEvent]:
    if roster.listed:
        return ()
    return (
        ParticipantListed(
            enrollment_id=command.enrollment_id,
            program_id=command.program_id,
            cohort_id=command.cohort_id,
            person_id=command.person_id,
            part=command.part,
            seats=command.seats,
            at=now,
        ),
    )


def _change_seats(roster: Roster, command: ChangeSeats, now: datetime) -> Sequence[RosterEvent]:
    """Fewer seats than people never happens: the number sinks as people go."""
    if not roster.listed:
        raise NotListed
    seats = max(command.seats, len(roster.taken))
    if (seats, command.seats) == (roster.seats, roster.declared):
        return ()
    return (_seats_changed(command.enrollment_id, seats, command.seats, now),)


def _reserve(roster: Roster, command: ReserveSeat, now: datetime) -> Sequence[RosterEvent]:
    if command.pairing_id in roster.taken:
        return ()
    if not roster.listed or roster.listing is None:
        raise NotListed
    if len(roster.taken) >= roster.seats:
        raise MentorAtCapacity if roster.listing.part is Part.MENTOR else MenteeAlreadyPaired
    where, pairing = command.enrollment_id, command.pairing_id
    return (SeatReserved(enrollment_id=where, pairing_id=pairing, at=now),)


def _return(roster: Roster, command: ReturnSeat, now: datetime) -> Sequence[RosterEvent]:
    where, pairing = command.enrollment_id, command.pairing_id
    if pairing not in roster.taken:
        return ()
    events: list[RosterEvent] = [SeatReleased(enrollment_id=where, pairing_id=pairing, at=now)]
    left = max(roster.declared, len(roster.taken) - 1)
    if left < roster.seats:
        events.append(_seats_changed(where, left, roster.declared, now))
    if command.seek and roster.listed:
        events.append(_rematch(where, pairing, now, priority=command.priority))
    return events


def _seek(roster: Roster, command: SeekPartner, now: datetime) -> Sequence[RosterEvent]:
    if not roster.listed:
        raise NotListed
    if roster.seeking or roster.last_pairing is None:
        return ()
    if len(roster.taken) >= roster.seats:
        raise MenteeAlreadyPaired
    return (_rematch(command.enrollment_id, roster.last_pairing, now, priority=False),)


def _waitlist(roster: Roster, command: Waitlist, now: datetime) -> Sequence[RosterEvent]:
    if not roster.listed or roster.waiting_since is None:
        raise NotListed
    if roster.taken:
        raise MenteeAlreadyPaired
    if roster.waitlisted_by == command.run_id:
        return ()
    return (
        ParticipantWaitlisted(
            enrollment_id=command.enrollment_id,
            run_id=command.run_id,
            reason=command.reason,
            since=roster.waiting_since,
            at=now,
        ),
    )


def _delist(roster: Roster, command: Delist, now: datetime) -> Sequence[RosterEvent]:
    if not roster.listed:
        return ()
    if roster.taken:
        raise PairingsLeftOpen
    where, reason = command.enrollment_id, command.reason
    return (ParticipantDelisted(enrollment_id=where, reason=reason, at=now),)


def _seats_changed(where: EnrollmentId, seats: int, declared: int, now: datetime) -> SeatsChanged:
    return SeatsChanged(enrollment_id=where, seats=seats, declared=declared, at=now)


def _rematch(
    where: EnrollmentId, pairing: PairingId, now: datetime, *, priority: bool
) -> RematchRequested:
    return RematchRequested(enrollment_id=where, pairing_id=pairing, priority=priority, at=now)


ROSTER: Decider[Roster, RosterCommand, RosterEvent] = Decider(
    category="roster",
    key=lambda command: command.enrollment_id,
    initial=Roster(),
    evolve=evolve,
    decide=decide,
)

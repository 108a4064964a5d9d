"""One enrollment's seats: given one by one, never past their number, and who waits for one."""

from collections.abc import Sequence
from datetime import datetime
from typing import assert_never

from services.matching.domain.roster_care import (
    grant_priority,
    orphaned,
    take_break,
    take_step,
)
from services.matching.domain.roster_commands import (
    BeginAway,
    ChangeSeats,
    Delist,
    EndBreak,
    GrantPriority,
    LimitSeats,
    ListParticipant,
    MenteeAlreadyPaired,
    MentorAtCapacity,
    NotListed,
    OfferOvertaken,
    OfferSeat,
    PairingsLeftOpen,
    ParticipantOnPause,
    PauseParticipant,
    ReserveSeat,
    ResumeParticipant,
    ReturnSeat,
    RosterCommand,
    RosterUnknown,
    SeatsNegative,
    SeekPartner,
    SetAwayDates,
    TakeOrphanStep,
    Waitlist,
)
from services.matching.domain.roster_state import Roster, evolve
from shared.decider import Decider
from shared.errors import Refused
from shared.events.matching import (
    ParticipantDelisted,
    ParticipantListed,
    ParticipantWaitlisted,
    RematchRequested,
    RosterEvent,
    SeatOffered,
    SeatReleased,
    SeatReserved,
    SeatsChanged,
    SeatsLimited,
)
from shared.events.vocabulary import Part
from shared.ids import EnrollmentId, PairingId

__all__ = [
    "ROSTER",
    "ChangeSeats",
    "Delist",
    "ListParticipant",
    "MenteeAlreadyPaired",
    "MentorAtCapacity",
    "NotListed",
    "PairingsLeftOpen",
    "ParticipantOnPause",
    "ReserveSeat",
    "ReturnSeat",
    "Roster",
    "RosterCommand",
    "RosterUnknown",
    "SeekPartner",
    "Waitlist",
    "decide",
    "evolve",
]


def decide(  # noqa: C901, PLR0911, PLR0912  # a line a command
    roster: Roster, command: RosterCommand, now: datetime
) -> Sequence[RosterEvent]:
    match command:
        case ListParticipant():
            return _list(roster, command, now)
        case ChangeSeats(enrollment_id=who, seats=seats):
            return _change_seats(roster, who, seats, now)
        case LimitSeats():
            return _limit_seats(roster, command, now)
        case ReserveSeat():
            return _reserve(roster, command, now)
        case OfferSeat():
            return _offer(roster, command, now)
        case ReturnSeat():
            return _return(roster, command, now)
        case SeekPartner():
            return _seek(roster, command, now)
        case Waitlist():
            return _waitlist(roster, command, now)
        case GrantPriority():
            return grant_priority(roster, command, now)
        case PauseParticipant() | ResumeParticipant() | EndBreak() | SetAwayDates() | BeginAway():
            return take_break(roster, command, now)
        case TakeOrphanStep():
            return take_step(roster, command, now)
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


def _change_seats(
    roster: Roster, who: EnrollmentId, wished: int, now: datetime
) -> Sequence[RosterEvent]:
    """Fewer seats than people never happens: the number sinks as people go."""
    if not roster.listed:
        return ()  # whoever is listed again has what is declared then
    within = wished if roster.limit is None else min(wished, roster.limit)
    seats = max(within, len(roster.taken))
    if (seats, wished) == (roster.seats, roster.declared):
        return ()
    return (_seats_changed(who, seats, wished, now),)


def _limit_seats(roster: Roster, command: LimitSeats, now: datetime) -> Sequence[RosterEvent]:
    who, limit = command.enrollment_id, command.limit
    if not roster.listed:
        raise NotListed
    if limit is not None and limit < 0:
        raise SeatsNegative(field="/seats")
    if limit == roster.limit:
        return ()
    limited = SeatsLimited(enrollment_id=who, limit=limit, at=now)
    return (limited, *_change_seats(evolve(roster, limited), who, roster.declared, now))


def _reserve(
    roster: Roster, command: ReserveSeat | OfferSeat, now: datetime
) -> Sequence[RosterEvent]:
    if command.pairing_id in roster.taken:
        return ()
    refusal = _no_seat(roster)
    if refusal is not None:
        raise OfferOvertaken if isinstance(command, ReserveSeat) and command.seen_free else refusal
    where, pairing = command.enrollment_id, command.pairing_id
    return (SeatReserved(enrollment_id=where, pairing_id=pairing, at=now),)


def _no_seat(roster: Roster) -> type[Refused] | None:
    """Why there is none to be had; None if there is."""
    if not roster.listed or roster.listing is None:
        return NotListed
    if len(roster.taken) >= roster.seats:
        return MentorAtCapacity if roster.listing.part is Part.MENTOR else MenteeAlreadyPaired
    return None if roster.paused is None else ParticipantOnPause


def _offer(roster: Roster, command: OfferSeat, now: datetime) -> Sequence[RosterEvent]:
    """To the one who was first when somebody looked; looked at again if they no longer wait."""
    if command.pairing_id in roster.taken:
        return ()
    if not roster.seeking or roster.paused is not None or len(roster.taken) >= roster.seats:
        raise OfferOvertaken
    offered = SeatOffered(
        enrollment_id=command.enrollment_id,
        pairing_id=command.pairing_id,
        mentor=command.mentor,
        position=command.position,
        at=now,
    )
    return (offered, *_reserve(roster, command, now))


def _return(roster: Roster, command: ReturnSeat, now: datetime) -> Sequence[RosterEvent]:
    where, pairing = command.enrollment_id, command.pairing_id
    if pairing not in roster.taken:
        return ()
    events: list[RosterEvent] = [SeatReleased(enrollment_id=where, pairing_id=pairing, at=now)]
    left = max(roster.wanted, len(roster.taken) - 1)
    if left < roster.seats:
        events.append(_seats_changed(where, left, roster.declared, now))
    if command.seek and roster.listed:
        events.append(_rematch(where, pairing, now, priority=command.priority))
        mentee = roster.listing is not None and roster.listing.part is Part.MENTEE
        if command.orphaned and mentee:
            events.append(orphaned(command, now))
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

"""What a roster knows: seats, who has them, who waits, who is away, and who was left."""

from dataclasses import replace
from datetime import datetime
from typing import assert_never

from shared.events.matching import (
    AwayDatesSet,
    OrphanStepTaken,
    ParticipantDelisted,
    ParticipantListed,
    ParticipantPaused,
    ParticipantResumed,
    ParticipantWaitlisted,
    PriorityGranted,
    RematchRequested,
    RosterEvent,
    SeatOffered,
    SeatReleased,
    SeatReserved,
    SeatsChanged,
    SeatsLimited,
)
from shared.frozen import frozen
from shared.ids import PairingId, RunId


@frozen
class Roster:
    listing: ParticipantListed | None = None  # None: never listed
    listed: bool = False
    seats: int = 0
    declared: int = 0  # seats wanted; lower than `seats` while too many are taken
    limit: int | None = None  # seats at most, in this cohort
    taken: frozenset[PairingId] = frozenset()
    waiting_since: datetime | None = None  # None until first listed
    waitlisted_by: RunId | None = None  # None: by no run since the last seat
    last_pairing: PairingId | None = None  # None: never had a seat taken
    seeking: bool = False
    priority: bool = False
    paused: ParticipantPaused | None = None
    away: AwayDatesSet | None = None
    orphan: OrphanStepTaken | None = None  # the last step taken since a partner left

    @property
    def wanted(self) -> int:
        """How many seats there are to be, as soon as enough of them are free."""
        return self.declared if self.limit is None else min(self.declared, self.limit)


def evolve(  # noqa: PLR0911  # a line a kind of event
    roster: Roster, event: RosterEvent
) -> Roster:
    match event:
        case ParticipantListed(seats=seats, at=at):
            fresh = Roster(listing=event, listed=True, waiting_since=at, seeking=True)
            return replace(fresh, seats=seats, declared=seats, taken=roster.taken)
        case SeatsChanged(seats=seats, declared=declared):
            wanted = seats if declared is None else declared
            return replace(roster, seats=seats, declared=wanted)
        case SeatsLimited(limit=limit):
            return replace(roster, limit=limit)
        case SeatReserved() | SeatReleased() | SeatOffered():
            return _seated(roster, event)
        case ParticipantWaitlisted() | RematchRequested() | PriorityGranted():
            return _queued(roster, event)
        case ParticipantPaused() | ParticipantResumed() | AwayDatesSet():
            return _away(roster, event)
        case OrphanStepTaken():
            return replace(roster, orphan=event)
        case ParticipantDelisted():
            gone = replace(roster, listed=False, seeking=False, waitlisted_by=None)
            return replace(gone, paused=None, away=None, orphan=None, priority=False)
        case _:
            assert_never(event)


def _seated(roster: Roster, event: SeatReserved | SeatReleased | SeatOffered) -> Roster:
    match event:
        case SeatReserved(pairing_id=pairing):
            taken = roster.taken | {pairing}
            held = replace(roster, taken=taken, last_pairing=pairing, orphan=None)
            return replace(held, seeking=False, waitlisted_by=None, priority=False)
        case SeatReleased(pairing_id=pairing):
            return replace(roster, taken=roster.taken - {pairing})
        case SeatOffered():
            return roster  # SeatReserved says the rest
        case _:
            assert_never(event)


def _queued(
    roster: Roster, event: ParticipantWaitlisted | RematchRequested | PriorityGranted
) -> Roster:
    match event:
        case ParticipantWaitlisted(run_id=run, since=since):
            return replace(roster, waitlisted_by=run, waiting_since=since, seeking=True)
        case RematchRequested(priority=priority, at=at):
            waited = roster.waiting_since if priority else at
            return replace(roster, seeking=True, waiting_since=waited, priority=priority)
        case PriorityGranted():
            return replace(roster, priority=True)
        case _:
            assert_never(event)


def _away(roster: Roster, event: ParticipantPaused | ParticipantResumed | AwayDatesSet) -> Roster:
    match event:
        case ParticipantPaused():
            return replace(roster, paused=event)
        case ParticipantResumed():
            return replace(roster, paused=None, away=None)
        case AwayDatesSet(starts_at=starts_at):
            return replace(roster, away=None if starts_at is None else event)
        case _:
            assert_never(event)

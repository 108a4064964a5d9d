"""Breaks, priority, freed seats and dated steps of a place in the pool, as rows and timers."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from services.matching.projections.timers import answered, due
from shared.envelope import Recorded
from shared.events.matching import (
    AwayDatesSet,
    OrphanStepTaken,
    ParticipantDelisted,
    ParticipantPaused,
    ParticipantResumed,
    PriorityGranted,
    SeatOffered,
    SeatReleased,
    SeatReserved,
    SeatsLimited,
)
from shared.ids import EnrollmentId
from shared.projection import Change, Effect, Put, hears

BREAK_TIMER = "break_end"
AWAY_TIMER = "away_begin"
ORPHAN_TIMER = "orphan_step"

_NO_BREAK = {"paused": False, "paused_until": None, "away_from": None, "away_until": None}
_NO_ORPHAN = {"orphan_step": None, "orphan_since": None, "orphan_next_at": None}


@hears(
    SeatsLimited,
    PriorityGranted,
    SeatOffered,
    SeatReserved,
    ParticipantPaused,
    ParticipantResumed,
    AwayDatesSet,
    OrphanStepTaken,
    ParticipantDelisted,
)
def places(recorded: Recorded) -> Iterator[Effect]:
    """What stands beside the seats, in the roster's row."""
    match recorded.event:
        case SeatsLimited(enrollment_id=who, limit=limit):
            yield _change(recorded, who, {"seats_limit": limit})
        case PriorityGranted(enrollment_id=who):
            yield _change(recorded, who, {"priority": True})
        case SeatOffered(enrollment_id=who):
            yield _change(recorded, who, {})
        case SeatReserved(enrollment_id=who):
            yield _change(recorded, who, _NO_ORPHAN)
        case ParticipantPaused(enrollment_id=who, until=until):
            yield _change(recorded, who, {"paused": True, "paused_until": until})
        case ParticipantResumed(enrollment_id=who) as fact:
            yield _change(recorded, who, {**_NO_BREAK, "back_since": fact.at})
        case AwayDatesSet(enrollment_id=who, starts_at=starts_at, ends_at=ends_at):
            yield _change(recorded, who, {"away_from": starts_at, "away_until": ends_at})
        case OrphanStepTaken() as fact:
            step = {"orphan_step": fact.step.value, "orphan_next_at": fact.next_at}
            first = {"orphan_since": fact.at} if fact.step == "told" else {}
            yield _change(recorded, fact.enrollment_id, {**step, **first})
        case ParticipantDelisted(enrollment_id=who):
            gone = {**_NO_BREAK, **_NO_ORPHAN, "priority": False}
            yield _change(recorded, who, gone)
        case _:
            return


@hears(SeatReleased)
def freed_seats(recorded: Recorded) -> Iterator[Effect]:
    """When seats became free: how long others may have to wait."""
    match recorded.event:
        case SeatReleased(enrollment_id=who, pairing_id=pairing, at=at):
            row = {"enrollment_id": who, "pairing_id": pairing, "freed_at": at}
            yield Put(table="freed_seats", row=row)
        case _:
            return


@hears(
    ParticipantPaused,
    ParticipantResumed,
    AwayDatesSet,
    OrphanStepTaken,
    SeatReserved,
    ParticipantDelisted,
)
def place_deadlines(recorded: Recorded) -> Iterator[Effect]:
    """The end of a break, the first day away, and the next step for whom a partner left."""
    match recorded.event:
        case ParticipantPaused(enrollment_id=who, until=until):
            yield answered(AWAY_TIMER, who)
            yield _dated(BREAK_TIMER, who, until)
        case ParticipantResumed(enrollment_id=who):
            yield answered(BREAK_TIMER, who)
            yield answered(AWAY_TIMER, who)
        case AwayDatesSet(enrollment_id=who, starts_at=starts_at):
            yield _dated(AWAY_TIMER, who, starts_at)
        case OrphanStepTaken(enrollment_id=who, next_at=next_at, next_step=step):
            later = None if step is None else {"step": step.value}
            yield _dated(ORPHAN_TIMER, who, next_at, later)
        case SeatReserved(enrollment_id=who):
            yield answered(ORPHAN_TIMER, who)
        case ParticipantDelisted(enrollment_id=who):
            for kind in (BREAK_TIMER, AWAY_TIMER, ORPHAN_TIMER):
                yield answered(kind, who)
        case _:
            return


def _dated(
    kind: str, who: EnrollmentId, at: datetime | None, payload: Mapping[str, Any] | None = None
) -> Effect:
    return answered(kind, who) if at is None else due(kind, who, at, payload)


def _change(recorded: Recorded, who: EnrollmentId, values: Mapping[str, Any]) -> Effect:
    key = {"enrollment_id": who}
    return Change(table="rosters", key=key, values={**values, "version": recorded.version})

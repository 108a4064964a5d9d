"""Rosters as rows: seats and how many are taken, and who waits since when."""

from collections.abc import Iterator, Mapping
from typing import Any

from shared.envelope import Recorded
from shared.events.matching import (
    ParticipantDelisted,
    ParticipantListed,
    ParticipantWaitlisted,
    RematchRequested,
    SeatReleased,
    SeatReserved,
    SeatsChanged,
)
from shared.ids import EnrollmentId
from shared.projection import Add, Change, Effect, Put, hears

REMATCH_REQUESTED = "rematch_requested"


@hears(
    ParticipantListed,
    SeatsChanged,
    SeatReserved,
    SeatReleased,
    ParticipantWaitlisted,
    RematchRequested,
    ParticipantDelisted,
)
def rosters(recorded: Recorded) -> Iterator[Effect]:
    """One row for each enrollment that was ever in the pool."""
    match recorded.event:
        case ParticipantListed() as fact:
            yield _listed(recorded, fact)
        case SeatsChanged(enrollment_id=who, seats=seats, declared=declared):
            wished = seats if declared is None else declared
            yield _change(recorded, who, {"seats": seats, "declared": wished})
        case SeatReserved(enrollment_id=who):
            yield Add(table="rosters", key={"enrollment_id": who}, amounts={"taken": 1})
            placed = {"seeking": False, "waiting_reason": None, "priority": False}
            yield _change(recorded, who, placed)
        case SeatReleased(enrollment_id=who):
            yield Add(table="rosters", key={"enrollment_id": who}, amounts={"taken": -1})
            yield _change(recorded, who, {})
        case ParticipantWaitlisted(enrollment_id=who, reason=reason, since=since):
            waiting = {"seeking": True, "waiting_reason": reason, "waiting_since": since}
            yield _change(recorded, who, waiting)
        case RematchRequested(enrollment_id=who, priority=priority, at=at):
            back = {"seeking": True, "waiting_reason": REMATCH_REQUESTED, "priority": priority}
            anew = {} if priority else {"waiting_since": at}
            yield _change(recorded, who, {**back, **anew})
        case ParticipantDelisted(enrollment_id=who):
            gone = {"listed": False, "seeking": False, "waiting_reason": None}
            yield _change(recorded, who, gone)
        case _:
            return


def _listed(recorded: Recorded, fact: ParticipantListed) -> Effect:
    row = {
        "enrollment_id": fact.enrollment_id,
        "program_id": fact.program_id,
        "cohort_id": fact.cohort_id,
        "person_id": fact.person_id,
        "part": fact.part.value,
        "seats": fact.seats,
        "declared": fact.seats,
        "listed": True,
        "seeking": True,
        "waiting_since": fact.at,
        "listed_at": fact.at,
        "version": recorded.version,
    }
    return Put(table="rosters", row=row)


def _change(recorded: Recorded, who: EnrollmentId, values: Mapping[str, Any]) -> Effect:
    key = {"enrollment_id": who}
    return Change(table="rosters", key=key, values={**values, "version": recorded.version})

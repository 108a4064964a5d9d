"""What each person carries in all programs together, as one row and what it is the sum of."""

from collections.abc import Iterator, Mapping
from typing import Any

from shared.envelope import Recorded
from shared.events.matching import (
    CircleReleased,
    CircleReserved,
    LoadLimited,
    LoadReleased,
    LoadReserved,
    MentorOverloadDetected,
    MentorOverloadEnded,
)
from shared.events.vocabulary import Part
from shared.ids import PersonId
from shared.projection import Add, Change, Effect, Put, Remove, hears


@hears(
    LoadLimited,
    LoadReserved,
    LoadReleased,
    MentorOverloadDetected,
    MentorOverloadEnded,
    CircleReserved,
    CircleReleased,
)
def loads(recorded: Recorded) -> Iterator[Effect]:
    """One row for each person who was ever paired, in a circle, or declared a capacity."""
    match recorded.event:
        case LoadLimited(person_id=who, seats=seats, hours=hours):
            yield from _begun(recorded, who)
            yield _change(recorded, who, {"seats": seats, "hours": hours})
        case LoadReserved(person_id=who, part=part, hours=hours):
            yield from _begun(recorded, who)
            yield _more(who, part, 1, hours)
            yield _change(recorded, who, {})
        case LoadReleased(person_id=who, part=part, hours=hours):
            yield _more(who, part, -1, -hours)
            yield _change(recorded, who, {})
        case MentorOverloadDetected(person_id=who, at=at):
            yield _change(recorded, who, {"overloaded": True, "overloaded_at": at})
        case MentorOverloadEnded(person_id=who):
            yield _change(recorded, who, {"overloaded": False, "overloaded_at": None})
        case CircleReserved(person_id=who):
            yield from _begun(recorded, who)
            yield Add(table="loads", key={"person_id": who}, amounts={"circles": 1})
            yield _change(recorded, who, {})
        case CircleReleased(person_id=who):
            yield Add(table="loads", key={"person_id": who}, amounts={"circles": -1})
            yield _change(recorded, who, {})
        case _:
            return


@hears(LoadReserved, LoadReleased)
def load_entries(recorded: Recorded) -> Iterator[Effect]:
    """What the figure is the sum of."""
    match recorded.event:
        case LoadReserved() as fact:
            row = {
                "person_id": fact.person_id,
                "pairing_id": fact.pairing_id,
                "program_id": fact.program_id,
                "part": fact.part.value,
                "hours": fact.hours,
            }
            yield Put(table="load_entries", row=row)
        case LoadReleased(person_id=who, pairing_id=pairing):
            yield Remove(table="load_entries", key={"person_id": who, "pairing_id": pairing})
        case _:
            return


def _begun(recorded: Recorded, who: PersonId) -> Iterator[Effect]:
    """A row, if this is the first that is heard of somebody: a limit or a reservation."""
    if recorded.version == 1:
        yield Put(table="loads", row={"person_id": who, "version": 0})


def _more(who: PersonId, part: Part, seats: int, hours: int) -> Effect:
    amounts = {"seats_taken": seats if part is Part.MENTOR else 0, "hours_taken": hours}
    return Add(table="loads", key={"person_id": who}, amounts=amounts)


def _change(recorded: Recorded, who: PersonId, values: Mapping[str, Any]) -> Effect:
    key = {"person_id": who}
    return Change(table="loads", key=key, values={**values, "version": recorded.version})

"""What one person carries in all programs together: one figure, never past what was declared.

A pairing is reserved here in the same commit as its seat on the roster, and a place in a circle in
the same commit as its joining, so the figure is the sum of what is taken in every program, whatever
is asked at once.
"""

from collections.abc import Mapping, Sequence
from dataclasses import field, replace
from datetime import datetime
from types import MappingProxyType
from typing import TypeAlias, assert_never

from shared.decider import Decider
from shared.errors import InvalidCommand, Refused
from shared.events.matching import (
    CircleReleased,
    CircleReserved,
    LoadEvent,
    LoadLimited,
    LoadReleased,
    LoadReserved,
    MentorOverloadDetected,
    MentorOverloadEnded,
)
from shared.events.vocabulary import Part
from shared.frozen import frozen
from shared.ids import CircleId, PairingId, PersonId, ProgramId


@frozen
class LimitLoad:
    """What a mentor declared to have room for, all programs together."""

    person_id: PersonId
    seats: int
    hours: int  # a month


@frozen
class ReserveLoad:
    person_id: PersonId
    pairing_id: PairingId
    program_id: ProgramId
    part: Part
    hours: int  # a month
    programs_max: int | None = None  # at the same time, for a mentor of this program


@frozen
class ReleaseLoad:
    person_id: PersonId
    pairing_id: PairingId


@frozen
class ReserveCircle:
    person_id: PersonId
    circle_id: CircleId
    program_id: ProgramId
    circles_max: int | None  # open ones in this program; None: any number


@frozen
class ReleaseCircle:
    person_id: PersonId
    circle_id: CircleId


LoadCommand: TypeAlias = LimitLoad | ReserveLoad | ReleaseLoad | ReserveCircle | ReleaseCircle


class MentorOverloaded(Refused):
    """This mentor carries as much as they declared, all programs together."""


class MentorInTooManyPrograms(Refused):
    """This mentor has mentees in as many programs at the same time as this program allows."""


class InEnoughCircles(Refused):
    """Somebody is in as many circles as this program allows: let them leave one first."""

    def __init__(self, who: PersonId | None = None) -> None:
        """Name who it is."""
        named = "Somebody" if who is None else f"The person {who}"
        super().__init__(
            f"{named} is in as many circles as this program allows: let them leave one first."
        )


class LoadNegative(InvalidCommand):
    """Seats and hours are whole numbers, zero or more."""


@frozen
class Load:
    limits: LoadLimited | None = None  # None: nothing was declared
    taken: Mapping[PairingId, LoadReserved] = field(default_factory=lambda: MappingProxyType({}))
    circles: Mapping[CircleId, ProgramId] = field(default_factory=lambda: MappingProxyType({}))
    overloaded: bool = False

    @property
    def seats_taken(self) -> int:
        """Mentees of this person in all programs."""
        return sum(each.part is Part.MENTOR for each in self.taken.values())

    @property
    def hours_taken(self) -> int:
        """Hours a month, as mentor and as mentee."""
        return sum(each.hours for each in self.taken.values())

    @property
    def programs(self) -> frozenset[ProgramId]:
        """Where this person has mentees."""
        mentored = (each for each in self.taken.values() if each.part is Part.MENTOR)
        return frozenset(each.program_id for each in mentored)

    @property
    def beyond(self) -> bool:
        """Whether more is taken than was declared."""
        limits = self.limits
        if limits is None or not self.seats_taken:
            return False
        return self.seats_taken > limits.seats or self.hours_taken > limits.hours


def evolve(  # noqa: PLR0911  # a line a kind of event
    load: Load, event: LoadEvent
) -> Load:
    match event:
        case LoadLimited():
            return replace(load, limits=event)
        case LoadReserved(pairing_id=pairing):
            return replace(load, taken=MappingProxyType({**load.taken, pairing: event}))
        case LoadReleased(pairing_id=pairing):
            left = {key: each for key, each in load.taken.items() if key != pairing}
            return replace(load, taken=MappingProxyType(left))
        case MentorOverloadDetected():
            return replace(load, overloaded=True)
        case MentorOverloadEnded():
            return replace(load, overloaded=False)
        case CircleReserved(circle_id=circle, program_id=program):
            return replace(load, circles=MappingProxyType({**load.circles, circle: program}))
        case CircleReleased(circle_id=circle):
            rest = {key: each for key, each in load.circles.items() if key != circle}
            return replace(load, circles=MappingProxyType(rest))
        case _:
            assert_never(event)


def decide(load: Load, command: LoadCommand, now: datetime) -> Sequence[LoadEvent]:
    match command:
        case LimitLoad():
            return _limit(load, command, now)
        case ReserveLoad():
            return _reserve(load, command, now)
        case ReleaseLoad():
            return _release(load, command, now)
        case ReserveCircle():
            return _join(load, command, now)
        case ReleaseCircle(person_id=who, circle_id=circle):
            left = CircleReleased(person_id=who, circle_id=circle, at=now)
            return (left,) if circle in load.circles else ()
        case _:
            assert_never(command)


def _limit(load: Load, command: LimitLoad, now: datetime) -> Sequence[LoadEvent]:
    who, seats, hours = command.person_id, command.seats, command.hours
    if min(seats, hours) < 0:
        raise LoadNegative(field="/seats" if seats < 0 else "/hours_per_month")
    known = load.limits
    if known is not None and (known.seats, known.hours) == (seats, hours):
        return ()
    limited = LoadLimited(person_id=who, seats=seats, hours=hours, at=now)
    return _and_guarded(load, limited, now)


def _reserve(load: Load, command: ReserveLoad, now: datetime) -> Sequence[LoadEvent]:
    if command.pairing_id in load.taken:
        return ()
    if command.part is Part.MENTOR:
        _check_room(load, command)
    reserved = LoadReserved(
        person_id=command.person_id,
        pairing_id=command.pairing_id,
        program_id=command.program_id,
        part=command.part,
        hours=command.hours,
        at=now,
    )
    return _and_guarded(load, reserved, now)


def _check_room(load: Load, command: ReserveLoad) -> None:
    programs = load.programs | {command.program_id}
    if command.programs_max is not None and len(programs) > command.programs_max:
        raise MentorInTooManyPrograms
    limits = load.limits
    if limits is None:
        return
    seats, hours = load.seats_taken + 1, load.hours_taken + command.hours
    if load.overloaded or seats > limits.seats or hours > limits.hours:
        raise MentorOverloaded


def _release(load: Load, command: ReleaseLoad, now: datetime) -> Sequence[LoadEvent]:
    taken = load.taken.get(command.pairing_id)
    if taken is None:
        return ()
    released = LoadReleased(
        person_id=command.person_id,
        pairing_id=command.pairing_id,
        part=taken.part,
        hours=taken.hours,
        at=now,
    )
    return _and_guarded(load, released, now)


def _join(load: Load, command: ReserveCircle, now: datetime) -> Sequence[LoadEvent]:
    if command.circle_id in load.circles:
        return ()
    here = sum(program == command.program_id for program in load.circles.values())
    if command.circles_max is not None and here >= command.circles_max:
        raise InEnoughCircles(command.person_id)
    return (
        CircleReserved(
            person_id=command.person_id,
            circle_id=command.circle_id,
            program_id=command.program_id,
            at=now,
        ),
    )


def _and_guarded(load: Load, event: LoadEvent, now: datetime) -> Sequence[LoadEvent]:
    """The event, and what it means for the guard."""
    after = evolve(load, event)
    limits = after.limits
    if after.beyond == load.overloaded or limits is None:
        return (event,)
    if load.overloaded:
        return (event, MentorOverloadEnded(person_id=event.person_id, at=now))
    detected = MentorOverloadDetected(
        person_id=event.person_id,
        seats_taken=after.seats_taken,
        seats=limits.seats,
        hours_taken=after.hours_taken,
        hours=limits.hours,
        at=now,
    )
    return (event, detected)


LOAD: Decider[Load, LoadCommand, LoadEvent] = Decider(
    category="load",
    key=lambda command: command.person_id,
    initial=Load(),
    evolve=evolve,
    decide=decide,
)

"""A person joins, moves, leaves, comes back, and can be erased; their name stands elsewhere."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from enum import StrEnum
from typing import TypeAlias, assert_never

from shared.decider import Decider
from shared.errors import InvalidCommand, NotFound, Refused
from shared.events.enrollment import (
    IdentityCorrected,
    PersonErased,
    PersonEvent,
    PersonLeft,
    PersonMoved,
    PersonRegistered,
    Position,
)
from shared.frozen import frozen
from shared.ids import PersonId


@frozen
class RecordPerson:
    """This is how the directory knows an employed person now."""

    person_id: PersonId
    position: Position
    identity_changed: bool = False  # a name, a mail address, or the employee number is another


@frozen
class RecordDeparture:
    person_id: PersonId


@frozen
class ErasePerson:
    person_id: PersonId


PersonCommand: TypeAlias = RecordPerson | RecordDeparture | ErasePerson


class PersonNotFound(NotFound):
    """There is no person of this id."""


class PersonIsErased(Refused):
    """This person was erased: nothing more is recorded of them."""


class OwnManager(InvalidCommand):
    """Nobody is their own manager."""


class Standing(StrEnum):
    """How a person stands to the organisation."""

    UNKNOWN = "unknown"
    ACTIVE = "active"
    LEFT = "left"
    ERASED = "erased"


@frozen
class Person:
    standing: Standing = Standing.UNKNOWN
    position: Position | None = None


def evolve(person: Person, event: PersonEvent) -> Person:
    match event:
        case PersonRegistered(position=position):
            return Person(standing=Standing.ACTIVE, position=position)
        case PersonMoved(position=position):
            return replace(person, position=position)
        case IdentityCorrected():
            return person
        case PersonLeft():
            return replace(person, standing=Standing.LEFT)
        case PersonErased():
            return replace(person, standing=Standing.ERASED)
        case _:
            assert_never(event)


def decide(person: Person, command: PersonCommand, now: datetime) -> Sequence[PersonEvent]:
    match command:
        case RecordPerson():
            return _record(person, command, now)
        case RecordDeparture(person_id=person_id):
            return _leave(person, person_id, now)
        case ErasePerson(person_id=person_id):
            return _erase(person, person_id, now)
        case _:
            assert_never(command)


def _record(person: Person, command: RecordPerson, now: datetime) -> Sequence[PersonEvent]:
    who, position = command.person_id, command.position
    if person.standing is Standing.ERASED:
        raise PersonIsErased
    if position.manager_id == who:
        raise OwnManager(field="/manager_employee_number")
    if person.standing is not Standing.ACTIVE:  # new, or back again
        return (PersonRegistered(person_id=who, position=position, at=now),)
    moved = PersonMoved(person_id=who, position=position, at=now)
    corrected = IdentityCorrected(person_id=who, at=now)
    return (
        *((moved,) if position != person.position else ()),
        *((corrected,) if command.identity_changed else ()),
    )


def _leave(person: Person, person_id: PersonId, now: datetime) -> Sequence[PersonEvent]:
    if person.standing is Standing.UNKNOWN:
        raise PersonNotFound
    if person.standing is not Standing.ACTIVE:
        return ()
    return (PersonLeft(person_id=person_id, at=now),)


def _erase(person: Person, person_id: PersonId, now: datetime) -> Sequence[PersonEvent]:
    if person.standing is Standing.ERASED:
        return ()
    erased = PersonErased(person_id=person_id, at=now)
    return (*_leave(person, person_id, now), erased)  # who is erased takes part no longer


PERSON: Decider[Person, PersonCommand, PersonEvent] = Decider(
    category="person",
    key=lambda command: command.person_id,
    initial=Person(),
    evolve=evolve,
    decide=decide,
)

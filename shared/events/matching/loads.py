"""What one person carries across all programs, as mentor and as mentee."""

from datetime import datetime
from typing import TypeAlias

from shared.events.vocabulary import Part
from shared.frozen import light
from shared.ids import CircleId, PairingId, PersonId, ProgramId


@light
class LoadLimited:
    """How much a mentor declared to have room for, all programs together."""

    person_id: PersonId
    seats: int
    hours: int  # a month
    at: datetime


@light
class LoadReserved:
    person_id: PersonId
    pairing_id: PairingId
    program_id: ProgramId
    part: Part
    hours: int  # a month
    at: datetime


@light
class LoadReleased:
    person_id: PersonId
    pairing_id: PairingId
    part: Part
    hours: int
    at: datetime


@light
class MentorOverloadDetected:
    """More is taken than was declared: no proposals until some of it is over."""

    person_id: PersonId
    seats_taken: int
    seats: int
    hours_taken: int
    hours: int
    at: datetime


@light
class MentorOverloadEnded:
    person_id: PersonId
    at: datetime


@light
class CircleReserved:
    """A place in a circle of peers: it takes no hours, but a program limits how many there are."""

    person_id: PersonId
    circle_id: CircleId
    program_id: ProgramId
    at: datetime


@light
class CircleReleased:
    person_id: PersonId
    circle_id: CircleId
    at: datetime


LoadEvent: TypeAlias = (
    LoadLimited
    | LoadReserved
    | LoadReleased
    | MentorOverloadDetected
    | MentorOverloadEnded
    | CircleReserved
    | CircleReleased
)

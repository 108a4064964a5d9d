"""Who is kept from whom, as the text that is sealed into events."""

import msgspec

from shared.frozen import frozen
from shared.ids import PersonId


@frozen
class Target:
    """Whom somebody is not to be paired with: a person, or everybody of a function."""

    against: PersonId | None = None
    function: str | None = None


def written(target: Target) -> str:
    """The same text for the same target."""
    return msgspec.json.encode(target).decode()


def read(text: str) -> Target:
    """A target that was written."""
    return msgspec.json.decode(text, type=Target)


def in_order(people: tuple[PersonId, PersonId]) -> tuple[PersonId, PersonId]:
    """The same whoever of the two is named first."""
    first, second = people
    return (first, second) if first <= second else (second, first)


def written_pair(people: tuple[PersonId, PersonId]) -> str:
    """The same text for the same two, whoever is named first."""
    return msgspec.json.encode(in_order(people)).decode()


def read_pair(text: str) -> tuple[PersonId, PersonId]:
    """Two who were written, in the order of their ids."""
    return msgspec.json.decode(text, type=tuple[PersonId, PersonId])

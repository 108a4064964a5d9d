"""What a projection may yield: changes of rows, as data, without reading any."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeAlias, TypeVar

from shared.envelope import Recorded
from shared.frozen import light


@light
class Put:
    """This row stands from now on; one with the same primary key is replaced as a whole."""

    table: str
    row: Mapping[str, Any]


@light
class Change:
    """Set columns of the rows that have this key; nothing happens where there is none."""

    table: str
    key: Mapping[str, Any]
    values: Mapping[str, Any]


@light
class Add:
    """Add to whole-number columns of the rows that have this key; nothing where there is none."""

    table: str
    key: Mapping[str, Any]
    amounts: Mapping[str, int]


@light
class Remove:
    """The rows that have this key stand no longer."""

    table: str
    key: Mapping[str, Any]


Effect: TypeAlias = Put | Change | Add | Remove
ProjectionFunction: TypeAlias = Callable[[Recorded], Iterable[Effect]]
F = TypeVar("F", bound=ProjectionFunction)

_HEARD = "__heard__"


def hears(*kinds: type[Any]) -> Callable[[F], F]:
    """Say of which events a function makes effects: it is not called for others."""

    def declared(function: F) -> F:
        setattr(function, _HEARD, frozenset(kinds))
        return function

    return declared


def heard_by(function: ProjectionFunction) -> frozenset[type[Any]] | None:
    """The events that a function makes effects of; None if it hears all."""
    heard: frozenset[type[Any]] | None = getattr(function, _HEARD, None)
    return heard


@light
class Projection:
    """Read tables and the events that make them.

    Each row is derived from one stream alone, so slots may be projected side by side and a
    rebuild gives the same rows. What combines streams is a join in a query.
    """

    name: str
    sources: frozenset[str]  # services whose events it hears
    schema: str
    tables: Path  # tables.sql: plain CREATE TABLE statements without a schema
    functions: Sequence[ProjectionFunction]

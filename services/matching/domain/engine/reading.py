"""A bare instance as people write it down, checked cell by cell before anything is worked out."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from services.matching.domain.engine.solving import Instance
from shared.errors import InvalidCommand
from shared.events.matching import Objective

SCORE_MAX = 1_000_000
SEATS_MAX = 1_000_000
KNOWN = ("scores", "seats", "priority", "objective")

_LISTS = {
    "scores": "a list of rows, each a list with a score or null for each column.",
    "seats": "a list with the number of seats of each column.",
}


class InstanceUnreadable(InvalidCommand):
    """An instance is an object with scores, seats, and, if wanted, priority and objective."""


class ScoresUneven(InvalidCommand):
    """A row of scores has one entry for each of the seats, null where a pair is not allowed."""


class ScoreOutOfRange(InvalidCommand):
    """A score is a whole number from 0 to 1000000, or null where a pair is not allowed."""


class SeatsOutOfRange(InvalidCommand):
    """A column has a whole number of seats, from 0 to 1000000."""


class PriorityIncomplete(InvalidCommand):
    """Priority names every row once, by its place from 0 on, the highest first."""


class ObjectiveUnknown(InvalidCommand):
    """An objective is most_served, best_score, or worst_off_first."""


def read_instance(document: object) -> tuple[Instance, Objective]:
    """The instance and what is wanted of it.

    Args:
        document: `scores`, a list of rows of whole numbers or None; `seats` of each column;
            `priority`, optional, a permutation of the rows; `objective`, most_served if left out.

    Raises:
        InvalidCommand: something is missing, unknown or impossible; it says where.
    """
    fields = _fields(document)
    seats = _seats(fields["seats"])
    scores = [_row(place, row, len(seats)) for place, row in enumerate(fields["scores"])]
    shape = (len(scores), len(seats))
    instance = Instance(
        scores=np.array(
            [[0 if score is None else score for score in row] for row in scores], dtype=np.int64
        ).reshape(shape),
        allowed=np.array(
            [[score is not None for score in row] for row in scores], dtype=np.bool_
        ).reshape(shape),
        seats=np.array(seats, dtype=np.int64),
        priority=_priority(fields.get("priority"), len(scores)),
    )
    return instance, _objective(fields.get("objective", Objective.MOST_SERVED))


def _fields(document: object) -> Mapping[str, Any]:
    if not isinstance(document, dict):
        raise InstanceUnreadable
    unknown = sorted(set(document) - set(KNOWN))
    if unknown:
        message = f"{unknown[0]!r} is no field of an instance: there are {', '.join(KNOWN)}."
        raise InstanceUnreadable(message, field=f"/{unknown[0]}")
    for name in ("scores", "seats"):
        if not isinstance(document.get(name), list):
            said = f"{_shown(document[name])}, not a list" if name in document else "missing"
            message = f"{name} is {said}: {_LISTS[name]}"
            raise InstanceUnreadable(message, field=f"/{name}")
    return document


def _seats(seats: Sequence[object]) -> Sequence[int]:
    for place, count in enumerate(seats):
        if not _whole(count, SEATS_MAX):
            message = f"seats[{place}] is {_shown(count)}: {SeatsOutOfRange.__doc__}"
            raise SeatsOutOfRange(message, field=f"/seats/{place}")
    return [count for count in seats if isinstance(count, int)]


def _row(place: int, row: object, columns: int) -> Sequence[int | None]:
    if not isinstance(row, list):
        message = f"scores[{place}] is {_shown(row)}: {ScoresUneven.__doc__}"
        raise ScoresUneven(message, field=f"/scores/{place}")
    if len(row) != columns:
        message = f"scores[{place}] has {len(row)} of {columns} entries: {ScoresUneven.__doc__}"
        raise ScoresUneven(message, field=f"/scores/{place}")
    for column, score in enumerate(row):
        if score is not None and not _whole(score, SCORE_MAX):
            message = f"scores[{place}][{column}] is {_shown(score)}: {ScoreOutOfRange.__doc__}"
            raise ScoreOutOfRange(message, field=f"/scores/{place}/{column}")
    return row


def _priority(priority: object, rows: int) -> Sequence[int] | None:
    if priority is None:
        return None
    if not isinstance(priority, list):
        message = f"priority is {_shown(priority)}: {PriorityIncomplete.__doc__}"
        raise PriorityIncomplete(message, field="/priority")
    seen: set[int] = set()
    for place, row in enumerate(priority):
        if not _whole(row, rows - 1) or row in seen:
            said = "is named before" if row in seen else f"is no row: there are {rows}"
            message = f"priority[{place}], {_shown(row)}, {said}. {PriorityIncomplete.__doc__}"
            raise PriorityIncomplete(message, field=f"/priority/{place}")
        seen.add(row)
    if len(seen) < rows:
        missing = min(set(range(rows)) - seen)
        message = f"priority leaves out row {missing}. {PriorityIncomplete.__doc__}"
        raise PriorityIncomplete(message, field="/priority")
    return priority


def _objective(name: object) -> Objective:
    if not isinstance(name, str) or name not in set(Objective):
        message = f"objective is {_shown(name)}: {ObjectiveUnknown.__doc__}"
        raise ObjectiveUnknown(message, field="/objective")
    return Objective(name)


def _whole(value: object, largest: int) -> bool:
    """Whether this is a whole number from 0 to `largest`; true and 1.0 are none."""
    return type(value) is int and 0 <= value <= largest


def _shown(value: object) -> str:
    text = "null" if value is None else repr(value)
    return text if len(text) <= 40 else f"{text[:40]}…"  # noqa: PLR2004  # fits a line

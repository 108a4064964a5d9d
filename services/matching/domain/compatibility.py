"""How well mentees and mentors fit and who may not be paired, by the block and pair by pair.

This is the plain form of the score, in numpy alone: whatever scores faster has to agree with it.
"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from services.matching.domain.components import COMPONENTS, components, scores
from services.matching.domain.field import Field, field_of
from services.matching.domain.people_tables import Whole, chosen
from services.matching.domain.rules import UNTOLD, Rule, allowed, blocked, told
from shared.events.matching import ScoreComponents
from shared.frozen import frozen

__all__ = [
    "COMPONENTS",
    "UNTOLD",
    "Field",
    "PlainScorer",
    "Rule",
    "blocked",
    "broken_rules",
    "components",
    "components_of",
    "field_of",
    "pair_score",
    "points_of",
    "scored",
    "told",
]

_BLOCK_PAIRS = 1 << 16  # so many at a time stay in the cache of a core
_PAIRS_AT_ONCE = 64


@frozen
class PlainScorer:
    """All pairs of a field, a block of mentees at a time."""

    field: Field

    @property
    def rows(self) -> int:
        """How many mentees."""
        return len(self.field.mentees.person)

    @property
    def columns(self) -> int:
        """How many mentors."""
        return len(self.field.mentors.person)

    def block(self, rows: slice) -> tuple[NDArray[np.int16], NDArray[np.bool_]]:
        """Scores and whether they are allowed, mentees of `rows` x mentors."""
        start, stop, _ = rows.indices(self.rows)
        shape = (max(0, stop - start), self.columns)
        points = np.empty(shape, dtype=np.int16)
        free = np.empty(shape, dtype=np.bool_)
        step = max(1, _BLOCK_PAIRS // max(1, self.columns))
        for first in range(start, stop, step):
            some = slice(first, min(first + step, stop))
            at = slice(some.start - start, some.stop - start)
            points[at] = scores(self.field, some)
            free[at] = allowed(self.field, some)
        return points, free


def scored(field: Field) -> tuple[Whole, NDArray[np.bool_]]:
    """The score of each pair and whether it is allowed, mentees x mentors."""
    points, free = PlainScorer(field=field).block(slice(None))
    return points.astype(np.int32), free


def points_of(field: Field, rows: NDArray[np.integer], columns: NDArray[np.integer]) -> Whole:
    """The points of some pairs, COMPONENTS x pairs, without a look at any other."""
    points = np.empty((len(COMPONENTS), len(rows)), dtype=np.int32)
    for first in range(0, len(rows), _PAIRS_AT_ONCE):
        some = slice(first, first + _PAIRS_AT_ONCE)
        few = _only(field, rows[some], columns[some])
        points[:, some] = np.diagonal(components(few, slice(None)), axis1=1, axis2=2)
    return points


def components_of(points: Sequence[int]) -> ScoreComponents:
    """One pair's points, in the order of COMPONENTS, by name."""
    return ScoreComponents(
        **{name: int(part) for name, part in zip(COMPONENTS, points, strict=True)}
    )


def broken_rules(field: Field) -> tuple[Rule, ...]:
    """What forbids the only pair of a field of one mentee and one mentor."""
    broken = blocked(field, slice(0, 1))[:, 0, 0]
    return tuple(rule for rule, holds in zip(Rule, broken, strict=True) if holds)


def pair_score(field: Field) -> int:
    """The score of the only pair of a field of one mentee and one mentor."""
    return int(components(field, slice(0, 1)).sum())


def _only(field: Field, rows: NDArray[np.integer], columns: NDArray[np.integer]) -> Field:
    """These mentees and mentors; pairs that rules are about are not taken along."""
    return replace(
        field,
        mentees=chosen(field.mentees, rows),
        mentors=chosen(field.mentors, columns),
        offered=np.ascontiguousarray(field.offered[:, columns]),
    )

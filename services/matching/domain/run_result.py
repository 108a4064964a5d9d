"""What a run found: its pairs with their points, and who was left without.

Only the pairs that were chosen are taken apart into components, a few at a time: a table of all
pairs would cost as much as the run itself.
"""

from collections.abc import Iterator, Sequence
from dataclasses import astuple, replace
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from services.matching.domain.compatibility import (
    Rule,
    blocked,
    components,
    components_of,
    field_of,
)
from services.matching.domain.people_tables import Whole
from services.matching.domain.pool import RunInput
from shared.events.matching import MatchScored, ScoreComponents
from shared.frozen import frozen
from shared.ids import EnrollmentId

NONE_ALLOWED = "none_allowed"  # the rules that everybody may know of leave no mentor
OUTRANKED = "outranked"  # all seats that could be theirs are needed by people before them
PRIVATE_RULES = frozenset({"apart"})

_AT_ONCE = 64
_GLANCE = 128  # most people are allowed somebody among so many
_PUBLIC = [place for place, rule in enumerate(Rule) if rule.value not in PRIVATE_RULES]


class ProvedTier(Protocol):
    """An aim that was reached, with the prices that prove it."""

    @property
    def kind(self) -> str: ...
    @property
    def prices(self) -> NDArray[np.int64]: ...
    @property
    def penalty(self) -> int: ...
    @property
    def omitted(self) -> Sequence[int]: ...
    @property
    def levels(self) -> Sequence[int]: ...
    @property
    def base(self) -> int: ...


class Optimum(Protocol):
    """The answer of the engine; rows are mentees and columns mentors, both sorted by id."""

    @property
    def partners(self) -> NDArray[np.int64]: ...
    @property
    def served_before(self) -> NDArray[np.int64]: ...
    @property
    def tiers(self) -> Sequence[ProvedTier]: ...
    @property
    def unique(self) -> bool: ...
    @property
    def lottery_counter(self) -> int: ...


@frozen
class Left:
    """A mentee whom a run left without a mentor."""

    mentee: EnrollmentId
    kind: str  # NONE_ALLOWED or OUTRANKED


@frozen
class RunResult:
    pairs: tuple[MatchScored, ...]
    unserved: tuple[Left, ...]


def result_of(source: RunInput, optimum: Optimum) -> RunResult:
    """The pairs of an optimum with their points, and why the others have none."""
    partners = optimum.partners
    rows = np.flatnonzero(partners >= 0)
    without = np.flatnonzero(partners < 0)
    return RunResult(
        pairs=tuple(_pairs(source, rows, partners[rows])), unserved=_left(source, without)
    )


def points_of(parts: ScoreComponents) -> tuple[int, ...]:
    """The points of a pair in the order of the components."""
    return astuple(parts)


def _pairs(
    source: RunInput, rows: NDArray[np.int64], columns: NDArray[np.int64]
) -> Iterator[MatchScored]:
    for start in range(0, rows.size, _AT_ONCE):
        these = slice(start, start + _AT_ONCE)
        few = _among(source, rows[these], columns[these])
        points = components(field_of(few), slice(None))
        own = np.diagonal(points, axis1=1, axis2=2).T  # pairs x components
        for mentee, mentor, parts in zip(few.mentees, few.mentors, own.tolist(), strict=True):
            yield MatchScored(
                mentee=mentee.enrollment_id,
                mentor=mentor.enrollment_id,
                score=sum(parts),
                components=components_of(parts),
                cross_functional=mentee.function != mentor.function,
            )


def _left(source: RunInput, rows: NDArray[np.int64]) -> tuple[Left, ...]:
    """Whoever may be paired with somebody by the public rules was outranked.

    A bar is left out of it: that nobody else is allowed would tell of it.
    """
    count = len(source.mentors)
    near, far = np.arange(min(count, _GLANCE)), np.arange(count)
    outranked = _is_open(source, rows, near)
    outranked[~outranked] = _is_open(source, rows[~outranked], far)
    return tuple(
        Left(mentee=source.mentees[row].enrollment_id, kind=OUTRANKED if open_to else NONE_ALLOWED)
        for row, open_to in zip(rows.tolist(), outranked.tolist(), strict=True)
    )


def _is_open(
    source: RunInput, rows: NDArray[np.int64], columns: NDArray[np.int64]
) -> NDArray[np.bool_]:
    """Whether the public rules leave each of these rows any of these columns."""
    found = np.zeros(rows.size, dtype=np.bool_)
    if not rows.size or not columns.size:
        return found
    field = field_of(_among(source, rows, columns))
    for start in range(0, rows.size, _AT_ONCE):
        these = slice(start, start + _AT_ONCE)
        found[these] = ~blocked(field, these)[_PUBLIC].any(axis=0).all(axis=1)
    return found


def _among(source: RunInput, rows: Whole, columns: Whole) -> RunInput:
    """The same run with only these people in it."""
    mentees = tuple(source.mentees[row] for row in rows.tolist())
    mentors = tuple(source.mentors[column] for column in columns.tolist())
    people = {who.person_id for who in mentees}
    return replace(
        source,
        mentees=mentees,
        mentors=mentors,
        parted=tuple(pair for pair in source.parted if pair.mentee in people),
        apart=(),
    )

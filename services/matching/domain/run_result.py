"""What a run found: its pairs with their points, and who was left without.

Only the pairs that were chosen are taken apart into components: a table of all pairs would cost as
much as the run itself.
"""

from collections.abc import Iterator
from dataclasses import astuple, replace

import numpy as np
from numpy.typing import NDArray

from services.matching.domain import compatibility
from services.matching.domain.compatibility import Field, Rule, blocked, components_of
from services.matching.domain.engine.terms import Optimum
from services.matching.domain.field import Pairs
from services.matching.domain.people_tables import chosen
from services.matching.domain.pool import RunInput
from shared.events.matching import MatchScored, ScoreComponents
from shared.frozen import frozen
from shared.ids import EnrollmentId

NONE_ALLOWED = "none_allowed"  # the rules that everybody may know of leave no mentor
OUTRANKED = "outranked"  # all seats that could be theirs are needed by people before them
PRIVATE_RULES = frozenset({"apart"})

_GLANCE = 128  # mentors: most people are allowed somebody among so many
_PAIRS_AT_ONCE = 1 << 16
_PUBLIC = [place for place, rule in enumerate(Rule) if rule.value not in PRIVATE_RULES]


@frozen
class Left:
    """A mentee whom a run left without a mentor."""

    mentee: EnrollmentId
    kind: str  # NONE_ALLOWED or OUTRANKED


@frozen
class RunResult:
    pairs: tuple[MatchScored, ...]
    unserved: tuple[Left, ...]


def result_of(source: RunInput, field: Field, optimum: Optimum) -> RunResult:
    """The pairs of an optimum with their points, and why the others have none."""
    partners = optimum.partners
    rows = np.flatnonzero(partners >= 0)
    without = np.flatnonzero(partners < 0)
    return RunResult(
        pairs=tuple(_pairs(source, field, rows, partners[rows])),
        unserved=_left(source, field, without),
    )


def points_of(parts: ScoreComponents) -> tuple[int, ...]:
    """The points of a pair in the order of the components."""
    return astuple(parts)


def _pairs(
    source: RunInput, field: Field, rows: NDArray[np.int64], columns: NDArray[np.int64]
) -> Iterator[MatchScored]:
    points = compatibility.points_of(field, rows, columns).T.tolist()
    for row, column, parts in zip(rows.tolist(), columns.tolist(), points, strict=True):
        mentee, mentor = source.mentees[row], source.mentors[column]
        yield MatchScored(
            mentee=mentee.enrollment_id,
            mentor=mentor.enrollment_id,
            score=sum(parts),
            components=components_of(parts),
            cross_functional=mentee.function != mentor.function,
        )


def _left(source: RunInput, field: Field, rows: NDArray[np.int64]) -> tuple[Left, ...]:
    """Whoever may be paired with somebody by the public rules was outranked.

    A bar is left out of it: that nobody else is allowed would tell of it.
    """
    found = _are_open(_first_mentors(field), rows)  # a glance is enough for most
    found[~found] = _are_open(field, rows[~found])
    return tuple(
        Left(mentee=source.mentees[row].enrollment_id, kind=OUTRANKED if is_open else NONE_ALLOWED)
        for row, is_open in zip(rows.tolist(), found.tolist(), strict=True)
    )


def _are_open(field: Field, rows: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Whether the public rules leave each of these rows anybody."""
    count, mentors = len(field.mentees.person), len(field.mentors.person)
    found = np.zeros(count, dtype=np.bool_)
    step = max(1, _PAIRS_AT_ONCE // max(mentors, 1))
    for start in np.unique(rows // step * step).tolist() if mentors else ():
        these = slice(start, min(start + step, count))
        closed: NDArray[np.bool_] = np.logical_or.reduce(blocked(field, these)[_PUBLIC])
        found[these] = ~closed.all(axis=1)
    return found[rows]


def _first_mentors(field: Field) -> Field:
    """The same field with a few of its mentors."""
    few = np.arange(min(_GLANCE, len(field.mentors.person)))

    def among(pairs: Pairs) -> Pairs:
        kept = pairs.columns < few.size
        return Pairs(rows=pairs.rows[kept], columns=pairs.columns[kept])

    return replace(
        field,
        mentors=chosen(field.mentors, few),
        offered=np.ascontiguousarray(field.offered[:, few]),
        related=among(field.related),
        resting=among(field.resting),
        apart=among(field.apart),
    )

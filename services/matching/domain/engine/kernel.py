"""Scores at full speed; they agree with the plain form of the score, number by number."""

from importlib import import_module
from typing import Any

import numpy as np
from numpy.typing import NDArray

from services.matching.domain.compatibility import PlainScorer
from services.matching.domain.components import PARTS, weight_of
from services.matching.domain.engine import loops
from services.matching.domain.engine.facets import ASPECTS, FORBIDDEN, Aspect, Facet, facets, points
from services.matching.domain.engine.problem import Bits, Whole
from services.matching.domain.engine.terms import Scorer
from services.matching.domain.field import Field
from services.matching.domain.people_tables import GOALS_MAX
from services.matching.domain.rules import Rule

ASKED_MAX = 800  # competencies that one mentee's target roles ask for

_SHIFT = 25  # bits of a rounded-up reciprocal, exact for all that occurs
_LEVEL_MAX = 5
_ROLE_PARTS = 45
_JOINED_MAX = 1 << 22


def scorer_for(field: Field) -> Scorer:
    """The one that is through first: small fields are not worth translating a loop."""
    pairs = len(field.mentees.person) * len(field.mentors.person)
    most_asked = int(field.mentees.roles.sum(axis=1).max(initial=0))
    if pairs < loops.COMPILED_FROM or most_asked > ASKED_MAX:
        return PlainScorer(field=field)
    return KernelScorer(field)


class KernelScorer:
    """All pairs of a field, a block of mentees at a time."""

    def __init__(self, field: Field) -> None:
        """Lay out the field's tables for the loops."""
        self._field = field
        tables, self._wide = facets(field)
        self._facets = _laid_out(tables, self.rows, self.columns)
        self._offers = (
            np.ascontiguousarray(field.offered, dtype=np.int8),
            np.ascontiguousarray(field.mentors.interests.T, dtype=np.int8),
        )
        goals = _goals(field)
        self._wishes = (
            goals,
            _emphasised(field),
            _lists(field.mentees.roles),
            _lists(field.mentees.interests),
            _scales(field, goals),
        )
        self._barred, untold = _barred(field)
        if untold:  # they forbid too many pairs to name one by one
            self._wide.append(Aspect(about=ASPECTS["nothing"].about, rules=untold))
        self._fill: Any = import_module("services.matching.domain.engine.compiled_scores").fill

    @property
    def rows(self) -> int:
        """How many mentees."""
        return len(self._field.mentees.person)

    @property
    def columns(self) -> int:
        """How many mentors."""
        return len(self._field.mentors.person)

    def block(self, rows: slice) -> tuple[NDArray[np.int16], Bits]:
        """Scores and whether they are allowed, mentees of `rows` x mentors."""
        start, stop, _ = rows.indices(self.rows)
        shape = (max(0, stop - start), self.columns)
        scores, allowed = np.empty(shape, dtype=np.int16), np.empty(shape, dtype=np.bool_)
        span = (start, start + shape[0])
        self._fill(span, self._facets, self._offers, self._wishes, (scores, allowed))
        for aspect in self._wide:
            more = points(self._field, slice(*span), aspect)
            scores += more & (FORBIDDEN - 1)
            allowed &= more < FORBIDDEN
        first, last = np.searchsorted(self._barred[:, 0], span)
        barred = self._barred[first:last]
        allowed[barred[:, 0] - start, barred[:, 1]] = False
        return scores, allowed


def _laid_out(
    tables: list[Facet], rows: int, columns: int
) -> tuple[NDArray[np.int16], NDArray[np.int32]]:
    """All tables in one, and which of its rows are each mentee's."""
    keys = np.zeros((rows, len(tables)), dtype=np.int32)
    first = 0
    for place, facet in enumerate(tables):
        keys[:, place] = facet.keys + first
        first += len(facet.table)
    empty = np.zeros((0, columns), dtype=np.int16)
    return np.concatenate([empty, *(facet.table for facet in tables)]), keys


def _goals(field: Field) -> NDArray[np.int16]:
    """Mentees x goals x (competency, own level, want)."""
    goals = field.mentees.goals
    own = np.take_along_axis(field.mentees.levels, goals, axis=1)
    wants = np.arange(GOALS_MAX, 0, -1) * (goals > 0)
    return _in_rows(np.stack([goals, own, wants], axis=2))


def _emphasised(field: Field) -> NDArray[np.int16]:
    """Mentees x emphasised competencies x (competency, own level)."""
    own = field.mentees.levels[:, field.emphasised]
    named = np.broadcast_to(field.emphasised, own.shape)
    return _in_rows(np.stack([named, own], axis=2))


def _in_rows(numbers: NDArray[Any]) -> NDArray[np.int16]:
    """Laid out in one way whatever it came from: each way is translated by itself."""
    return np.ascontiguousarray(numbers, dtype=np.int16)


def _lists(marks: NDArray[np.float32]) -> tuple[Whole, Whole]:
    rows, words = np.nonzero(marks)
    starts = np.searchsorted(rows, np.arange(len(marks) + 1))
    return starts.astype(np.int64), words.astype(np.int64)


def _scales(field: Field, goals: NDArray[np.int16]) -> NDArray[np.int32]:
    """Mentees x (weight and reciprocal of strengths, of target roles, of emphasis)."""
    count = len(field.mentees.person)
    room = (goals[:, :, 2] * (_LEVEL_MAX - goals[:, :, 1])).sum(axis=1)
    asked = field.mentees.roles.sum(axis=1)
    emphasised = np.full(count, len(field.emphasised))
    named = (
        ("strengths", PARTS, room),
        ("target_roles", _ROLE_PARTS, asked),
        ("emphasis", PARTS, emphasised),
    )
    scales = np.zeros((count, 6), dtype=np.int32)
    for place, (name, most, whole) in enumerate(named):
        divisor = np.maximum(whole.astype(np.int64), 1)
        scales[:, 2 * place] = weight_of(field, name)
        scales[:, 2 * place + 1] = most * (-(-(1 << _SHIFT) // divisor))
    return scales


def _barred(field: Field) -> tuple[Whole, tuple[Rule, ...]]:
    """Pairs that a rule about two people forbids: row and column, by row; and rules left out."""
    mentees, mentors = field.mentees, field.mentors
    named = np.where(mentees.manager > 0, mentees.manager, -1)
    equal = {
        Rule.SAME_PERSON: _joined(mentees.person, mentors.person),
        Rule.REPORTING_LINE: _joined(named, mentors.manager),
    }
    listed: list[Whole] = [
        np.stack([pairs.rows, pairs.columns], axis=1).astype(np.int64)
        for pairs in (field.related, field.resting, field.apart)
    ]
    listed += [found for found in equal.values() if found is not None]
    untold = tuple(rule for rule, found in equal.items() if found is None)
    return np.unique(np.concatenate(listed), axis=0), untold


def _joined(left: NDArray[np.int32], right: NDArray[np.int32]) -> Whole | None:
    """Row and column of all that are equal; None if they are too many."""
    order = np.argsort(right, kind="stable")
    first = np.searchsorted(right[order], left, side="left")
    last = np.searchsorted(right[order], left, side="right")
    count = last - first
    if count.sum() > _JOINED_MAX:
        return None
    rows = np.repeat(np.arange(left.size), count)
    within = np.arange(rows.size) - np.repeat(np.cumsum(count) - count, count)
    columns = order[np.repeat(first, count) + within]
    return np.stack([rows, columns], axis=1)

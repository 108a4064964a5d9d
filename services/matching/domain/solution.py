"""A run from its frozen input to its pairs: the same bytes for the same people, in any order."""

from collections.abc import Sequence
from dataclasses import replace
from hashlib import sha256

import numpy as np
from numpy.typing import NDArray

from services.matching.domain.assignment import NOBODY, assign
from services.matching.domain.compatibility import (
    Field,
    components,
    components_of,
    field_of,
    scored,
)
from services.matching.domain.pool import Candidate, RunInput
from shared.codec import canonical
from shared.events.matching import MatchScored, Unserved
from shared.frozen import frozen

NO_ALLOWED_MENTOR = "no_allowed_mentor"
ALL_SEATS_TAKEN = "all_seats_taken"


@frozen
class Solution:
    input_digest: str  # SHA-256, hex
    result_digest: str  # SHA-256, hex
    mentees: int
    mentors: int
    seats: int  # free when the run began
    pairs: tuple[MatchScored, ...]
    unserved: tuple[Unserved, ...]


def solve(source: RunInput) -> Solution:
    """Pair the mentees of a run with its mentors."""
    ordered = in_order(source)
    field = field_of(ordered)
    scores, allowed = scored(field)
    partners = assign(scores, allowed, np.maximum(field.mentors.free, 0))
    pairs = _pairs(ordered, field, partners)
    unserved = _unserved(ordered, allowed, partners)
    return Solution(
        input_digest=_digest(ordered),
        result_digest=_digest({"pairs": pairs, "unserved": unserved}),
        mentees=len(ordered.mentees),
        mentors=len(ordered.mentors),
        seats=int(np.maximum(field.mentors.free, 0).sum()),
        pairs=pairs,
        unserved=unserved,
    )


def in_order(source: RunInput) -> RunInput:
    """The same input with every list of people sorted by id."""
    return replace(
        source,
        mentees=_by_id(source.mentees),
        mentors=_by_id(source.mentors),
        parted=tuple(sorted(source.parted, key=lambda pair: (pair.mentor, pair.mentee))),
    )


def _by_id(candidates: Sequence[Candidate]) -> tuple[Candidate, ...]:
    return tuple(sorted(candidates, key=lambda who: who.enrollment_id))


def _pairs(source: RunInput, field: Field, partners: NDArray[np.int64]) -> tuple[MatchScored, ...]:
    return tuple(
        _pair(source, field, row, int(column))
        for row, column in enumerate(partners)
        if column != NOBODY
    )


def _pair(source: RunInput, field: Field, row: int, column: int) -> MatchScored:
    mentee, mentor = source.mentees[row], source.mentors[column]
    points = components(field, slice(row, row + 1))[:, 0, column]
    return MatchScored(
        mentee=mentee.enrollment_id,
        mentor=mentor.enrollment_id,
        score=int(points.sum()),
        components=components_of([int(part) for part in points]),
        cross_functional=mentee.function != mentor.function,
    )


def _unserved(
    source: RunInput, allowed: NDArray[np.bool_], partners: NDArray[np.int64]
) -> tuple[Unserved, ...]:
    return tuple(
        Unserved(
            mentee=source.mentees[row].enrollment_id,
            reason=ALL_SEATS_TAKEN if allowed[row].any() else NO_ALLOWED_MENTOR,
        )
        for row in map(int, np.flatnonzero(partners == NOBODY))
    )


def _digest(value: object) -> str:
    return sha256(canonical(value)).hexdigest()

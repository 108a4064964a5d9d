"""Pairs that may be chosen, under seats, with those who must be served and what must be full."""

from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from shared.frozen import frozen

Whole: TypeAlias = NDArray[np.int64]
Bits: TypeAlias = NDArray[np.bool_]
Scores: TypeAlias = NDArray[np.integer[Any]]

NOBODY = -1


@frozen
class Problem:
    """Pairs, by row and then by column; a row is chosen once at most, a column up to its seats."""

    rows: Whole  # of each pair
    columns: Whole  # of each pair
    seats: Whole  # of each column
    must_rows: Bits  # each of these is in exactly one chosen pair
    must_columns: Bits  # each of these is in exactly as many as it has seats

    @property
    def row_count(self) -> int:
        return len(self.must_rows)

    @property
    def column_count(self) -> int:
        return len(self.seats)


@frozen
class Tier:
    """One aim, reached: its prices prove it, and say which answers reach it as well."""

    weights: Whole  # of each pair of the problem it was solved for
    prices: Whole  # of each column
    profits: Whole  # of each row: the best it could have at these prices
    total: int


def free_problem(allowed: Bits, seats: Whole) -> Problem:
    """All allowed pairs; nobody must be served and nothing must be full."""
    rows, columns = np.nonzero(allowed & (seats > 0)[None, :])
    return Problem(
        rows=rows.astype(np.int64),
        columns=columns.astype(np.int64),
        seats=np.asarray(seats, dtype=np.int64),
        must_rows=np.zeros(allowed.shape[0], dtype=np.bool_),
        must_columns=np.zeros(allowed.shape[1], dtype=np.bool_),
    )


def partners_of(problem: Problem, chosen: Bits) -> Whole:
    """The column of each row, or NOBODY."""
    partners = np.full(problem.row_count, NOBODY, dtype=np.int64)
    partners[problem.rows[chosen]] = problem.columns[chosen]
    return partners


def narrowed(problem: Problem, kept: Bits) -> Problem:
    """The same with fewer pairs."""
    return Problem(
        rows=problem.rows[kept],
        columns=problem.columns[kept],
        seats=problem.seats,
        must_rows=problem.must_rows,
        must_columns=problem.must_columns,
    )

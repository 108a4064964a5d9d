"""Other solvers of the same problem, to see that none has a say in the answer."""

import numpy as np
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import min_weight_full_bipartite_matching

from services.matching.domain.engine.flow import Unsolved
from services.matching.domain.engine.problem import Bits, Problem, Whole


def by_matching(problem: Problem, weights: Whole) -> Bits:
    """By SciPy: each seat is a column, each row or seat that may stay alone has a way out."""
    last = np.cumsum(problem.seats)
    seat_count = int(last[-1]) if last.size else 0
    first = last - problem.seats
    size = problem.seats[problem.columns]
    pair = np.repeat(np.arange(problem.rows.size), size)
    seat = first[problem.columns[pair]] + _places(size)
    rows = problem.row_count
    # A left side of rows and one of idle seats; a right side of seats and one of idle rows.
    must_seats = np.repeat(problem.must_columns, problem.seats)
    idle_rows, idle_seats = np.flatnonzero(~problem.must_rows), np.flatnonzero(~must_seats)
    left = np.concatenate([problem.rows[pair], idle_rows, rows + idle_seats, rows + seat])
    right = np.concatenate(
        [seat, seat_count + idle_rows, idle_seats, seat_count + problem.rows[pair]]
    )
    shift = 1 + int(np.abs(weights).max(initial=0))  # SciPy takes a cost of 0 for no edge
    none = np.full(idle_rows.size + idle_seats.size, float(shift))
    cost = np.concatenate([shift - weights[pair].astype(float), none, np.full(pair.size, shift)])
    side = rows + seat_count
    if not side:
        return np.zeros(problem.rows.size, dtype=np.bool_)
    graph = coo_matrix((cost, (left, right)), (side, side)).tocsr()
    try:
        chosen_left, chosen_right = min_weight_full_bipartite_matching(graph)
    except ValueError as reason:
        raise Unsolved from reason
    own = (chosen_left < rows) & (chosen_right < seat_count)
    column = np.searchsorted(last, chosen_right[own], side="right")
    made = set(zip(chosen_left[own].tolist(), column.tolist(), strict=True))
    return np.array(
        [
            each in made
            for each in zip(problem.rows.tolist(), problem.columns.tolist(), strict=True)
        ],
        dtype=np.bool_,
    )


def _places(size: Whole) -> Whole:
    """0, 1, … of each."""
    return np.arange(size.sum()) - np.repeat(np.cumsum(size) - size, size)

"""A second solver, by another algorithm and other people's code: for whoever trusts none alone.

It knows seats only as columns of their own, so that rows times seats must fit in memory, and it
counts in floating point: where that is not exact no prices support its answer, which is noticed.
"""

import numpy as np
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import min_weight_full_bipartite_matching

from services.matching.domain.engine.flow import Unsolved
from services.matching.domain.engine.problem import Bits, Problem, Whole
from shared.frozen import frozen


@frozen
class _Edges:
    """Both sides have one node for each row and one for each seat; costs are above nothing."""

    left: Whole
    right: Whole
    costs: np.ndarray
    nodes: int  # of a side


def by_matching(problem: Problem, weights: Whole) -> Bits:
    """Which pairs to choose for the greatest total weight; as `by_flow`, and as exact.

    Raises:
        Unsolved: no choice serves and fills all that must be.

    Source: shortest augmenting paths, Jonker and Volgenant, "A shortest augmenting path algorithm
    for dense and sparse linear assignment problems" (1987), as in SciPy.
    """
    edges = _edges(problem, weights)
    if not edges.nodes:
        return np.zeros(problem.rows.size, dtype=np.bool_)
    shape = (edges.nodes, edges.nodes)
    graph = coo_matrix((edges.costs, (edges.left, edges.right)), shape).tocsr()
    try:
        left, right = min_weight_full_bipartite_matching(graph)
    except ValueError as reason:
        raise Unsolved from reason
    last = np.cumsum(problem.seats)
    own = (left < problem.row_count) & (right < edges.nodes - problem.row_count)
    columns = np.searchsorted(last, right[own], side="right")
    partners = np.full(problem.row_count, -1, dtype=np.int64)
    partners[left[own]] = columns
    chosen: Bits = partners[problem.rows] == problem.columns
    return chosen


def _edges(problem: Problem, weights: Whole) -> _Edges:
    """Each seat is a column; each row or seat that may stay alone has a way out.

    A left side of rows and of idle seats; a right side of seats and of idle rows.
    """
    rows, seats = problem.row_count, problem.seats
    many = seats[problem.columns]
    count = int(seats.sum())
    pair = np.repeat(np.arange(problem.rows.size), many)
    seat = (np.cumsum(seats) - seats)[problem.columns[pair]] + _places(many)
    idle_rows = np.flatnonzero(~problem.must_rows)
    idle_seats = np.flatnonzero(~np.repeat(problem.must_columns, seats))
    shift = 1 + int(np.abs(weights).max(initial=0))  # SciPy takes a cost of 0 for no edge
    alone = np.full(idle_rows.size + idle_seats.size + pair.size, float(shift))
    return _Edges(
        left=np.concatenate([problem.rows[pair], idle_rows, rows + idle_seats, rows + seat]),
        right=np.concatenate([seat, count + idle_rows, idle_seats, count + problem.rows[pair]]),
        costs=np.concatenate([(shift - weights[pair]).astype(np.float64), alone]),
        nodes=rows + count,
    )


def _places(many: Whole) -> Whole:
    """0, 1, … of each."""
    return np.arange(many.sum()) - np.repeat(np.cumsum(many) - many, many)

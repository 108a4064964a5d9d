"""Whether an answer is the only one that is as good."""

import numpy as np
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

from services.matching.domain.engine.problem import Bits, Problem


def is_unique(problem: Problem, chosen: Bits) -> bool:
    """Whether no other choice of these pairs is as good; all of them are of one face.

    Another answer would move people round a circle of columns, or along a chain that begins and
    ends outside: somebody who need not be served, a seat that need not be filled. There is one if
    and only if a pair that is not chosen joins two columns of one strong component.
    """
    if not problem.rows.size:
        return True
    outside = problem.column_count
    taken = np.bincount(problem.columns[chosen], minlength=outside)
    home = np.full(problem.row_count, outside, dtype=np.int64)
    home[problem.rows[chosen]] = problem.columns[chosen]
    moves_from, moves_to = home[problem.rows[~chosen]], problem.columns[~chosen]
    leaving = home[~problem.must_rows & (home != outside)]
    spare = ~problem.must_columns
    losing = np.flatnonzero(spare & (taken > 0))
    gaining = np.flatnonzero(taken < problem.seats)
    edges_from = np.concatenate([moves_from, leaving, np.full(losing.size, outside), gaining])
    edges_to = np.concatenate(
        [moves_to, np.full(leaving.size, outside), losing, np.full(gaining.size, outside)]
    )
    size = outside + 1
    graph = coo_matrix((np.ones(edges_from.size, np.int8), (edges_from, edges_to)), (size, size))
    _, parts = connected_components(graph, connection="strong")
    circles = parts[moves_from] == parts[moves_to]
    leaves = parts[leaving] == parts[outside]
    return not (circles.any() or leaves.any())

"""Prices that prove the greatest total among all answers that serve as many, whoever they serve."""

import numpy as np

from services.matching.domain.engine.prices import NotOptimal
from services.matching.domain.engine.problem import Bits, Problem, Whole


def prices_for_as_many(problem: Problem, weights: Whole, chosen: Bits) -> Whole:
    """The lowest such prices; each is what one more seat of its column would add.

    At these prices whoever is not served would keep no more than everybody does who is: nobody
    can take anybody's place for a greater total.

    Args:
        problem: all pairs that may be chosen; nobody must be served and nothing must be full.
        weights: of each pair.
        chosen: the pairs of the answer.

    Source: the dual of the assignment with its number of pairs fixed, whose own multiplier is
    what the worst off of the served keeps; found by Bellman and Ford's method.

    Raises:
        NotOptimal: the answer has not the greatest total, or more could be served.
    """
    prices = np.zeros(problem.column_count, dtype=np.int64)
    if not chosen.any():
        return prices
    own_row, own_column = problem.rows[chosen], problem.columns[chosen]
    raised = prices
    for _ in range(problem.column_count + 2):
        own = weights[chosen] - prices[own_column]
        kept = np.full(problem.row_count, own.min(), dtype=np.int64)
        kept[own_row] = own
        raised = prices.copy()
        np.maximum.at(raised, problem.columns, weights - kept[problem.rows])
        if np.array_equal(raised, prices):
            break
        prices = raised
    taken = np.bincount(own_column, minlength=problem.column_count)
    if not np.array_equal(raised, prices) or np.any((prices > 0) & (taken < problem.seats)):
        raise NotOptimal
    return prices

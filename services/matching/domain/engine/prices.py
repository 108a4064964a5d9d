"""The lowest prices of seats that make an answer everybody's best choice.

Prices are the dual of the assignment: with them optimality is seen by comparing numbers, without
any solver. Of all that fit, the lowest are taken, so that they do not depend on the solver either.

Source: Shapley and Shubik, "The assignment game I: the core" (1971): prices form a lattice.
"""

import numpy as np

from services.matching.domain.engine.problem import Bits, Problem, Tier, Whole


class NotOptimal(Exception):
    """No prices support this answer: it is not the best one."""


def priced(problem: Problem, weights: Whole, chosen: Bits) -> Tier:
    """Prices and profits that prove that the chosen pairs have the greatest total weight.

    A column that must be full may cost less than nothing: so much is paid for filling it. Where
    nothing else holds such prices, they end at minus the range of weights times the columns.

    Raises:
        NotOptimal: they do not have it.
    """
    prices = _lowest(problem, weights, chosen)
    profits = _profits(problem, weights, prices)
    total = int(weights[chosen].sum())
    filled = np.where(problem.must_columns | (prices > 0), problem.seats, 0)
    if total != int(profits.sum() + (filled * prices).sum()):
        raise NotOptimal
    return Tier(weights=weights, prices=prices, profits=profits, total=total)


def _lowest(problem: Problem, weights: Whole, chosen: Bits) -> Whole:
    """Raise prices until nobody would rather have another column (Bellman and Ford).

    Raises:
        NotOptimal: prices rise without end.
    """
    spread = int(weights.max(initial=0) - weights.min(initial=0))  # to be left out weighs 0
    floor = -(spread * problem.column_count)
    prices = np.where(problem.must_columns, floor, 0).astype(np.int64)
    order = np.argsort(problem.columns, kind="stable")
    rows, columns, values = problem.rows[order], problem.columns[order], weights[order]
    starts = np.flatnonzero(np.r_[True, columns[1:] != columns[:-1]]) if columns.size else []
    own_row, own_column, own_weight = (
        problem.rows[chosen],
        problem.columns[chosen],
        weights[chosen],
    )
    for _ in range(problem.column_count + 1):
        kept = np.zeros(problem.row_count, dtype=np.int64)  # whoever is not served keeps nothing
        kept[own_row] = own_weight - prices[own_column]
        if not columns.size:
            return prices
        asked = np.maximum.reduceat(values - kept[rows], starts)
        raised = prices.copy()
        raised[columns[starts]] = np.maximum(prices[columns[starts]], asked)
        if np.array_equal(raised, prices):
            return prices
        prices = raised
    raise NotOptimal


def _profits(problem: Problem, weights: Whole, prices: Whole) -> Whole:
    low = np.iinfo(np.int64).min
    profits = np.where(problem.must_rows, low, 0).astype(np.int64)
    np.maximum.at(profits, problem.rows, weights - prices[problem.columns])
    return profits


def face(problem: Problem, tier: Tier) -> tuple[Problem, Bits]:
    """All answers that are as good, as a problem of its own, and which pairs it keeps."""
    slack = tier.profits[problem.rows] + tier.prices[problem.columns] - tier.weights
    tight = slack == 0
    return (
        Problem(
            rows=problem.rows[tight],
            columns=problem.columns[tight],
            seats=problem.seats,
            must_rows=problem.must_rows | (tier.profits > 0),
            must_columns=problem.must_columns | (tier.prices > 0),
        ),
        tight,
    )

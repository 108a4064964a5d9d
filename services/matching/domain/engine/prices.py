"""The lowest prices of seats that make an answer everybody's best choice.

Prices are the dual of the assignment: with them optimality is seen by comparing numbers, without
any solver. Of all that fit, the lowest are taken, so that they do not depend on the solver either.

Source: Shapley and Shubik, "The assignment game I: the core" (1971): prices form a lattice.
"""

import numpy as np

from services.matching.domain.engine.loops import loops_for
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
    """Raise prices until nobody would rather have another column.

    Raises:
        NotOptimal: prices rise without end.
    """
    spread = int(weights.max(initial=0) - weights.min(initial=0))  # to be left out weighs 0
    floor = -(spread * problem.column_count)
    prices = np.where(problem.must_columns, floor, 0).astype(np.int64)
    loops = loops_for(problem.rows.size)
    pairs = (problem.rows, problem.columns, weights)
    raised = loops.raised(pairs, chosen, prices, problem.row_count)
    if raised is None:
        raise NotOptimal
    return raised


def _profits(problem: Problem, weights: Whole, prices: Whole) -> Whole:
    profits = np.where(problem.must_rows, np.iinfo(np.int64).min, 0).astype(np.int64)
    rows = problem.rows
    if rows.size:
        starts = np.flatnonzero(np.r_[True, rows[1:] != rows[:-1]])
        most = np.maximum.reduceat(weights - prices[problem.columns], starts)
        profits[rows[starts]] = np.maximum(profits[rows[starts]], most)
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

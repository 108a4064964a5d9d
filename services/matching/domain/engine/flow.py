"""The one place that knows a solver: a heaviest choice of pairs under seats.

Everything around it (who is served, prices, proofs) is ours; any exact solver may stand here,
because what leaves the engine does not depend on which of several best answers it gives.
"""

from collections.abc import Callable
from typing import Any, TypeAlias

import numpy as np
from ortools.graph.python import min_cost_flow

from services.matching.domain.engine.problem import Bits, Problem, Whole

Engine: TypeAlias = Callable[[Problem, Whole], Bits]


class Unsolved(Exception):
    """There is no choice that serves all who must be served and fills what must be full."""


def by_flow(problem: Problem, weights: Whole) -> Bits:
    """Which pairs to choose for the greatest total weight.

    Args:
        problem: pairs, seats, who must be served and which seats must be filled.
        weights: of each pair.

    Returns:
        For each pair whether it is chosen.

    Raises:
        Unsolved: no choice serves and fills all that must be.

    Source: min-cost flow by cost scaling, Goldberg, "An Efficient Implementation of a Scaling
    Minimum-Cost Flow Algorithm" (1997), as in OR-Tools.
    """
    # Its stubs put the type of elements where the shape of arrays belongs.
    solver: Any = min_cost_flow.SimpleMinCostFlow()
    arcs = _add_arcs(solver, problem, weights)
    rows = problem.row_count
    filled = np.where(problem.must_columns, problem.seats, 0)
    supplies = np.concatenate([np.ones(rows, dtype=np.int64), -filled, [filled.sum() - rows]])
    solver.set_nodes_supplies(np.arange(supplies.size), supplies)
    status = solver.solve()
    if status != solver.OPTIMAL:
        message = f"the solver answered {status}"
        raise Unsolved(message)
    chosen: Bits = np.asarray(solver.flows(arcs[: problem.rows.size]), dtype=np.int64) > 0
    return chosen


def _add_arcs(solver: Any, problem: Problem, weights: Whole) -> Whole:  # noqa: ANN401  # no types
    """Rows to columns, and whoever may stay alone to the sink."""
    rows, columns = problem.row_count, problem.column_count
    sink = rows + columns
    free_rows = np.flatnonzero(~problem.must_rows)
    free_columns = np.flatnonzero(~problem.must_columns)
    arcs: Whole = solver.add_arcs_with_capacity_and_unit_cost(
        np.concatenate([problem.rows, free_rows, rows + free_columns]),
        np.concatenate([rows + problem.columns, np.full(free_rows.size + free_columns.size, sink)]),
        np.concatenate(
            [
                np.ones(problem.rows.size + free_rows.size, dtype=np.int64),
                problem.seats[free_columns],
            ]
        ),
        np.concatenate([-weights, np.zeros(free_rows.size + free_columns.size, dtype=np.int64)]),
    )
    return arcs

"""Who goes with whom: the most mentees served, then the most points, then a fixed lottery."""

from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray
from ortools.graph.python import min_cost_flow

Scores: TypeAlias = NDArray[np.integer[Any]]
NOBODY = -1

_LOTTERY_BITS = 16
_POINTS_SHIFT = 32  # 2^16 pairs of 16 bits never add up to one point


class AssignmentUnsolved(Exception):
    """The solver gave up on a problem that always has an answer."""


def assign(scores: Scores, allowed: NDArray[np.bool_], seats: Scores) -> NDArray[np.int64]:
    """The column of each row's partner, or NOBODY.

    As many rows as possible get a partner; among all such answers, the one with the most points
    in total. Among those, a lottery number drawn from the row's and the column's place decides,
    so that callers who sort both sides by id get the same answer for every order of input.

    Args:
        scores: rows x columns, 0 to 1000.
        allowed: rows x columns; a pair that is not allowed is never made.
        seats: for each column how many rows it may have.

    Source: min-cost maximum flow by cost scaling, Goldberg, "An Efficient Implementation of a
    Scaling Minimum-Cost Flow Algorithm" (1997), as in OR-Tools.
    """
    count, columns = scores.shape
    rows, partners = np.nonzero(allowed & (seats > 0)[None, :])
    chosen = np.full(count, NOBODY, dtype=np.int64)
    if rows.size == 0:
        return chosen
    costs = ((1000 - scores[rows, partners].astype(np.int64)) << _POINTS_SHIFT) + _lottery(
        rows, partners
    )
    flows = _solve(count, seats, (rows, partners, costs))
    served = flows[: rows.size] > 0
    chosen[rows[served]] = partners[served]
    if columns and np.any(np.bincount(chosen[chosen >= 0], minlength=columns) > seats):
        raise AssignmentUnsolved
    return chosen


def _solve(
    count: int,
    seats: Scores,
    pairs: tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]],
) -> NDArray[np.int64]:
    """The flow on each pair, then on each column: every row offers one unit to one sink."""
    rows, partners, costs = pairs
    columns = len(seats)
    sink = count + columns
    # Its stubs put the type of elements where the shape of arrays belongs.
    solver: Any = min_cost_flow.SimpleMinCostFlow()
    arcs = solver.add_arcs_with_capacity_and_unit_cost(
        np.concatenate([rows, count + np.arange(columns)]),
        np.concatenate([count + partners, np.full(columns, sink)]),
        np.concatenate([np.ones(rows.size, dtype=np.int64), np.asarray(seats, dtype=np.int64)]),
        np.concatenate([costs, np.zeros(columns, dtype=np.int64)]),
    )
    solver.set_nodes_supplies(np.arange(count), np.ones(count, dtype=np.int64))
    solver.set_node_supply(sink, -count)
    status = solver.solve_max_flow_with_min_cost()
    if status != solver.OPTIMAL:
        message = f"the solver answered {status}"
        raise AssignmentUnsolved(message)
    return np.asarray(solver.flows(arcs), dtype=np.int64)


def _lottery(rows: NDArray[np.int64], columns: NDArray[np.int64]) -> NDArray[np.int64]:
    """A number for each pair that looks random and is always the same.

    Source: the finalizer of SplitMix64, Steele, Lea and Flood, "Fast Splittable Pseudorandom
    Number Generators" (2014).
    """
    mixed = (rows.astype(np.uint64) << np.uint64(32)) + columns.astype(np.uint64)
    mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    mixed ^= mixed >> np.uint64(31)
    return (mixed >> np.uint64(64 - _LOTTERY_BITS)).astype(np.int64)

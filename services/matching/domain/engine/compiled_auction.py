"""A rough auction: prices near enough to tell which pairs are worth the solver's time."""

import numpy as np

from services.matching.domain.engine.compiled import compiled
from services.matching.domain.engine.problem import Whole

_BIDS_A_ROW = 60  # on average, then it ends as it is: these prices prove nothing


@compiled
def auctioned(starts: Whole, columns: Whole, scores: Whole, seats: Whole, step: int) -> Whole:
    """Prices after rows have outbid each other, each only among some columns.

    Args:
        starts: where the pairs of each row begin, and the end.
        columns: of each pair, by row.
        scores: of each pair.
        seats: of each column.
        step: by which a bid beats what it takes at least.

    Source: Bertsekas, "The auction algorithm: a distributed relaxation method for the assignment
    problem" (1988).
    """
    rows = len(starts) - 1
    prices, taken = np.zeros(len(seats), np.int64), np.zeros(len(seats), np.int64)
    first = np.zeros(len(seats) + 1, np.int64)
    first[1:] = np.cumsum(seats)
    bids, holders = np.zeros(first[-1], np.int64), np.zeros(first[-1], np.int64)
    queue = np.arange(rows)
    head, left, turns = 0, rows, 0
    while left and turns < rows * _BIDS_A_ROW:
        row = queue[head]
        head = (head + 1) % rows
        left -= 1
        turns += 1
        column, bid = _bid(columns, scores, prices, (int(starts[row]), int(starts[row + 1])))
        if column < 0:
            continue
        bid += step
        if taken[column] < seats[column]:
            seat = first[column] + taken[column]
            taken[column] += 1
        else:
            seat = first[column] + np.argmin(bids[first[column] : first[column + 1]])
            queue[(head + left) % rows] = holders[seat]
            left += 1
        bids[seat], holders[seat] = bid, row
        if taken[column] == seats[column]:
            prices[column] = bids[first[column] : first[column + 1]].min()
    return prices


@compiled
def _bid(columns: Whole, scores: Whole, prices: Whole, pairs: tuple[int, int]) -> tuple[int, int]:
    """The column that a row wants most and the most that it is worth; -1 where all are too dear.

    What a row does not know of is worth no more than the lowest score that it knows.
    """
    best, second, lowest = -1, -1, 1 << 30
    wanted = -1
    for pair in range(pairs[0], pairs[1]):
        lowest = min(lowest, scores[pair])
        worth = scores[pair] - prices[columns[pair]]
        if worth > best:
            best, second, wanted = worth, best, columns[pair]
        elif worth > second:
            second = worth
    if best <= lowest:
        return -1, 0
    return wanted, prices[wanted] + best - max(second, lowest)

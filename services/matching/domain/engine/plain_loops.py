"""The loops over all pairs in numpy: nothing to compile, enough for some hundred people."""

import numpy as np

from services.matching.domain.engine.loops import Block, Weights, Words, packed, unpacked
from services.matching.domain.engine.problem import NOBODY, Bits, Whole
from services.matching.domain.engine.served import Search


def best(scores: Block, words: Words, count: int) -> tuple[Whole, Whole]:
    allowed = unpacked(words, scores.shape[1])
    known = np.where(allowed, scores, NOBODY)
    if count >= scores.shape[1] or not scores.size:
        rows, columns = np.nonzero(allowed)
        return rows, columns
    last = -np.partition(-known, count - 1, axis=1)[:, count - 1]
    rows, columns = np.nonzero(allowed & (known >= last[:, None]))
    return rows, columns


def looked_through(
    weights: Weights, words: Words, prices: Whole, profits: Whole, keep: int
) -> tuple[Whole, Whole, Words]:
    numbers, table = weights
    known = table[numbers] if table.size else numbers
    asked = unpacked(words, len(prices))
    slack = profits[:, None] + prices[None, :] - known
    rows, columns = np.nonzero(asked & (slack < 0))
    order = np.lexsort((columns, slack[rows, columns], rows))
    rows, columns = rows[order], columns[order]
    first = np.flatnonzero(np.r_[True, rows[1:] != rows[:-1]]) if rows.size else rows
    place = np.arange(rows.size) - np.repeat(first, np.diff(np.r_[first, rows.size]))
    kept = place < keep
    return rows[kept], columns[kept], packed(asked & (slack == 0))


def serve(words: Words, seats: Whole, order: Whole) -> tuple[Whole, Whole]:
    search = Search(unpacked(words, len(seats)), seats)
    return search.serve(order), search.closed_at


def raised(
    pairs: tuple[Whole, Whole, Whole], chosen: Bits, floor: Whole, row_count: int
) -> Whole | None:
    """By Bellman and Ford, all columns at once.

    Source: Bellman, "On a routing problem" (1958).
    """
    order = np.argsort(pairs[1], kind="stable")
    rows, columns, weights = (each[order] for each in pairs)
    prices = floor.copy()
    if not columns.size:
        return prices
    starts = np.flatnonzero(np.r_[True, columns[1:] != columns[:-1]])
    own_row, own_column, own_weight = (each[chosen] for each in pairs)
    for _ in range(len(floor) + 1):
        kept = np.zeros(row_count, dtype=np.int64)
        kept[own_row] = own_weight - prices[own_column]
        asked = np.maximum.reduceat(weights - kept[rows], starts)
        higher = prices.copy()
        higher[columns[starts]] = np.maximum(prices[columns[starts]], asked)
        if np.array_equal(higher, prices):
            return prices
        prices = higher
    return None

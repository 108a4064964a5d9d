"""The loops over all pairs, compiled."""

import numpy as np

from services.matching.domain.engine.compiled import compiled
from services.matching.domain.engine.loops import Block, Weights, Words
from services.matching.domain.engine.problem import NOBODY, Bits, Whole

_LEVELS = 1001
_DE_BRUIJN = np.uint64(0x03F79D71B4CB0A89)  # each 6 bits of it that follow each other differ
_PLACES: Whole = np.zeros(64, dtype=np.int64)
for _place in range(64):
    _PLACES[((1 << _place) * int(_DE_BRUIJN) & (1 << 64) - 1) >> 58] = _place


def best(scores: Block, words: Words, count: int) -> tuple[Whole, Whole]:
    return _best(scores, words, count)


def looked_through(
    weights: Weights, words: Words, prices: Whole, profits: Whole, keep: int
) -> tuple[Whole, Whole, Words]:
    return _looked_through(*weights, words, (prices, profits), keep)


def serve(words: Words, seats: Whole, order: Whole) -> tuple[Whole, Whole]:
    return _serve(words, seats, order)


def raised(
    pairs: tuple[Whole, Whole, Whole], chosen: Bits, floor: Whole, row_count: int
) -> Whole | None:
    """By Bellman and Ford with a queue: only rows whose column became dearer look again.

    Source: Moore, "The shortest path through a maze" (1959).
    """
    rows, columns, weights = pairs
    starts = np.searchsorted(rows, np.arange(row_count + 1))
    made = np.flatnonzero(chosen)
    made = made[np.argsort(columns[made], kind="stable")]
    guests = np.searchsorted(columns[made], np.arange(len(floor) + 1))
    prices = floor.copy()
    settled = _raised((starts, columns, weights), (made, rows[made], guests), prices)
    return prices if settled else None


@compiled
def _best(scores: Block, words: Words, count: int) -> tuple[Whole, Whole]:
    """Counts how often each score occurs, so that only those from the last one on are taken."""
    rows = len(scores)
    found = np.empty((2, 64 + rows * 2 * count), np.int64)
    size = 0
    for row in range(rows):
        last = _score_of_place(scores[row], words[row], count)
        for word in range(words.shape[1]):
            bits = words[row, word]
            while bits:
                column = word * 64 + _lowest(bits)
                bits &= bits - np.uint64(1)
                if scores[row, column] >= last:
                    if size == found.shape[1]:
                        found = _roomier(found)
                    found[0, size] = row
                    found[1, size] = column
                    size += 1
    return found[0, :size].copy(), found[1, :size].copy()


@compiled
def _score_of_place(scores: Whole, words: Whole, count: int) -> int:
    often = np.zeros(_LEVELS, np.int64)
    for word in range(len(words)):
        bits = words[word]
        while bits:
            often[scores[word * 64 + _lowest(bits)]] += 1
            bits &= bits - np.uint64(1)
    score = _LEVELS
    while count > 0 and score > 0:
        score -= 1
        count -= often[score]
    return score


@compiled
def _lowest(bits: np.uint64) -> int:
    """The place of the lowest bit that is set, found by multiplying."""
    return int(_PLACES[((bits & (~bits + np.uint64(1))) * _DE_BRUIJN) >> np.uint64(58)])


@compiled
def _roomier(found: Whole) -> Whole:
    wider = np.empty((found.shape[0], 2 * found.shape[1]), np.int64)
    wider[:, : found.shape[1]] = found
    return wider


@compiled
def _looked_through(
    numbers: Block, table: Whole, words: Words, terms: tuple[Whole, Whole], keep: int
) -> tuple[Whole, Whole, Words]:
    prices, profits = terms
    found = np.empty((2, 64 + len(numbers)), np.int64)
    size = 0
    tight = np.zeros_like(words)
    slacks, places = np.empty(len(prices), np.int64), np.empty(len(prices), np.int64)
    for row in range(len(numbers)):
        beating = 0
        for word in range(words.shape[1]):
            bits = words[row, word]
            while bits:
                lowest = bits & (~bits + np.uint64(1))
                column = word * 64 + _PLACES[(lowest * _DE_BRUIJN) >> np.uint64(58)]
                bits ^= lowest
                number = numbers[row, column]
                weight = table[number] if table.size else np.int64(number)
                slack = profits[row] + prices[column] - weight
                if slack == 0:
                    tight[row, word] |= lowest
                elif slack < 0:
                    slacks[beating], places[beating] = slack, column
                    beating += 1
        kept = _most_beating(slacks[:beating], places[:beating], keep)
        while size + len(kept) > found.shape[1]:
            found = _roomier(found)
        found[0, size : size + len(kept)] = row
        found[1, size : size + len(kept)] = kept
        size += len(kept)
    return found[0, :size].copy(), found[1, :size].copy(), tight


@compiled
def _most_beating(slacks: Whole, places: Whole, keep: int) -> Whole:
    if len(slacks) <= keep:
        return places
    return places[np.argsort(slacks)[:keep]]


@compiled
def _raised(
    pairs: tuple[Whole, Whole, Whole], answer: tuple[Whole, Whole, Whole], prices: Whole
) -> bool:
    """Raises `prices` in place; false where they would rise without end."""
    starts, columns, weights = pairs
    made, made_rows, guests = answer
    row_count = len(starts) - 1
    kept = np.zeros(row_count, np.int64)
    for place in range(len(made)):
        kept[made_rows[place]] = weights[made[place]] - prices[columns[made[place]]]
    queue = np.arange(row_count)
    waiting = np.ones(row_count, np.bool_)
    head, left, rounds = 0, row_count, 0
    while left:
        row = queue[head]
        head = (head + 1) % row_count
        left -= 1
        waiting[row] = False
        rounds += 1
        if rounds > row_count * (len(prices) + 2):
            return False
        for pair in range(starts[row], starts[row + 1]):
            column = columns[pair]
            asked = weights[pair] - kept[row]
            if asked <= prices[column]:
                continue
            prices[column] = asked
            for guest in range(guests[column], guests[column + 1]):
                who = made_rows[guest]
                kept[who] = weights[made[guest]] - asked
                if not waiting[who]:
                    waiting[who] = True
                    queue[(head + left) % row_count] = who
                    left += 1
    return True


@compiled
def _serve(words: Words, seats: Whole, order: Whole) -> tuple[Whole, Whole]:
    """Augmenting paths; closed columns are not looked at again: all failures cost one pass."""
    columns = len(seats)
    partners = np.full(len(words), NOBODY, np.int64)
    closed_at = np.where(seats > 0, NOBODY, 0)
    first = np.zeros(columns + 1, np.int64)
    first[1:] = np.cumsum(seats)
    guests, taken = np.empty(first[columns], np.int64), np.zeros(columns, np.int64)
    alive, free = _bits_of(seats > 0, words.shape[1]), _bits_of(seats > 0, words.shape[1])
    cause, waiting = np.empty(columns, np.int64), np.empty(len(words) + 1, np.int64)
    fresh = alive.copy()
    for place in range(len(order)):
        fresh[:] = alive
        end = _reached(order[place], (words, fresh, free), (first, guests, taken), (cause, waiting))
        if end == NOBODY:
            _close(alive, fresh, closed_at, place)
            alive[:] = fresh
            continue
        _moved(end, partners, (first, guests, taken), cause)
        if taken[end] == seats[end]:
            free[end // 64] &= ~(np.uint64(1) << np.uint64(end % 64))
    return partners, closed_at


@compiled
def _bits_of(marks: Bits, words: int) -> Words:
    bits = np.zeros(words, np.uint64)
    for place in range(len(marks)):
        if marks[place]:
            bits[place // 64] |= np.uint64(1) << np.uint64(place % 64)
    return bits


@compiled
def _reached(
    row: int,
    bits: tuple[Words, Words, Words],
    seated: tuple[Whole, Whole, Whole],
    search: tuple[Whole, Whole],
) -> int:
    """A column with a free seat to which a chain of moves leads from this row, or NOBODY."""
    words, fresh, free = bits
    first, guests, taken = seated
    cause, waiting = search
    waiting[0] = row
    left = 1
    while left:
        left -= 1
        mover = waiting[left]
        for word in range(len(fresh)):
            found = words[mover, word] & fresh[word] & free[word]
            if found:
                column = word * 64 + _lowest(found)
                cause[column] = mover
                return column
        for word in range(len(fresh)):
            found = words[mover, word] & fresh[word]
            fresh[word] ^= found
            while found:
                column = word * 64 + _lowest(found)
                found &= found - np.uint64(1)
                cause[column] = mover
                for seat in range(first[column], first[column] + taken[column]):
                    waiting[left] = guests[seat]
                    left += 1
    return NOBODY


@compiled
def _moved(column: int, partners: Whole, seated: tuple[Whole, Whole, Whole], cause: Whole) -> None:
    """Everybody along the chain moves on by one seat."""
    first, guests, taken = seated
    while column != NOBODY:
        row = cause[column]
        left = int(partners[row])
        guests[first[column] + taken[column]] = row
        taken[column] += 1
        partners[row] = column
        if left != NOBODY:
            seat = first[left]
            while guests[seat] != row:
                seat += 1
            taken[left] -= 1
            guests[seat] = guests[first[left] + taken[left]]
        column = left


@compiled
def _close(alive: Words, fresh: Words, closed_at: Whole, place: int) -> None:
    for word in range(len(alive)):
        gone = alive[word] & ~fresh[word]
        while gone:
            closed_at[word * 64 + _lowest(gone)] = place
            gone &= gone - np.uint64(1)

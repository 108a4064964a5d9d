"""Who is served: as many as can be, and nobody while somebody ahead of them could be instead.

The sets of rows that can be served together form a matroid, so taking rows in their order and
keeping each that still fits gives the largest set and the best one by priority at once.

Source: Edmonds, "Matroids and the greedy algorithm" (1971); transversal matroids, Edmonds and
Fulkerson (1965).
"""

from collections.abc import Sequence

import numpy as np

from services.matching.domain.engine.problem import NOBODY, Bits, Whole


def served_by_priority(allowed: Bits, seats: Whole, order: Sequence[int]) -> Whole:
    """A column for each row that is served, else NOBODY; only who is served counts.

    Args:
        allowed: rows x columns.
        seats: of each column.
        order: all rows, highest priority first.
    """
    return Search(allowed, seats).serve(order)


class Search:
    """Augmenting paths; columns from which no free seat can be reached are not looked at again."""

    def __init__(self, allowed: Bits, seats: Whole) -> None:
        self._allowed = allowed
        self._seats = seats
        self._alive = seats > 0
        self._guests: list[list[int]] = [[] for _ in seats]
        self._partners = np.full(allowed.shape[0], NOBODY, dtype=np.int64)
        # The place of the row that could not be served because of it; without seats: the first.
        self.closed_at: Whole = np.where(seats > 0, NOBODY, 0).astype(np.int64)

    def serve(self, order: Sequence[int] | Whole) -> Whole:
        """A column for each row that fits beside those before it, else NOBODY."""
        for place, row in enumerate(order):
            self._seat(int(row), place)
        return self._partners

    def _seat(self, row: int, place: int) -> None:
        fresh = self._alive.copy()  # columns not seen in this search
        cause = np.full(self._seats.size, NOBODY, dtype=np.int64)  # the row that leads there
        waiting = [row]
        while waiting:
            mover = waiting.pop()
            found = np.flatnonzero(self._allowed[mover] & fresh)
            fresh[found] = False
            cause[found] = mover
            for column in map(int, found):
                if len(self._guests[column]) < self._seats[column]:
                    self._move(column, cause)
                    return
                waiting += self._guests[column]
        self.closed_at[self._alive & ~fresh] = place
        self._alive &= fresh  # all that were seen lead nowhere, for ever

    def _move(self, column: int, cause: Whole) -> None:
        while column != NOBODY:
            row = int(cause[column])
            left = int(self._partners[row])
            self._guests[column].append(row)
            self._partners[row] = column
            if left != NOBODY:
                self._guests[left].remove(row)
            column = left

"""What the engine is asked, what it may ask in turn, and what it answers."""

from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from services.matching.domain.engine.problem import NOBODY, Bits, Whole
from shared.events.matching import Objective
from shared.frozen import frozen

SCORE_MAX = 1000

SERVED, SCORE, LEVELS, LOTTERY = "served", "score", "levels", "lottery"


class Scorer(Protocol):
    """Scores and rules, worked out for some rows at a time."""

    @property
    def rows(self) -> int:
        """How many there are."""
        ...

    @property
    def columns(self) -> int:
        """How many there are."""
        ...

    def block(self, rows: slice) -> tuple[NDArray[np.int16], Bits]:
        """Scores, 0 to SCORE_MAX, and what is allowed; both rows x columns, the caller's own."""
        ...


@frozen
class Terms:
    """What is wanted. Names are 64 bits of an id: an answer depends on them, not on places."""

    objective: Objective
    seats: Whole  # of each column, those of locked pairs included
    row_names: NDArray[np.uint64]
    column_names: NDArray[np.uint64]
    seed: bytes  # of the lottery
    order: Whole | None = None  # all rows, highest priority first; None: only numbers count
    locked: tuple[tuple[int, int], ...] = ()  # row, column: these are made whatever their score
    weak_below: int = 0  # with most_served: as few pairs below this score as can be


@frozen
class ProvedTier:
    """One aim, and the prices that prove that it is reached.

    What a pair weighs, by `kind`:
    served: 1.
    score: its score, less `penalty` if it is below the `weak_below` of the terms.
    levels: a score equal to levels[k] weighs -(base ** (len(levels) - 1 - k)), one above them 0.
        Lower levels that no earlier tier named are `omitted`: no such pair is needed at all.
    lottery: the number that `tickets` draws for it with `lottery_counter`.

    A row's profit is what its pair weighs less its column's price; 0 if it is not served. A pair's
    slack is its row's profit and its column's price less its weight. Tier after tier, the slack of
    every pair still in question is zero or more, and where it is more the pair is out of question.
    """

    kind: str
    prices: Whole  # of each column
    penalty: int = 0
    levels: tuple[int, ...] = ()  # lowest first
    base: int = 0
    omitted: tuple[int, ...] = ()  # levels, lowest first


@frozen
class Optimum:
    """The one answer, and its proof."""

    partners: Whole  # of each row its column, or NOBODY; locked pairs are among them
    # Of each column the place in the order of the row whose search in vain closed it, or NOBODY.
    # A column without a seat is closed from the first place on. Without an order, all NOBODY.
    served_before: Whole
    tiers: tuple[ProvedTier, ...]
    unique: bool  # no lottery was needed
    lottery_counter: int  # of the draw that decided; 0 if there was none
    total: int  # of the scores, those of locked pairs included

    @property
    def served(self) -> int:
        """How many rows have a column."""
        return int((self.partners != NOBODY).sum())

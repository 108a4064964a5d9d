"""All pairs that are in question, a bit each; their scores are worked out again when needed."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

from services.matching.domain.engine.loops import (
    Loops,
    Weights,
    Words,
    loops_for,
    packed,
    unpacked,
    words_for,
)
from services.matching.domain.engine.lottery import tickets
from services.matching.domain.engine.problem import Bits, Whole
from services.matching.domain.engine.terms import SCORE_MAX, Scorer
from shared.frozen import frozen

T = TypeVar("T")

UNKNOWN = -1  # a score; the last entry of a table says what it weighs

_BLOCK_PAIRS = 1 << 18  # two bytes each fit the cache nearest to a processor's core
_KEPT_PAIRS_MAX = 1 << 25  # up to here scores are kept rather than worked out again
_FAR = 1 << 62
_NONE = np.zeros(0, dtype=np.int64)


@frozen
class Pairs:
    """Some pairs, sorted by row, then by column."""

    rows: Whole
    columns: Whole
    scores: Whole  # or UNKNOWN

    def only(self, kept: Bits) -> "Pairs":
        """Those that are marked."""
        return Pairs(rows=self.rows[kept], columns=self.columns[kept], scores=self.scores[kept])


class Weigh(Protocol):
    """What a pair is worth to one aim."""

    @property
    def near(self) -> int:
        """A pair that falls short by more is hardly ever of use."""
        ...

    def of(self, pairs: Pairs) -> Whole:
        """Of each."""
        ...

    def block(self, ground: "Ground", rows: slice) -> Weights:
        """Of all columns with some rows."""
        ...


@frozen
class ByScore:
    """Pairs with equal scores weigh the same."""

    table: Whole  # by score; the last entry, for scores not known, is no more than any other
    near: int = _FAR

    def of(self, pairs: Pairs) -> Whole:
        weights: Whole = self.table[pairs.scores]
        return weights

    def block(self, ground: "Ground", rows: slice) -> Weights:
        return ground.scores(rows), self.table


def by_score(weights: Whole, near: int = _FAR) -> ByScore:
    """Weights of the scores 0 to SCORE_MAX."""
    return ByScore(table=np.append(weights, weights.min()).astype(np.int64), near=near)


@frozen
class ByLot:
    """Every pair has a number of its own."""

    rows: NDArray[np.uint64]  # names
    columns: NDArray[np.uint64]
    seed: int
    near: int = _FAR

    def of(self, pairs: Pairs) -> Whole:
        return tickets(self.rows[pairs.rows], self.columns[pairs.columns], self.seed)

    def block(self, ground: "Ground", rows: slice) -> Weights:  # noqa: ARG002  # no scores needed
        return tickets(self.rows[rows, None], self.columns[None, :], self.seed), _NONE


class Ground:
    """Rows and columns, and passes over all their pairs by blocks of rows."""

    def __init__(self, scorer: Scorer, threads: int) -> None:
        """Take a scorer; `threads` work on blocks at the same time, with the same answer."""
        self.loops: Loops = loops_for(scorer.rows * scorer.columns)
        self._scorer = scorer
        self._threads = threads
        self._kept = np.zeros((0, 0), dtype=np.int16)

    def survey(self, open_columns: Bits, count: int) -> tuple[Words, Pairs]:
        """The first pass: which pairs are allowed, and the `count` best of each row."""
        rows, columns = self._scorer.rows, self._scorer.columns
        words = np.zeros((rows, words_for(columns)), dtype=np.uint64)
        keeping = rows * columns <= _KEPT_PAIRS_MAX
        kept = np.empty((rows, columns) if keeping else (0, 0), dtype=np.int16)

        def survey(block: slice) -> Pairs:
            scores, allowed = self._scorer.block(block)
            words[block] = packed(allowed & open_columns)
            if keeping:
                kept[block] = scores
            found, places = self.loops.best(scores, words[block], count)
            return Pairs(
                rows=found + block.start, columns=places, scores=_at(scores, found, places)
            )

        found = joined(self._each(survey))
        self._kept = kept
        return words, found

    def scores(self, rows: slice) -> NDArray[np.int16]:
        """Of all columns with some rows."""
        return self._kept[rows] if self._kept.size else self._scorer.block(rows)[0]

    def levels(self, words: Words) -> Whole:
        """The scores that pairs in question have, lowest first."""

        def levels(block: slice) -> Whole:
            scores = self.scores(block)
            return np.bincount(
                scores[unpacked(words[block], scores.shape[1])], minlength=SCORE_MAX + 1
            )

        return np.flatnonzero(np.sum(self._each(levels), axis=0))

    def look(
        self, words: Words, weigh: Weigh, proof: tuple[Whole, Whole], keep: int
    ) -> tuple[Pairs, Words]:
        """Pairs in question that beat prices and profits, `keep` a row, and all that equal them."""
        prices, profits = proof
        tight = np.zeros_like(words)

        def look(block: slice) -> Pairs:
            weights = weigh.block(self, block)
            found, places, tight[block] = self.loops.looked_through(
                weights, words[block], prices, profits[block], keep
            )
            scores = _at(weights[0], found, places) if weights[1].size else found * 0 + UNKNOWN
            return Pairs(rows=found + block.start, columns=places, scores=scores)

        return joined(self._each(look)), tight

    def known(self, pairs: Pairs) -> Pairs:
        """The same pairs with their scores, where they were not known."""
        scores = pairs.scores.copy()
        for block in self._blocks():
            first, last = np.searchsorted(pairs.rows, [block.start, block.stop])
            if (scores[first:last] == UNKNOWN).any():
                found = pairs.rows[first:last] - block.start
                scores[first:last] = _at(self.scores(block), found, pairs.columns[first:last])
        return Pairs(rows=pairs.rows, columns=pairs.columns, scores=scores)

    def _each(self, work: Callable[[slice], T]) -> list[T]:
        if self._threads == 1:
            return [work(block) for block in self._blocks()]
        with ThreadPoolExecutor(self._threads) as threads:
            return list(threads.map(work, self._blocks()))

    def _blocks(self) -> Iterator[slice]:
        rows, size = self._scorer.rows, max(1, _BLOCK_PAIRS // max(1, self._scorer.columns))
        return (slice(start, min(start + size, rows)) for start in range(0, rows, size))


def merged(new: Pairs, old: Pairs, column_count: int) -> Pairs:
    """Both, each pair once; what the new ones know counts."""
    both = joined([new, old])
    _, first = np.unique(both.rows * column_count + both.columns, return_index=True)
    return Pairs(rows=both.rows[first], columns=both.columns[first], scores=both.scores[first])


def joined(parts: list[Pairs]) -> Pairs:
    """One after the other."""
    return Pairs(
        rows=np.concatenate([_NONE, *(part.rows for part in parts)]),
        columns=np.concatenate([_NONE, *(part.columns for part in parts)]),
        scores=np.concatenate([_NONE, *(part.scores for part in parts)]),
    )


def marked(words: Words, pairs: Pairs) -> Bits:
    """Whether the bit of each pair is set."""
    shift = (pairs.columns % 64).astype(np.uint64)
    bits = words[pairs.rows, pairs.columns // 64] >> shift
    found: Bits = (bits & np.uint64(1)).astype(np.bool_)
    return found


def _at(scores: NDArray[np.signedinteger], rows: Whole, columns: Whole) -> Whole:
    return scores[rows, columns].astype(np.int64)

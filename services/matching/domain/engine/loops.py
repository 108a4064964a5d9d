"""The loops over all pairs, twice: compiled for many, in numpy where compiling takes longer."""

from collections.abc import Sequence
from importlib import import_module
from typing import Any, Protocol, TypeAlias, cast

import numpy as np
from numpy.typing import NDArray

from services.matching.domain.engine.problem import Bits, Whole

Words: TypeAlias = NDArray[np.uint64]  # rows x words; bit c of a row: its pair with column c
Block: TypeAlias = NDArray[np.signedinteger[Any]]  # rows x columns
Weights: TypeAlias = tuple[Block, Whole]  # numbers, and what each weighs; no table: themselves

COMPILED_FROM = 4_000_000  # pairs; fewer are done before the loops are translated
_BITS = 64


class Loops(Protocol):
    """What is done with every pair there is."""

    def best(self, scores: Block, words: Words, count: int) -> tuple[Whole, Whole]:
        """The `count` best allowed pairs of each row, more if the last are equal.

        Args:
            scores: rows x columns, 0 to 1000.
            words: what is allowed.
            count: of pairs for each row.

        Returns:
            Row and column of each, by row.
        """
        ...

    def looked_through(
        self, weights: Weights, words: Words, prices: Whole, profits: Whole, keep: int
    ) -> tuple[Whole, Whole, Words]:
        """Pairs that beat their row's profit at these prices, and those that equal it.

        Args:
            weights: of rows x columns, by way of a table.
            words: which pairs are in question.
            prices: of each column.
            profits: of each row.
            keep: so many of a row's, those that beat it most.

        Returns:
            Row and column of each that beats, by row; and the bits of all that equal.
        """
        ...

    def serve(self, words: Words, seats: Whole, order: Whole) -> tuple[Whole, Whole]:
        """Rows in their order, each kept that fits beside those before.

        Returns:
            The column of each row or NOBODY; of each column the place of the row whose search in
            vain closed it, or NOBODY.
        """
        ...

    def raised(
        self, pairs: tuple[Whole, Whole, Whole], chosen: Bits, floor: Whole, row_count: int
    ) -> Whole | None:
        """The lowest prices from `floor` on at which nobody would rather have another column.

        Args:
            pairs: row, column and weight of each, by row.
            chosen: which of them are made.
            floor: of each column.
            row_count: of all rows; those that are not served keep nothing.

        Returns:
            Prices, or None if they rise without end.
        """
        ...


def loops_for(pairs: int) -> Loops:
    """Those that are through first with so many pairs."""
    name = "compiled_loops" if pairs >= COMPILED_FROM else "plain_loops"
    return cast("Loops", import_module(f"services.matching.domain.engine.{name}"))


def words_for(columns: int) -> int:
    """How many words hold a bit for each column."""
    return -(-columns // _BITS)


def packed(bits: Bits) -> Words:
    """Rows of bits as words."""
    rows, columns = bits.shape
    words = words_for(columns)
    if not bits.size:
        return np.zeros((rows, words), dtype=np.uint64)
    room = np.zeros((rows, words * 8), dtype=np.uint8)
    narrow = np.packbits(bits, axis=1, bitorder="little")
    room[:, : narrow.shape[1]] = narrow
    return room.view(np.uint64).reshape(rows, words)


def unpacked(words: Words, columns: int) -> Bits:
    """The bits again, rows x columns."""
    rows, count = words.shape
    if not words.size:
        return np.zeros((rows, columns), dtype=np.bool_)
    flat = np.ascontiguousarray(words).view(np.uint8).reshape(rows, 8 * count)
    bits: Bits = np.unpackbits(flat, axis=1, count=columns, bitorder="little").view(np.bool_)
    return bits


def listed(words: Words, columns: int, block_rows: int) -> tuple[Whole, Whole]:
    """Row and column of each bit that is set, by row."""
    found: Sequence[tuple[Whole, Whole]] = [
        (rows + start, places)
        for start in range(0, len(words), block_rows)
        for rows, places in [np.nonzero(unpacked(words[start : start + block_rows], columns))]
    ]
    if not found:
        return np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64)
    return np.concatenate([row for row, _ in found]), np.concatenate([place for _, place in found])

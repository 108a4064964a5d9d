"""Points and rules that depend on a few codes only: worked out once for everybody who is alike."""

from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any, TypeAlias, TypeVar

import numpy as np
from numpy.typing import NDArray

K = TypeVar("K", bound=Hashable)
Whole: TypeAlias = NDArray[np.integer[Any]]
Bits: TypeAlias = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, kw_only=True)
class Alike:
    """A table of classes of mentees x mentors, and the class of each mentee."""

    of_row: NDArray[np.intp]
    table: NDArray[Any]

    def block(self, rows: slice) -> NDArray[Any]:
        """Mentees of `rows` x mentors."""
        return self.table[self.of_row[rows]]

    def at(self, rows: Whole, columns: Whole) -> NDArray[Any]:
        """The entries of single pairs."""
        found: NDArray[Any] = self.table[self.of_row[rows], columns]
        return found


def alike(keys: Sequence[K], entries: Callable[[K], NDArray[Any]]) -> Alike:
    """What `entries` says of each different key, for all mentors."""
    of_row, numbers = numbered(keys)
    if not numbers:
        return Alike(of_row=of_row, table=np.zeros((0, 0), dtype=np.int16))
    return Alike(of_row=of_row, table=np.stack([entries(key) for key in numbers]))


def numbered(words: Sequence[K]) -> tuple[NDArray[np.intp], dict[K, int]]:
    """A number from 0 for each word, and which word has which."""
    numbers = {word: number for number, word in enumerate(dict.fromkeys(words))}
    of_each = np.fromiter(map(numbers.__getitem__, words), dtype=np.intp, count=len(words))
    return of_each, numbers


def said(people: Sequence[Mapping[str, Any]], *names: str) -> Sequence[tuple[Any, ...]]:
    """What everybody says under these names; None where nothing is said."""
    return list(zip(*([who.get(name) for who in people] for name in names), strict=True))


def in_rows(lists: Sequence[Sequence[int]], width: int = 0) -> NDArray[np.int32]:
    """Lists of numbers as the rows of a table at least so wide, 0 after the last of each."""
    counts = np.fromiter(map(len, lists), dtype=np.intp, count=len(lists))
    table = np.zeros((len(lists), int(counts.max(initial=width))), dtype=np.int32)
    table[np.arange(table.shape[1]) < counts[:, None]] = np.fromiter(
        chain.from_iterable(lists), dtype=np.int32, count=int(counts.sum())
    )
    return table

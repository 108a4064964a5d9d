"""Points and rules that depend on a few codes only: worked out once for everybody who is alike."""

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
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
    numbers: dict[K, int] = {}
    of_row = np.fromiter(
        (numbers.setdefault(key, len(numbers)) for key in keys), dtype=np.intp, count=len(keys)
    )
    if not numbers:
        return Alike(of_row=of_row, table=np.zeros((0, 0), dtype=np.int16))
    return Alike(of_row=of_row, table=np.stack([entries(key) for key in numbers]))


def numbered(words: Sequence[K]) -> tuple[NDArray[np.int32], dict[K, int]]:
    """A number from 0 for each word, and which word has which."""
    numbers: dict[K, int] = {}
    of_each = np.fromiter(
        (numbers.setdefault(word, len(numbers)) for word in words), dtype=np.int32, count=len(words)
    )
    return of_each, numbers

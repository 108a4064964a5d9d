"""The numbers that decide between answers that are equally good.

The seed of a draw is the first 64 bits of SHA-256 over the run's seed and the number of the draw,
eight bytes, highest first. Somebody's name in it is their id, one half exclusive-or the other.

Source: the finalizer of SplitMix64, Steele, Lea and Flood, "Fast Splittable Pseudorandom Number
Generators" (2014).
"""

from collections.abc import Sequence
from hashlib import sha256
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

TICKET_BITS = 24
_HALF_BITS = 64
_HALF = (1 << _HALF_BITS) - 1


def names(ids: Sequence[str]) -> NDArray[np.uint64]:
    """64 bits for each id."""
    numbers = (UUID(each).int for each in ids)
    return np.array([(number >> _HALF_BITS) ^ (number & _HALF) for number in numbers], np.uint64)


def tickets(
    rows: NDArray[np.uint64], columns: NDArray[np.uint64], seed: bytes, draw: int
) -> NDArray[np.int64]:
    """The number that each pair draws, below 2^24."""
    start = int.from_bytes(sha256(seed + draw.to_bytes(8, "big")).digest()[:8], "big")
    mixed = _mixed(_mixed(rows + np.uint64(start)) ^ columns)
    return (mixed >> np.uint64(_HALF_BITS - TICKET_BITS)).astype(np.int64)


def _mixed(numbers: NDArray[np.uint64]) -> NDArray[np.uint64]:
    mixed = numbers + np.uint64(0x9E3779B97F4A7C15)
    mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return mixed ^ (mixed >> np.uint64(31))

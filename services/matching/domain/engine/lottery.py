"""Numbers that decide between answers that are equally good: nobody's choice, always the same."""

from hashlib import sha256

import numpy as np
from numpy.typing import NDArray

from services.matching.domain.engine.problem import Whole

BITS = 24


def tickets(rows: NDArray[np.uint64], columns: NDArray[np.uint64], seed: int) -> Whole:
    """A number below 2^24 for each pair, from the names of both and the seed.

    Args:
        rows: 64 bits that name the row of each pair.
        columns: 64 bits that name its column.
        seed: 64 bits.

    Source: the finalizer of SplitMix64, Steele, Lea and Flood, "Fast Splittable Pseudorandom
    Number Generators" (2014).
    """
    mixed = _mixed(_mixed(rows + np.uint64(seed)) ^ columns)
    drawn: Whole = (mixed >> np.uint64(64 - BITS)).astype(np.int64)
    return drawn


def drawing_seed(seed: bytes, counter: int) -> int:
    """64 bits for one draw: the first eight bytes of SHA-256 of the seed and the counter.

    Args:
        seed: what the lottery was committed to.
        counter: of the draw, from 0 on; eight bytes, the highest first, appended to the seed.
    """
    return int.from_bytes(sha256(seed + counter.to_bytes(8, "big")).digest()[:8], "big")


def _mixed(numbers: NDArray[np.uint64]) -> NDArray[np.uint64]:
    mixed = numbers + np.uint64(0x9E3779B97F4A7C15)
    mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return mixed ^ (mixed >> np.uint64(31))

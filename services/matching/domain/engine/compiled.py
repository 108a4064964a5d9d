"""Loops that are translated to machine code the first time, and read from a cache from then on.

Machine code is for one kind of processor: on another, what is in a cache is not looked at, and the
loops are translated anew. No fault of a cache is one of a run: it costs seconds.
"""

import fcntl
import os
import pickle
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, TypeVar, cast

import numba
from numba.core import config

from services.matching.domain.engine.cache_place import cache_folder

F = TypeVar("F", bound=Callable[..., Any])

TRANSLATED: list[Any] = []  # every loop there is, as numba knows it

_FAULTS = (  # of files that cannot be read or written, or are cut short
    OSError,
    EOFError,
    pickle.UnpicklingError,
    AttributeError,
    ImportError,
    LookupError,
    TypeError,
    ValueError,
)


class _Forgiving:
    """A cache that has nothing where it has a fault, and then keeps nothing."""

    def __init__(self, cache: Any) -> None:  # noqa: ANN401  # numba has no types
        self._cache = cache

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401  # the same
        return getattr(self._cache, name)

    def load_overload(self, *wanted: object) -> object:
        """What was kept, or None."""
        try:
            with _alone(fcntl.LOCK_SH):
                return self._cache.load_overload(*wanted)
        except _FAULTS:
            with suppress(*_FAULTS), _alone(fcntl.LOCK_EX):
                self._cache.flush()  # else it would never be kept again
            return None

    def save_overload(self, *kept: object) -> None:
        """Keep it, if that can be."""
        with suppress(*_FAULTS), _alone(fcntl.LOCK_EX):
            self._cache.save_overload(*kept)


@contextmanager
def _alone(kind: int) -> Iterator[None]:
    """While one process writes no other writes or reads.

    Numba reads its index, chooses a name that is not in it, and writes both: two processes at
    once choose the same one, and code for whole numbers is run on fractions.
    """
    folder = -1
    with suppress(OSError):  # none: nobody can write either
        Path(_config.CACHE_DIR).mkdir(mode=0o700, parents=True, exist_ok=True)
        folder = os.open(_config.CACHE_DIR, os.O_RDONLY)
        fcntl.flock(folder, kind)
    try:
        yield
    finally:
        if folder >= 0:
            os.close(folder)


_config: Any = config  # its members are made at run time
if not _config.CACHE_DIR:  # NUMBA_CACHE_DIR, where it is set
    _config.CACHE_DIR = str(cache_folder(numba.__version__) or "")


def compiled(function: F) -> F:
    """Translate it; it must not touch Python objects, and other threads run beside it."""
    translated: Any = numba.njit(nogil=True)(function)
    with suppress(RuntimeError):  # no folder can be written: each process translates for itself
        translated.enable_caching()
        translated._cache = _Forgiving(translated._cache)  # noqa: SLF001  # no other way in
    TRANSLATED.append(translated)
    return cast("F", translated)

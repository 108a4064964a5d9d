"""Loops that are translated to machine code the first time, and read from a cache from then on."""

import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar, cast

import numba
from numba.core import config

F = TypeVar("F", bound=Callable[..., Any])


def _cache() -> Path:
    """A folder of this user's that can be written: the installed package may be read-only."""
    for folder in (Path("~/.cache").expanduser(), Path(tempfile.gettempdir())):
        chosen = folder / "fairlead" / "numba"
        try:
            chosen.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryFile(dir=chosen):
                return chosen
        except (OSError, RuntimeError):  # the second: nobody's home is known
            continue
    return Path(tempfile.mkdtemp(prefix="fairlead-numba-"))  # compiled anew in every process


_config: Any = config  # its members are made at run time
if not _config.CACHE_DIR:  # NUMBA_CACHE_DIR, where it is set
    _config.CACHE_DIR = str(_cache())


def compiled(function: F) -> F:
    """Translate it; it must not touch Python objects, and other threads run beside it."""
    translated: Any = numba.njit(cache=True, nogil=True)(function)
    return cast("F", translated)

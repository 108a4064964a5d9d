"""How long a test waits for what must come, and how long something takes of its own accord.

A test on a busy machine is patient: what never comes is still noticed, only later.
"""

import os
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from subprocess import Popen

PATIENCE_SECONDS = 90.0
_LOOK_SECONDS = 0.005


def stopwatch() -> Callable[[], float]:
    """Tells how many seconds have passed, less those in which no core was free for this thread."""
    before, began = _starved_seconds(os.getpid()), time.monotonic()
    return lambda: time.monotonic() - began - (_starved_seconds(os.getpid()) - before)


def ended(process: Popen[bytes], tell: Callable[[], object]) -> float:
    """How many seconds a process takes to end once told so, less those without a core for it."""
    before = waited = _starved_seconds(process.pid)
    began = time.monotonic()
    tell()
    while process.poll() is None:
        assert time.monotonic() < began + PATIENCE_SECONDS, "it does not end"
        waited = _starved_seconds(process.pid) or waited
        time.sleep(_LOOK_SECONDS)
    return time.monotonic() - began - (waited - before)


def _starved_seconds(pid: int) -> float:
    """How long a process has waited for a core so far; 0 if it has ended."""
    with suppress(OSError, IndexError):
        return int(Path(f"/proc/{pid}/schedstat").read_text().split()[1]) / 1e9
    return 0.0

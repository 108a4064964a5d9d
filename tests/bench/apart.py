"""Work done in processes of their own, and what it took of the machine."""

import asyncio
import multiprocessing
import os
import resource
import sys
import time
from collections.abc import Callable, Collection, Coroutine
from concurrent.futures import ProcessPoolExecutor
from dataclasses import field
from pathlib import Path
from typing import Any, TypeVar

import uvloop

from shared.frozen import frozen
from shared.runtime.collecting import collect_seldom

Found = TypeVar("Found")


@frozen
class Took:
    """What a process took for so many events."""

    events: int
    seconds: float
    worked: float  # processor seconds of the process itself
    memory_mib: float  # the most that it has had

    @property
    def per_second(self) -> float:
        """Events a second."""
        return self.events / self.seconds

    @property
    def microseconds(self) -> float:
        """Processor time an event."""
        return 1e6 * self.worked / self.events


@frozen
class Watch:
    """Runs from when it is made."""

    begun: float = field(default_factory=time.perf_counter)
    worked: float = field(default_factory=time.process_time)

    def took(self, events: int) -> Took:
        """What this process took since."""
        return Took(
            events=events,
            seconds=time.perf_counter() - self.begun,
            worked=time.process_time() - self.worked,
            memory_mib=most_memory_mib(),
        )


def most_memory_mib() -> float:
    """The most memory that this process has had so far."""
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most / (2**20 if sys.platform == "darwin" else 2**10)


async def alone(work: Callable[..., Coroutine[Any, Any, Found]], *arguments: object) -> Found:
    """Run `work` in a process that does nothing else, as our programs run."""
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as process:
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(process, _run, work, arguments)


def _run(work: Callable[..., Coroutine[Any, Any, Found]], arguments: Collection[object]) -> Found:
    collect_seldom()
    return uvloop.run(work(*arguments))


def all_seconds(process: int) -> float:
    """What a process and all that it began have used of the processors; 0 where nobody tells."""
    parents, seconds = {}, {}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            told = (folder / "stat").read_text().rpartition(")")[2].split()
        except OSError:  # it has just ended
            continue
        parents[int(folder.name)] = int(told[1])
        # Its own in user and kernel mode, and those of children that have ended.
        seconds[int(folder.name)] = sum(map(int, told[11:15])) / os.sysconf("SC_CLK_TCK")
    return sum(seconds[each] for each in seconds if _is_under(each, process, parents))


def _is_under(process: int, root: int, parents: dict[int, int]) -> bool:
    while process != root:
        if process not in parents:
            return False
        process = parents[process]
    return True

"""A process of its own for a run: what it takes of memory and time, nobody else misses.

It is forked from one that has read the solver's code and done nothing else: to read all of that
anew takes longer than most runs.
"""

import asyncio
from collections.abc import Awaitable, Callable
from multiprocessing import get_context
from multiprocessing.connection import Connection
from multiprocessing.context import ForkServerContext, ForkServerProcess
from typing import Any, TypeAlias

from services.matching.domain.pool import RunInput
from services.matching.domain.run_record import About
from services.matching.domain.solved import SOLVER, NobodyAllowed, Solved, solve_for

LOOK_SECONDS = 0.5  # how often it is asked whether the work is still wanted

Answer: TypeAlias = Solved | NobodyAllowed
Hear: TypeAlias = Callable[[str], Awaitable[None]]
Wanted: TypeAlias = Callable[[], Awaitable[bool]]


class WorkerLost(Exception):
    """The process ended without an answer, such as for want of memory."""


class NotWanted(Exception):
    """The run was called off while it was worked out."""


async def solved(source: RunInput, about: About, hear: Hear, wanted: Wanted) -> Answer:
    """The answer of a fresh process, which is gone afterwards with all it took.

    Args:
        source: who can be paired.
        about: which run it is.
        hear: is told each stage that is reached.
        wanted: whether to go on.

    Raises:
        WorkerLost: there is none; why, is on the process's own output.
        NotWanted: the work was stopped.
    """
    context = _context()
    receiving, sending = context.Pipe(duplex=False)
    process = context.Process(target=solve_for, args=(sending, source, about), daemon=True)
    await asyncio.to_thread(process.start)
    sending.close()  # ours: with the process's own gone, too, the other end knows that it ended
    try:
        return await _until_wanted(_answer(receiving, hear), wanted)
    finally:
        await asyncio.to_thread(_end, process, receiving)


def make_ready() -> None:
    """Let the solver's code be read now, which the first run would wait for otherwise."""
    process = _context().Process(target=_nothing, daemon=True)
    process.start()
    process.join()
    process.close()


def _context() -> ForkServerContext:
    context = get_context("forkserver")
    context.set_forkserver_preload([SOLVER])
    return context


def _nothing() -> None:
    """What a process does that only has to be there."""


async def _until_wanted(answer: Awaitable[Answer], wanted: Wanted) -> Answer:
    working = asyncio.ensure_future(answer)
    try:
        while True:
            done, _ = await asyncio.wait([working], timeout=LOOK_SECONDS)
            if done:
                return working.result()
            if not await wanted():
                raise NotWanted
    finally:
        working.cancel()


async def _answer(receiving: "Connection[Any, Any]", hear: Hear) -> Answer:
    while True:
        try:
            message = await asyncio.to_thread(receiving.recv)
        except (EOFError, OSError) as error:
            raise WorkerLost from error
        if not isinstance(message, str):
            answer: Answer = message
            return answer
        await hear(message)


def _end(process: ForkServerProcess, receiving: "Connection[Any, Any]") -> None:
    """A thread that still waits for a message wakes when the process is gone."""
    process.kill()
    process.join()
    receiving.close()
    process.close()

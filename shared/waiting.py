"""How loops wait: never longer than until they are told to stop, never all at the same moment."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from random import uniform
from typing import TypeVar

T = TypeVar("T")

FIRST_SECONDS = 0.05
LONGEST_SECONDS = 5.0  # all have converged half a minute after a fault, however long that was


async def rest(stop: asyncio.Event, seconds: float) -> None:
    """Wait so long, or until `stop` is set."""
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await stop.wait()


def backoff_seconds(attempt: int) -> float:
    """How long to wait after the attempt of this number, from 1: doubling, with full jitter.

    Source: Marc Brooker, "Exponential Backoff And Jitter", AWS Architecture Blog (2015).
    """
    longest = min(LONGEST_SECONDS, FIRST_SECONDS * 2 ** min(attempt, 16))
    return uniform(FIRST_SECONDS, longest)  # noqa: S311  # no secret: it only spreads retries


async def until(
    stop: asyncio.Event,
    work: Awaitable[T],
    give_back: Callable[[T], Awaitable[None]] | None = None,
) -> T | None:
    """The result of `work`, or None as soon as `stop` is set: the work is cancelled then.

    A result that comes although nobody waits for it any more goes to `give_back`.
    """
    task = asyncio.ensure_future(work)
    stopping = asyncio.ensure_future(stop.wait())
    is_wanted = False
    try:
        await asyncio.wait((task, stopping), return_when=asyncio.FIRST_COMPLETED)
        is_wanted = task.done()
        return task.result() if is_wanted else None
    finally:
        for each in (task, stopping):
            each.cancel()
        await asyncio.gather(task, stopping, return_exceptions=True)
        is_there = not task.cancelled() and task.exception() is None
        if give_back is not None and is_there and not is_wanted:
            await give_back(task.result())


async def to_its_end(work: Awaitable[None]) -> None:
    """Do `work` whole: if we are cancelled meanwhile, we are so when it has ended."""
    task = asyncio.ensure_future(work)
    try:
        await asyncio.shield(task)
    except asyncio.CancelledError:
        await asyncio.gather(task, return_exceptions=True)
        raise

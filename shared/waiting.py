"""How loops wait: never longer than until they are told to stop, never all at the same moment."""

import asyncio
from collections.abc import Awaitable
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


async def until(stop: asyncio.Event, work: Awaitable[T]) -> T | None:
    """The result of `work`, or None as soon as `stop` is set: the work is cancelled then."""
    task = asyncio.ensure_future(work)
    stopping = asyncio.ensure_future(stop.wait())
    try:
        await asyncio.wait((task, stopping), return_when=asyncio.FIRST_COMPLETED)
        return task.result() if task.done() else None
    finally:
        for each in (task, stopping):
            each.cancel()
        await asyncio.gather(task, stopping, return_exceptions=True)

"""How loops wait: never longer than until they are told to stop, never all at the same moment."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager, suppress
from random import uniform
from typing import Any, TypeVar

T = TypeVar("T")

FIRST_SECONDS = 0.05
GRACE_SECONDS = 0.5  # a service ends within a second
LONGEST_SECONDS = 5.0  # all have converged half a minute after a fault, however long that was


class CalledOff(Exception):
    """What we waited for was called off, and not we ourselves."""


@contextmanager
def only_we_are_cancelled() -> Iterator[None]:
    """Let a cancellation pass if it is meant for us; another is an error like others.

    Whoever waits for something that somebody else calls off, such as a client that is closed
    amid a request, is told of it as if it was to end itself, and would do so without a word.

    Raises:
        CalledOff: it was not meant for us.
    """
    try:
        yield
    except asyncio.CancelledError as error:
        task = asyncio.current_task()
        if task is None or task.cancelling():
            raise
        raise CalledOff from error


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
    is_taken = False
    try:
        await asyncio.wait((task, stopping), return_when=asyncio.FIRST_COMPLETED)
        if not task.done():
            return None
        await called_off(stopping)
        is_taken = True  # from here to the caller is no place to be cancelled at
        return task.result()
    finally:
        if not is_taken:
            await to_its_end(_unwanted(task, stopping, give_back))


async def called_off(*tasks: asyncio.Future[Any]) -> None:
    """Cancel these, and return when they have ended, however they did."""
    for each in tasks:
        each.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


async def _unwanted(
    task: asyncio.Future[T],
    stopping: asyncio.Future[Any],
    give_back: Callable[[T], Awaitable[None]] | None,
) -> None:
    await called_off(task, stopping)
    if give_back is not None and not task.cancelled() and task.exception() is None:
        await give_back(task.result())


async def to_its_end(work: Awaitable[None]) -> None:
    """Do `work` whole: if we are cancelled meanwhile, we are so when it has ended.

    What does not end soon then goes on by itself: whoever is to end is not held up for ever.
    """
    task = asyncio.ensure_future(work)
    try:
        await asyncio.shield(task)
    except asyncio.CancelledError:
        await asyncio.wait((task,), timeout=GRACE_SECONDS)
        if task.done() and not task.cancelled():
            task.exception()  # nobody else asks for it
        raise

"""Who is stopped in the midst of something, at any turn of the event loop."""

import asyncio
from collections.abc import Coroutine
from contextlib import suppress
from typing import Any


async def stopped_after(steps: int, work: Coroutine[Any, Any, object]) -> None:
    """Begin `work`, cancel it after so many turns, and return when it has ended."""
    task = asyncio.create_task(work)
    for _ in range(steps):
        await asyncio.sleep(0)
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task

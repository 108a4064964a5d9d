"""Keeps loops running: one that fails is started again, later each time."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import TypeAlias

from shared.waiting import backoff_seconds, rest

log = logging.getLogger(__name__)

HEALTHY_SECONDS = 60.0  # a loop that ran this long has recovered

Loop: TypeAlias = Callable[[asyncio.Event], Awaitable[None]]  # runs until the event is set


async def supervised(name: str, loop: Loop, stop: asyncio.Event, pause_seconds_max: float) -> None:
    """Run a loop until `stop` is set, again whenever it ends or fails before that."""
    clock = asyncio.get_running_loop().time
    failures = 0
    while not stop.is_set():
        begun = clock()
        try:
            await loop(stop)
        except Exception:
            log.exception("loop failed", extra={"loop": name})
        if stop.is_set():
            return
        failures = 1 if clock() - begun > HEALTHY_SECONDS else failures + 1
        pause = min(backoff_seconds(failures), pause_seconds_max)
        log.warning("loop restarted", extra={"loop": name, "failures": failures})
        await rest(stop, pause)

"""Keeps loops running: one that fails is started again, later each time."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import TypeAlias

from shared.waiting import backoff_seconds, only_we_are_cancelled, rest

log = logging.getLogger(__name__)

HEALTHY_SECONDS = 60.0  # a loop that ran this long has recovered

Loop: TypeAlias = Callable[[asyncio.Event], Awaitable[None]]  # runs until the event is set


class Supervision:
    """Watches over the loops of one process."""

    def __init__(self, stop: asyncio.Event, pause_seconds_max: float) -> None:
        """End all loops when `stop` is set."""
        self._stop = stop
        self._pause_seconds_max = pause_seconds_max
        self._fallen: set[str] = set()  # those that wait to be started again

    async def fault(self) -> str | None:
        """Which loops do not run at the moment, in words; None if all do."""
        return (
            f"waiting to start again: {', '.join(sorted(self._fallen))}" if self._fallen else None
        )

    async def keep(self, name: str, loop: Loop) -> None:
        """Run a loop until `stop` is set, again whenever it ends or fails before that."""
        clock = asyncio.get_running_loop().time
        stop, failures = self._stop, 0
        while not stop.is_set():
            begun = clock()
            try:
                with only_we_are_cancelled():
                    await loop(stop)
            except Exception:
                log.exception("loop failed", extra={"loop": name})
            if stop.is_set():
                return
            failures = 1 if clock() - begun > HEALTHY_SECONDS else failures + 1
            pause = min(backoff_seconds(failures), self._pause_seconds_max)
            log.warning("loop restarted", extra={"loop": name, "failures": failures})
            self._fallen.add(name)
            await rest(stop, pause)
            self._fallen.discard(name)

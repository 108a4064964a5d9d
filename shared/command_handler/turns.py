"""Commands of this process that want the same stream take turns, instead of losing races."""

import asyncio
from collections.abc import AsyncIterator, Iterable
from contextlib import AsyncExitStack, asynccontextmanager


class Turns:
    """A waiting line a stream.

    Only courtesy within one process: across processes the expected versions decide who was first.
    """

    def __init__(self) -> None:
        self._lines: dict[tuple[str, str], asyncio.Lock] = {}
        self._waiting: dict[tuple[str, str], int] = {}

    @asynccontextmanager
    async def at(self, tenant: str, streams: Iterable[str]) -> AsyncIterator[None]:
        """Wait for one's turn at all of the streams; always in the same order, so all get there."""
        first, *others = sorted(set(streams)) or ("",)
        async with self._turn((tenant, first)), AsyncExitStack() as turns:
            for stream in others:
                await turns.enter_async_context(self._turn((tenant, stream)))
            yield

    @asynccontextmanager
    async def _turn(self, place: tuple[str, str]) -> AsyncIterator[None]:
        line = self._lines.setdefault(place, asyncio.Lock())
        self._waiting[place] = self._waiting.get(place, 0) + 1
        try:
            async with line:
                yield
        finally:
            self._waiting[place] -= 1
            if not self._waiting[place]:
                del self._waiting[place], self._lines[place]

"""How old what this service shows of others may be: looked at again and again, by slots."""

import asyncio
import logging
from collections import deque
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import TypeAlias

from shared.database import LentDatabase, Pool
from shared.http.ports import Heads
from shared.waiting import called_off, only_we_are_cancelled, rest

log = logging.getLogger(__name__)

LOOK_SECONDS = 1.0
LOOKS_KEPT_MAX = 600  # of a consumer that does not move: the oldest tell how late it is

_NUMBERS = """
SELECT consumer, source, slot, number FROM log.leases WHERE consumer = ANY ($1::text[])
"""

Pair: TypeAlias = tuple[str, str]  # a consumer, and the service that it hears
Numbers: TypeAlias = Mapping[int, int]  # by slot


class Lag:
    """How late one consumer is: the age of the oldest sight of a log that it has not reached.

    Ages are this process's own, so nothing depends on clocks that differ or that were moved.
    """

    def __init__(self) -> None:
        """Nothing was seen yet."""
        self._seen: deque[tuple[float, Numbers]] = deque()

    def note(self, now: float, head: Numbers, reached: Numbers) -> float:
        """How many seconds the consumer is late, after another look at the log's head and it."""
        if len(self._seen) < LOOKS_KEPT_MAX and (not self._seen or self._seen[-1][1] != head):
            self._seen.append((now, head))
        while self._seen and _covers(reached, self._seen[0][1]):
            self._seen.popleft()
        return now - self._seen[0][0] if self._seen else 0.0


class Lags:
    """How late the consumers of one service are, as of the last look."""

    def __init__(
        self, pool: Pool, consumers: Mapping[str, Sequence[str]], heads: Mapping[str, Heads]
    ) -> None:
        """Look at leases by `pool`; `consumers` and `heads` are by the service that is heard."""
        self._db = LentDatabase(pool)
        self._heads = {source: heads[source] for source in consumers if source in heads}
        self._lags: Mapping[Pair, Lag] = {
            (consumer, source): Lag() for source in self._heads for consumer in consumers[source]
        }
        self._milliseconds: int | None = None if self._lags else 0

    def milliseconds(self) -> int | None:
        """How late the latest is; None if the last look failed."""
        return self._milliseconds

    @asynccontextmanager
    async def looked_at(self) -> AsyncIterator[None]:
        """Look again and again for the time of the block."""
        if not self._lags:
            yield
            return
        stop = asyncio.Event()
        looking = asyncio.create_task(self._run(stop), name="lags")
        try:
            yield
        finally:
            stop.set()
            await called_off(looking)

    async def _run(self, stop: asyncio.Event) -> None:
        clock = asyncio.get_running_loop().time
        while not stop.is_set():
            try:
                with only_we_are_cancelled():
                    self._milliseconds = round(1000 * await self._look(clock))
            except Exception as error:  # noqa: BLE001  # not known is what it says, whatever the reason
                log.debug("lag not known", extra={"reason": repr(error)})
                self._milliseconds = None
            await rest(stop, LOOK_SECONDS)

    async def _look(self, clock: Callable[[], float]) -> float:
        heads = {source: await ask() for source, ask in self._heads.items()}
        now = clock()
        reached: dict[Pair, dict[int, int]] = {pair: {} for pair in self._lags}
        consumers = sorted({consumer for consumer, _ in self._lags})
        for row in await self._db.fetch(_NUMBERS, consumers):
            if (row["consumer"], row["source"]) in reached:
                reached[row["consumer"], row["source"]][row["slot"]] = row["number"]
        return max(
            (lag.note(now, heads[pair[1]], reached[pair]) for pair, lag in self._lags.items()),
            default=0.0,
        )


def _covers(reached: Numbers, head: Numbers) -> bool:
    return all(reached.get(slot, 0) >= number for slot, number in head.items())

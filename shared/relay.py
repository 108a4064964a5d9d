"""Log to bus: in the order of each slot, at least once; the checkpoint follows what is kept."""

import asyncio
import logging
from collections.abc import Mapping, Sequence
from time import time_ns

from shared import crashing, tracing
from shared.bus import Bus, Message
from shared.consumer import Consumer, Pace
from shared.database import Pool
from shared.leases import Holding, Lease, move
from shared.monitoring import counters

log = logging.getLogger(__name__)

CONSUMER = "relay"


class Relay:
    """Publishes the log of one service; several may share its slots.

    It is a consumer of its own service's log whose effect is to publish.
    """

    def __init__(self, pool: Pool, feed: Bus, bus: Bus) -> None:
        """Read from `feed`, which follows the log, and publish to `bus`."""
        self._pool = pool
        self._feed = feed
        self._bus = bus

    async def run(self, service: str, member: str, stop: asyncio.Event, pace: Pace) -> None:
        """Publish until `stop` is set; `member` is this worker's own name."""
        mine = Holding(consumer=CONSUMER, source=service, member=member)
        await Consumer(self._pool, self._feed, self, mine, pace).run(stop)

    async def handle(
        self, mine: Holding, held: Mapping[int, Lease], messages: Sequence[Message]
    ) -> None:
        """Publish, then move the checkpoint: a crash between the two publishes again."""
        began = time_ns()
        crashing.reached("relay: before publishing")
        await self._bus.publish(messages)
        crashing.reached("relay: after publishing")
        traces = (message.headers.get("traceparent") for message in messages)
        tracing.published(mine.source, traces, began)
        counters.PUBLISHED.inc(len(messages))
        last = {message.slot: message.number for message in messages}
        steps = {slot: (held[slot], number) for slot, number in last.items()}
        async with self._pool.acquire() as connection:
            await move(connection, mine, steps)
        log.info("batch published", extra={"source": mine.source, "events": len(messages)})

    async def retry(self, mine: Holding, lease: Lease, stream: str) -> None:
        """Do nothing: a relay publishes every message, whatever is in it."""

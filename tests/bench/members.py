"""One consumer of a projection as a process of its own, which begins when all are ready."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import replace
from multiprocessing.connection import Connection
from multiprocessing.synchronize import Event

import uvloop

from services.metrics.projections import FIGURES
from services.metrics.projections.enrolled import enrollments
from shared.bus import NO_MARKS, Bus, Message, Subscription
from shared.bus.feed import Feed
from shared.bus.kafka import KafkaBus
from shared.consumer import Pace
from shared.database import Pool
from shared.frozen import frozen
from shared.leases import Holding, Lease
from shared.projection import Projection
from shared.projector import Projector
from shared.provisioning import Databases
from shared.runtime.collecting import collect_seldom
from shared.runtime.pools import opened_pool
from shared.runtime.rebuilding import PATIENT
from shared.settings import BusSettings
from tests.bench.apart import Took, Watch

SOURCE = "enrollment"
LOOK_SECONDS = 0.02
READY = "ready"
_WHOLE = replace(FIGURES, sources=frozenset({SOURCE}))
PROJECTIONS: Mapping[str, Projection] = {
    "one table": replace(_WHOLE, functions=(enrollments,)),
    "figures": _WHOLE,
}


@frozen
class Task:
    """What a member does."""

    member: str
    projection: str
    databases: Databases
    bus: BusSettings


class Gated:
    """A bus that delivers nothing before its gate is open, and knows since when it has been."""

    def __init__(self, bus: Bus, gate: Event, ready: Callable[[], None]) -> None:
        self._bus = bus
        self._gate = gate
        self._ready = ready
        self.watch: Watch | None = None

    async def publish(self, messages: Sequence[Message]) -> None:
        await self._bus.publish(messages)

    async def subscribe(
        self, source: str, positions: Mapping[int, int], marks: Mapping[int, str] = NO_MARKS
    ) -> Subscription:
        subscription = await self._bus.subscribe(source, positions, marks)
        self._ready()
        return _Waiting(subscription, self)

    def is_open(self) -> bool:
        if self.watch is None and self._gate.is_set():
            self.watch = Watch()
        return self.watch is not None


class _Waiting:
    def __init__(self, subscription: Subscription, gated: Gated) -> None:
        self._subscription = subscription
        self._gated = gated

    async def next_batch(self, limit: int, timeout_seconds: float) -> Sequence[Message]:
        if self._gated.is_open():
            return await self._subscription.next_batch(limit, timeout_seconds)
        await asyncio.sleep(LOOK_SECONDS)
        return ()

    def marks(self) -> Mapping[int, str]:
        return self._subscription.marks()

    async def close(self) -> None:
        await self._subscription.close()


class Counting(Projector):
    """A projector that knows what it took from when the gate was opened to its last event."""

    def __init__(self, pool: Pool, projection: Projection, gated: Gated) -> None:
        super().__init__(pool, projection)
        self._gated = gated
        self.took: Took | None = None

    async def handle(
        self, mine: Holding, held: Mapping[int, Lease], messages: Sequence[Message]
    ) -> None:
        await super().handle(mine, held, messages)
        before = self.took.events if self.took else 0
        assert self._gated.watch is not None
        self.took = self._gated.watch.took(before + len(messages))


def work(task: Task, gate: Event, over: Event, answers: Connection) -> None:
    """Say when all is ready, follow until it is over, and tell what was taken."""
    collect_seldom()
    answers.send(uvloop.run(_work(task, gate, over, answers)))


async def _work(task: Task, gate: Event, over: Event, answers: Connection) -> Took | None:
    databases, stop = task.databases, asyncio.Event()
    async with AsyncExitStack() as opened:
        pool = await opened.enter_async_context(
            opened_pool(databases.dsn("metrics", "worker"), 8, PATIENT)
        )
        if task.bus.is_kafka:
            bus: Bus = await opened.enter_async_context(KafkaBus(task.bus))
        else:
            reader = opened_pool(databases.dsn(SOURCE, "reader"), 6, PATIENT)
            feed = Feed({SOURCE: await opened.enter_async_context(reader)})
            opened.push_async_callback(feed.close)
            bus = feed
        gated = Gated(bus, gate, lambda: answers.send(READY))
        projector = Counting(pool, PROJECTIONS[task.projection], gated)
        running = asyncio.create_task(projector.run(gated, task.member, stop, Pace()))
        while not (over.is_set() or running.done()):
            await asyncio.wait({running}, timeout=LOOK_SECONDS)
        stop.set()
        await running
    return projector.took

"""What works behind the API of a service: its sequencer, its consumers, its timers."""

import asyncio
import os
import socket
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager

from shared import clock
from shared.bus import Bus
from shared.bus.feed import Feed
from shared.bus.kafka import KafkaBus
from shared.command_handler import CommandHandler
from shared.consumer import Pace, Positions
from shared.database import Pool
from shared.deadlines import Deadlines
from shared.eventstore.doorbell import APPENDED, Listener
from shared.eventstore.log_reader import LogReader
from shared.eventstore.postgres import PostgresEventStore
from shared.eventstore.sequencer import Sequencer
from shared.frozen import frozen
from shared.http.closing import Closing
from shared.ids import fresh_id
from shared.monitoring import counters
from shared.projector import Projector
from shared.reactor import Reactor
from shared.relay import Relay
from shared.runtime.pools import Pools
from shared.runtime.supervision import Loop, Supervision
from shared.service import Service
from shared.settings import Settings
from shared.vault import Vault, chosen_epoch_keys
from shared.vault_at_hand import lay_out
from shared.waiting import called_off, until


@asynccontextmanager
async def running(
    service: Service, pools: Pools, settings: Settings, closing: Closing
) -> AsyncIterator[Supervision]:
    """All loops of a service, stopped in order when the process is told to end, or the block does.

    Requests that still finish then need none of them: what they write is numbered by the next.
    """
    stop = asyncio.Event()
    supervision = Supervision(stop, settings.worker.restart_seconds_max)
    async with AsyncExitStack() as opened:
        ways = await opened.enter_async_context(_ways(service, pools, settings))
        store = PostgresEventStore(pools.worker, service.name, service.own.functions)
        opened.push_async_callback(store.close)
        handler = CommandHandler(store, clock.now)
        loops = _loops(service, pools, ways, handler, settings)
        lay_out(Vault(chosen_epoch_keys(settings.vault)))
        tasks = [
            asyncio.create_task(supervision.keep(name, loop), name=name)
            for name, loop in loops.items()
        ]
        ending = asyncio.create_task(_stopped(stop, closing), name="ending")
        try:
            yield supervision
        finally:
            stop.set()
            ending.cancel()
            await _ended(tasks, settings.http.drain_seconds)


async def _stopped(stop: asyncio.Event, closing: Closing) -> None:
    await closing.wait()
    stop.set()


@frozen
class Ways:
    """How events leave this service, and how those of others reach it."""

    feed: Feed  # the logs themselves
    bus: Bus  # what consumers follow: the feed, or a broker to which a relay publishes

    @property
    def is_apart(self) -> bool:
        """Whether somebody has to carry events from the log to the bus."""
        return self.bus is not self.feed


@asynccontextmanager
async def _ways(service: Service, pools: Pools, settings: Settings) -> AsyncIterator[Ways]:
    async with AsyncExitStack() as opened:
        feed = Feed({service.name: pools.worker, **pools.readers})
        opened.push_async_callback(feed.close)
        bus: Bus = feed
        if settings.bus.is_kafka:
            bus = await opened.enter_async_context(KafkaBus(settings.bus))
        yield Ways(feed=feed, bus=bus)


def _loops(
    service: Service, pools: Pools, ways: Ways, handler: CommandHandler, settings: Settings
) -> Mapping[str, Loop]:
    member = f"{socket.gethostname()}-{os.getpid()}-{fresh_id().hex[-8:]}"
    pace = Pace(
        batch_events_max=settings.bus.batch_events_max,
        wait_seconds=settings.bus.wait_seconds,
        term_seconds=settings.bus.lease_seconds,
    )
    loops: dict[str, Loop] = {"sequencer": _sequencing(pools.worker, settings)}
    if ways.is_apart:
        relay = Relay(pools.worker, ways.feed, ways.bus)
        loops["relay"] = _publishing(relay, service.name, member, pace)
    for projection in service.foreign:
        projector = Projector(pools.worker, projection)
        loops[f"projector {projection.name}"] = _following(projector, ways.bus, member, pace)
    for reaction in service.reactions:
        reactor = Reactor(pools.worker, handler, reaction)
        heads = LogReader(pools.readers.get(reaction.source, pools.worker)).heads
        loops[f"reactor {reaction.name}"] = _answering(reactor, ways.bus, member, pace, heads)
    if service.deadlines:
        deadlines = Deadlines(pools.worker, handler, service.deadlines)
        loops["deadlines"] = _firing(deadlines, settings.worker.deadline_wait_seconds)
    return loops


async def _ended(tasks: Sequence[asyncio.Task[None]], seconds: float) -> None:
    """Let loops finish what they have begun; what takes longer is cut off, and nothing is lost."""
    _, late = await asyncio.wait(tasks, timeout=seconds)
    await called_off(*late)


def _sequencing(pool: Pool, settings: Settings) -> Loop:
    async def loop(stop: asyncio.Event) -> None:
        sequencer, bell = Sequencer(pool), Listener(pool, APPENDED)
        try:
            has_rung: bool | None = True
            while not stop.is_set():
                if await sequencer.run_once() and not has_rung:
                    counters.DOORBELL_MISSES.inc()
                has_rung = await until(stop, bell.wait(settings.worker.sequencer_wait_seconds))
        finally:
            await bell.close()
            await sequencer.close()

    return loop


def _publishing(relay: Relay, service: str, member: str, pace: Pace) -> Loop:
    return lambda stop: relay.run(service, member, stop, pace)


def _following(projector: Projector, bus: Bus, member: str, pace: Pace) -> Loop:
    return lambda stop: projector.run(bus, member, stop, pace)


def _answering(reactor: Reactor, bus: Bus, member: str, pace: Pace, heads: Positions) -> Loop:
    return lambda stop: reactor.run(bus, member, stop, pace, heads)


def _firing(deadlines: Deadlines, wait_seconds: float) -> Loop:
    return lambda stop: deadlines.run(stop, wait_seconds)

"""Log to Kafka and Kafka to readers, each beside a plain program that moves the same bytes."""

import asyncio
from collections.abc import Mapping, Sequence

import asyncpg

from shared.bus import Bus, Message
from shared.bus.feed import Feed
from shared.bus.intake import Intake
from shared.bus.kafka import KafkaBus
from shared.consumer import Pace
from shared.database import Pool
from shared.envelope import SLOTS
from shared.eventstore.sequencer import Sequencer
from shared.leases import Holding, Lease
from shared.provisioning import Databases
from shared.relay import CONSUMER, Relay
from shared.runtime.pools import opened_pool
from shared.runtime.rebuilding import PATIENT
from shared.settings import BusSettings
from tests.bench.apart import Took, Watch, alone
from tests.bench.backlog import filled
from tests.bench.brokers import (
    PAGE,
    WAIT_SECONDS,
    fetched,
    kafka,
    make_topic,
    produced,
    records_of,
)
from tests.bench.figures import Figure, Report
from tests.bench.servers import durable_server, fresh_databases
from tests.broker import Broker

SERVICE = "enrollment"
EVENTS, EVENTS_SMALL = 200_000, 5_000
ROUNDS = 3
SECONDS_MAX = 120.0  # one run that takes longer is given up
RELAY, BARE_SENDING = "relay", "bare create_batch and send_batch"
READING, BARE_READING = "next_batch and intake", "bare getmany"
NOTES = (
    "Events of about 220 B: with the envelope a record of 630 B, and headers of 520 B.",
    "The relay reads its log, makes headers, waits until the broker has a batch, and moves its",
    "checkpoint; the bare loop sends bytes that are made already, the next while some are sent.",
)


class Counting(Relay):
    """A relay that ends when it has published so much."""

    def __init__(self, pool: Pool, feed: Bus, bus: Bus, events: int) -> None:
        super().__init__(pool, feed, bus)
        self.complete = asyncio.Event()
        self.took: Took | None = None
        self._watch_it = Watch()
        self._events, self._count = events, 0

    async def handle(
        self, mine: Holding, held: Mapping[int, Lease], messages: Sequence[Message]
    ) -> None:
        await super().handle(mine, held, messages)
        self._count += len(messages)
        if self._count >= self._events and self.took is None:
            self.took = self._watch_it.took(self._count)
            self.complete.set()


async def relayed(databases: Databases, settings: BusSettings, events: int) -> Took:
    """Publish a log to a topic that is empty."""
    await make_topic(settings, SERVICE)
    async with (
        asyncio.timeout(SECONDS_MAX),
        opened_pool(databases.dsn(SERVICE, "worker"), 8, PATIENT) as pool,
        KafkaBus(settings) as bus,
    ):
        feed = Feed({SERVICE: pool})
        relay = Counting(pool, feed, bus, events)
        await relay.run(SERVICE, "bench", relay.complete, Pace())
        await feed.close()
    assert relay.took is not None
    return relay.took


async def sent(databases: Databases, settings: BusSettings, events: int) -> Took:
    """Send the bytes of the log's first page as often as it takes."""
    await make_topic(settings, SERVICE)
    async with (
        asyncio.timeout(SECONDS_MAX),
        opened_pool(databases.dsn(SERVICE, "worker"), 2, PATIENT) as pool,
    ):
        feed = Feed({SERVICE: pool})
        subscription = await feed.subscribe(SERVICE, dict.fromkeys(range(SLOTS), 0))
        messages = await subscription.next_batch(PAGE, WAIT_SECONDS)
        await subscription.close()
        await feed.close()
        return await produced(settings, SERVICE, records_of(settings, messages), events)


async def followed(settings: BusSettings, events: int) -> Took:
    """Read all slots of a topic as consumers do, up to where they would handle."""
    positions = dict.fromkeys(range(SLOTS), 0)
    async with asyncio.timeout(SECONDS_MAX), KafkaBus(settings) as bus:
        watch, count, intake = Watch(), 0, Intake(positions, PAGE)
        subscription = await bus.subscribe(SERVICE, positions)
        while count < events:
            count += len(intake.take(await subscription.next_batch(PAGE, WAIT_SECONDS)))
        took = watch.took(count)
        await subscription.close()
    return took


async def read(settings: BusSettings, events: int) -> Took:
    """Read the same topic and look at nothing."""
    async with asyncio.timeout(SECONDS_MAX):
        return await fetched(settings, SERVICE, events)


async def _measure(server: str, broker: Broker, events: int, rounds: int) -> list[Report]:
    runs: dict[str, list[Took]] = {}
    async with fresh_databases(server) as databases:
        own = databases.administrator(SERVICE, databases.name(SERVICE))
        async with (
            asyncpg.create_pool(own, min_size=1, max_size=2) as administrator,
            opened_pool(databases.dsn(SERVICE, "worker"), 1, PATIENT) as worker,
        ):
            await filled(administrator, events)
            sequencer = Sequencer(worker)
            await sequencer.run_once()
            await sequencer.close()
            await administrator.execute("VACUUM ANALYZE log.log")
            for turn in range(rounds + 1):  # the first warms the broker up, and is not counted
                await administrator.execute("DELETE FROM log.leases WHERE consumer = $1", CONSUMER)
                found = await _round(databases, broker, events if turn else min(events, PAGE))
                for name, took in found.items() if turn else ():
                    runs.setdefault(name, []).append(took)
    return [
        _report("Log to Kafka", runs, RELAY, BARE_SENDING, NOTES),
        _report("Kafka to a reader", runs, READING, BARE_READING),
    ]


async def _round(databases: Databases, broker: Broker, events: int) -> Mapping[str, Took]:
    ours, bare = broker.settings(), broker.settings()
    return {
        BARE_SENDING: await alone(sent, databases, bare, events),
        RELAY: await alone(relayed, databases, ours, events),
        BARE_READING: await alone(read, ours, events),
        READING: await alone(followed, ours, events),
    }


def measure(*, small: bool = False) -> list[Report]:
    """Events a second, processor time an event, and memory, as ratios to plain programs."""
    events, rounds = (EVENTS_SMALL, 1) if small else (EVENTS, ROUNDS)
    with durable_server() as server, kafka() as broker:
        return asyncio.run(_measure(server, broker, events, rounds))


def _report(
    title: str, runs: Mapping[str, Sequence[Took]], ours: str, bare: str, notes: Sequence[str] = ()
) -> Report:
    events = max(took.events for took in runs[ours])
    figures: list[Figure] = []
    for what, unit, told in (
        ("", "events/s", "per_second"),
        (", own processor time", "us", "microseconds"),
        (", most memory", "MiB", "memory_mib"),
    ):
        for name in (bare, ours):
            found = [getattr(took, told) for took in runs[name]]
            against = bare + what if name == ours else ""
            figures.append(Figure(name=name + what, unit=unit, runs=found, against=against))
    targets = {RELAY: "at least 60,000"} if ours == RELAY else {}
    return Report(
        title=f"{title}, {events:,} events", figures=figures, targets=targets, notes=notes
    )

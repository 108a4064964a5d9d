"""A projection by 1, 2 and 4 processes, over both buses, while its history grows."""

import asyncio
import os
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import field

import asyncpg

from services.metrics.projections import FIGURES
from shared.bus.feed import Feed
from shared.bus.kafka import KafkaBus
from shared.bus.kafka.topics import topic_of
from shared.envelope import SLOTS
from shared.eventstore.sequencer import Sequencer
from shared.frozen import frozen
from shared.projection import create_tables
from shared.provisioning import Databases, connected
from shared.runtime.collecting import collect_seldom
from shared.runtime.pools import opened_pool
from shared.runtime.rebuilding import PATIENT
from shared.settings import BusSettings
from tests.bench import storage
from tests.bench.backlog import filled
from tests.bench.brokers import PAGE, WAIT_SECONDS, kafka
from tests.bench.crew import Crew, Outcome
from tests.bench.figures import Figure, Report
from tests.bench.members import SOURCE, Task
from tests.bench.servers import durable_server, fresh_databases
from tests.broker import Broker

LOG, KAFKA = "log", "Kafka"
ONE_TABLE, WHOLE = "one table", "figures"
SECONDS_MAX = 215.0  # what would not be done by then is left out
START_SECONDS = 5.0  # of processes, before the gate
SLOWER = 1.2  # so much more an event may cost in a longer history
NOTES = (
    "One table: enrollments alone; figures: all tables of metrics. Over Kafka a topic has as many",
    "partitions as there are processes. Each run fills empty tables from the first event on.",
)


@frozen
class Case:
    """One run."""

    projection: str
    bus: str
    events: int
    processes: int

    @property
    def name(self) -> str:
        """How it is told in a report."""
        many = "processes" if self.processes > 1 else "process"
        where = f"{self.projection}, {self.bus}, {self.events:,}"
        return f"{where}, {self.processes} {many}"

    def like(self, events: int) -> "Case":
        """The same with another history."""
        return Case(
            projection=self.projection, bus=self.bus, events=events, processes=self.processes
        )


def cases(*, small: bool) -> Sequence[Case]:
    """In the order of their histories: a log only grows."""
    if small:
        return [*_cases((ONE_TABLE, WHOLE), 2_000, (1, 2))]
    return [
        *_cases((WHOLE,), 10_000, (1, 2, 4)),
        *_cases((ONE_TABLE, WHOLE), 100_000, (1, 2, 4)),
        *_cases((WHOLE,), 1_000_000, (1, 2)),
    ]


def _cases(projections: Sequence[str], events: int, processes: Sequence[int]) -> Iterator[Case]:
    for projection in projections:
        for bus in (LOG, KAFKA):
            for count in processes:
                yield Case(projection=projection, bus=bus, events=events, processes=count)


@frozen
class Stage:
    """One log that grows, its topics, and the read tables that are filled from them."""

    databases: Databases
    broker: Broker
    source: asyncpg.Pool  # the database of the log, as its administrator
    worker: asyncpg.Pool
    crew: Crew
    topics: BusSettings
    positions: dict[int, dict[int, int]] = field(default_factory=dict)  # by number of partitions
    events: list[int] = field(default_factory=lambda: [0])  # as the log has grown
    paces: dict[str, float] = field(default_factory=dict)  # seconds an event took to be there

    def missing(self, case: Case) -> Mapping[str, int]:
        """Events that are not yet where the case needs them."""
        missing = {LOG: case.events - self.events[-1]}
        if case.bus == KAFKA:
            there = self.positions.get(case.processes, {})
            missing[KAFKA] = case.events - sum(there.values())
        return {where: events for where, events in missing.items() if events > 0}

    async def prepare(self, case: Case) -> None:
        """Make the log and the topic as long as they are to be."""
        for where, events in self.missing(case).items():
            begun = time.perf_counter()
            if where == LOG:
                await self._tell(events)
            else:
                await self._publish(self.bus_of(case))
            self.paces[where] = (time.perf_counter() - begun) / events

    async def _tell(self, events: int) -> None:
        await filled(self.source, events)
        sequencer = Sequencer(self.worker)
        await sequencer.run_once()
        await sequencer.close()
        await self.source.execute("VACUUM ANALYZE log.log")
        self.events.append(self.events[-1] + events)

    async def run(self, case: Case) -> Outcome:
        """Follow what is there."""
        bus = self.bus_of(case)
        tasks = [
            Task(
                member=f"member {number}",
                projection=case.projection,
                databases=self.databases,
                bus=bus,
            )
            for number in range(case.processes)
        ]
        return await self.crew.run(tasks, case.events)

    def bus_of(self, case: Case) -> BusSettings:
        """The log, or a topic with a partition for each process."""
        if case.bus == LOG:
            return BusSettings()
        prefix = f"{self.topics.topic_prefix}{case.processes}."
        more = {"partitions": case.processes, "topic_prefix": prefix}
        return self.topics.model_copy(update=more)

    async def _publish(self, settings: BusSettings) -> None:
        after = self.positions.setdefault(settings.partitions, dict.fromkeys(range(SLOTS), 0))
        feed = Feed({SOURCE: self.worker})
        subscription = await feed.subscribe(SOURCE, after)
        async with KafkaBus(settings) as bus:
            while sum(after.values()) < self.events[-1]:
                messages = await subscription.next_batch(PAGE, WAIT_SECONDS)
                await bus.publish(messages)
                after |= {message.slot: message.number for message in messages}
        await subscription.close()
        await feed.close()

    async def storage(self) -> Report:
        """What an event takes on disk, of the log and tables as they are now."""
        topic = topic_of(self.topics, "")
        rows = await storage.of_log(self.source, self.events[-1])
        rows |= await storage.of_tables(self.crew.metrics, self.events[-1])
        copies = [
            sum(positions.values()) for positions in self.positions.values() if any(positions)
        ]
        rows |= storage.of_topics(self.broker.folder / "data", topic, sum(copies))
        return storage.report(rows, self.events[-1])


async def _staged(opened: AsyncExitStack, server: str, broker: Broker) -> Stage:
    databases = await opened.enter_async_context(fresh_databases(server))
    source, metrics = [
        await opened.enter_async_context(
            asyncpg.create_pool(
                databases.administrator(each, databases.name(each)), min_size=1, max_size=2
            )
        )
        for each in (SOURCE, "metrics")
    ]
    async with connected(databases.dsn("metrics", "owner")) as owner:
        await create_tables(owner, FIGURES.schema, FIGURES.tables.read_text(encoding="utf-8"))
    worker = opened_pool(databases.dsn(SOURCE, "worker"), 4, PATIENT)
    postgres = await metrics.fetchval("SELECT pg_read_file('postmaster.pid')")
    return Stage(
        databases=databases,
        broker=broker,
        source=source,
        worker=await opened.enter_async_context(worker),
        crew=Crew(metrics=metrics, servers=(int(postgres.split()[0]), broker.pid)),
        topics=broker.settings(),
    )


async def _measure(server: str, broker: Broker, wanted: Sequence[Case]) -> list[Report]:
    begun = time.perf_counter()
    found: dict[Case, Outcome] = {}
    left_out: list[str] = []
    async with AsyncExitStack() as opened:
        stage = await _staged(opened, server, broker)
        for case in wanted:
            left = SECONDS_MAX - (time.perf_counter() - begun)
            if _foreseen(case, found, stage) > left:
                left_out.append(case.name)
                continue
            await stage.prepare(case)
            found[case] = await stage.run(case)
        stored = await stage.storage()
    return [*_reports(found, left_out), stored]


def _foreseen(case: Case, found: Mapping[Case, Outcome], stage: Stage) -> float:
    """Seconds that a run will take, by what came before it; 0 where nothing did."""
    before = found.get(case.like(case.events // 10))
    if before is None:
        return 0.0
    preparing = (
        events * stage.paces.get(where, 0.0) for where, events in stage.missing(case).items()
    )
    return before.seconds * 10 * SLOWER + sum(preparing) + START_SECONDS


def measure(*, small: bool = False) -> list[Report]:
    """Events a second, what an event costs, and memory, by number of processes."""
    collect_seldom()
    with durable_server() as server, kafka() as broker:
        return asyncio.run(_measure(server, broker, cases(small=small)))


def _reports(found: Mapping[Case, Outcome], left_out: Sequence[str]) -> list[Report]:
    cores = os.cpu_count() or 1
    paces = {case: case.events / outcome.seconds for case, outcome in found.items()}
    own = {case: 1e6 * outcome.worked / case.events for case, outcome in found.items()}
    every = {
        case: 1e6 * (outcome.worked + outcome.servers) / case.events
        for case, outcome in found.items()
    }
    busy = {
        case: (outcome.worked + outcome.servers) / outcome.seconds
        for case, outcome in found.items()
    }
    notes = [*NOTES, *(f"Left out, it would take too long: {name}." for name in left_out)]
    reports = [
        Report(title="Projecting", figures=_figures(paces, "events/s"), notes=notes),
        Report(title="Processor time of consumers an event", figures=_figures(own, "us")),
        Report(
            title="Processor time an event, with Postgres and Kafka", figures=_figures(every, "us")
        ),
        Report(
            title=f"Processors at work, of {cores}",
            figures=_figures(busy, "cores"),
            notes=("Where this is near the number of processors, more processes add nothing.",),
        ),
    ]
    memory = [
        Figure(name=case.name, unit="MiB", runs=[took.memory_mib for took in outcome.members])
        for case, outcome in found.items()
    ]
    return [*reports, Report(title="Most memory of each process", figures=memory)]


def _figures(values: Mapping[Case, float], unit: str) -> list[Figure]:
    """Each beside one process with the same history."""
    names = {case.name for case in values}
    figures: list[Figure] = []
    for case, value in values.items():
        alone = Case(projection=case.projection, bus=case.bus, events=case.events, processes=1)
        against = alone.name if case != alone and alone.name in names else ""
        figures.append(Figure(name=case.name, unit=unit, runs=[value], against=against))
    return figures

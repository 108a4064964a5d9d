"""From the commit of an event in enrollment until metrics shows it, at a steady pace."""

import asyncio
import time
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import AsyncExitStack, ExitStack, asynccontextmanager, contextmanager
from statistics import quantiles
from uuid import UUID

import asyncpg

from services.enrollment.projections import OWN
from shared.eventstore.postgres import PostgresEventStore
from shared.provisioning import Databases
from tests.bench.brokers import kafka
from tests.bench.facts import TENANT, cause, competency_defined
from tests.bench.figures import Figure, Report
from tests.bench.processes import service_process
from tests.bench.servers import durable_place

PER_SECOND = 200
SECONDS = 10.0
HELD_SECONDS = 5.0
ROUNDS = 3
LOOK_SECONDS = 0.001
PATIENCE_SECONDS = 20.0
NOTES = (
    "Whoever appends waits for the commit, then looks into the tables of metrics every few ms.",
    "The append itself waits for the disk once; then the numbers do, before metrics hears of them.",
    "Held open: a transaction that has written, in the database of a third service.",
    "Over Kafka: after those on the log have ended, which have no broker beside them.",
)
APPEND, ALONE, HELD, KAFKA = "append itself", "alone", "held open", "over Kafka"
BESIDE = {ALONE: APPEND, HELD: ALONE, KAFKA: ALONE}
SEEN = 'SELECT competency_id FROM "figures".competencies WHERE tenant = $1'


class Watch:
    """Appends at a steady pace, and notes when each event can be read in metrics."""

    def __init__(self, store: PostgresEventStore, metrics: asyncpg.Connection) -> None:
        self._store = store
        self._metrics = metrics
        self._waiting: dict[UUID, float] = {}
        self._delays: list[float] = []
        self.appends: list[float] = []  # what the append itself took, of the last run

    async def run(self, seconds: float) -> list[float]:
        """Milliseconds of each event."""
        self._delays, self.appends = [], []
        over = asyncio.Event()
        watching = asyncio.create_task(self._watch(over))
        clock = asyncio.get_running_loop().time
        begun = clock()
        async with asyncio.TaskGroup() as tasks:
            for place in range(round(seconds * PER_SECOND)):
                await asyncio.sleep(max(0.0, begun + place / PER_SECOND - clock()))
                tasks.create_task(self._append())
        over.set()
        async with asyncio.timeout(PATIENCE_SECONDS):
            await watching
        return self._delays

    async def _append(self) -> None:
        append = competency_defined()
        identity = append.events[0].competency_id
        begun = time.perf_counter()
        async with self._store.transaction(cause()) as transaction:
            await transaction.append([append])
        self.appends.append(1_000 * (time.perf_counter() - begun))
        self._waiting[identity] = time.perf_counter()

    async def _watch(self, over: asyncio.Event) -> None:
        query = f"{SEEN} AND competency_id = ANY ($2)"
        while self._waiting or not over.is_set():
            if self._waiting:
                for row in await self._metrics.fetch(query, TENANT, list(self._waiting)):
                    committed = self._waiting.pop(row["competency_id"])
                    self._delays.append(1_000 * (time.perf_counter() - committed))
            await asyncio.sleep(LOOK_SECONDS)


@asynccontextmanager
async def _held_open(dsn: str, seconds: float) -> AsyncIterator[None]:
    """A transaction with an id of its own, as long as the block, and so long at least."""
    connection = await asyncpg.connect(dsn)
    try:
        await connection.execute("BEGIN")
        await connection.fetchval("SELECT pg_current_xact_id()")
        resting = asyncio.create_task(asyncio.sleep(seconds))
        yield
        await resting
        await connection.execute("ROLLBACK")
    finally:
        await connection.close()


@asynccontextmanager
async def _watched(databases: Databases, seconds: float) -> AsyncIterator[Watch]:
    """A watch over two services that have handled some events."""
    async with AsyncExitStack() as stack:
        app = await stack.enter_async_context(
            asyncpg.create_pool(databases.dsn("enrollment", "app"), min_size=4, max_size=10)
        )
        store = PostgresEventStore(app, "enrollment", OWN.functions)
        stack.push_async_callback(store.close)
        metrics = await asyncpg.connect(databases.dsn("metrics", "worker"))
        stack.push_async_callback(metrics.close)
        watch = Watch(store, metrics)
        await watch.run(min(1.0, seconds))
        yield watch


async def _on_the_log(
    databases: Databases, rounds: int, seconds: float, held_seconds: float
) -> Mapping[str, list[list[float]]]:
    found: dict[str, list[list[float]]] = {name: [] for name in (APPEND, ALONE, HELD)}
    foreign = databases.administrator("matching", databases.name("matching"))
    async with _watched(databases, seconds) as watch:
        for _ in range(rounds):
            found[ALONE].append(await watch.run(seconds))
            found[APPEND].append(watch.appends)
            async with _held_open(foreign, held_seconds):
                found[HELD].append(await watch.run(held_seconds))
    return found


async def _over_kafka(databases: Databases, rounds: int, seconds: float) -> list[list[float]]:
    async with _watched(databases, seconds) as watch:
        return [await watch.run(seconds) for _ in range(rounds)]


def measure(*, small: bool = False) -> list[Report]:
    """Milliseconds until an event can be read, on both buses, and by a foreign transaction."""
    rounds, seconds, held_seconds = (1, 0.5, 0.5) if small else (ROUNDS, SECONDS, HELD_SECONDS)
    with _services("log") as log:
        found = asyncio.run(_on_the_log(log, rounds, seconds, held_seconds))
    with kafka() as broker, _services(broker.url) as over:
        runs = asyncio.run(_over_kafka(over, rounds, seconds))
    return [_report({**found, KAFKA: runs})]


@contextmanager
def _services(bus: str) -> Iterator[Databases]:
    """The two services that the way leads through, each a process, on databases of their own."""
    with ExitStack() as stack:
        place = stack.enter_context(durable_place())
        for service in ("enrollment", "metrics"):
            stack.enter_context(service_process(place, service, BUS__URL=bus))
        yield place.databases


def _report(found: Mapping[str, list[list[float]]]) -> Report:
    figures = {
        (name, label): Figure(
            name=f"{name}, {label}",
            unit="ms",
            runs=[_percentile(run, which) for run in found[name]],
            against=f"{BESIDE[name]}, {label}" if name in BESIDE else "",
        )
        for label, which in (("p50", 50), ("p99", 99))
        for name in found
    }
    alone, held = figures[ALONE, "p99"], figures[HELD, "p99"]
    added = [after - before for before, after in zip(alone.runs, held.runs, strict=True)]
    more = Figure(name="added by what is held open, p99", unit="ms", runs=added)
    targets = {alone.name: "at most 25 ms", more.name: "under 50 ms"}
    title = f"Commit to visible in metrics, {PER_SECOND} events/s"
    return Report(title=title, figures=[*figures.values(), more], targets=targets, notes=NOTES)


def _percentile(milliseconds: list[float], which: int) -> float:
    return quantiles(milliseconds, n=100, method="inclusive")[which - 1]

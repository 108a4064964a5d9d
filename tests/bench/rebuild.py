"""A long history: numbered, read, and made into read tables again."""

import asyncio
import multiprocessing
import resource
import sys
import time
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from itertools import islice, pairwise

import asyncpg

from services.metrics.projections import FIGURES
from shared.bus.feed import Feed
from shared.clock import now
from shared.codec import CODEC, decode, encode
from shared.database import Database
from shared.envelope import SLOTS, Recorded
from shared.eventstore import leaf_of
from shared.eventstore.log_reader import LogReader
from shared.eventstore.recording import recorded
from shared.eventstore.sequencer import Sequencer
from shared.frozen import frozen
from shared.projection import NEXT_SUFFIX, ReadTables, create_tables
from shared.provisioning import Databases
from shared.rebuild.replaying import Replay
from shared.runtime.pools import opened_pool
from shared.runtime.rebuilding import PATIENT
from tests.bench.facts import cause, history
from tests.bench.figures import Figure, Report
from tests.bench.servers import durable_server, fresh_databases

EVENTS = 1_000_000
EVENTS_SMALL = 100_000
OF_ONE_PERSON = 8
BATCH_EVENTS = 20_000
PAGE_EVENTS = 5_000
READ_ROUNDS = 5
TENTHS = 10
EARLY_EVENTS = 10_000
COLUMNS = ("tenant", "stream", "version", "event_id", "type", "slot", "record", "leaf")
RAW_PAGE = """
SELECT id, slot, version, tenant, stream, event_id, type, record FROM log.events
WHERE id > $1 ORDER BY id LIMIT $2
"""


@frozen
class Sample:
    """How far a replay was at a moment."""

    events: int
    at: float
    memory_mib: float  # the most that the process has had so far


class Counting(ReadTables):
    """Read tables that note how far they are after each page."""

    def __init__(self, schema: str) -> None:
        super().__init__(schema, FIGURES.functions)
        self.samples = [Sample(events=0, at=time.perf_counter(), memory_mib=_memory_mib())]

    async def project(self, db: Database, events: Iterable[Recorded]) -> None:
        page = list(events)
        await super().project(db, page)
        so_far = self.samples[-1].events + len(page)
        self.samples.append(Sample(events=so_far, at=time.perf_counter(), memory_mib=_memory_mib()))


def _memory_mib() -> float:
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most / (2**20 if sys.platform == "darwin" else 2**10)


def _records(events: int) -> Iterator[tuple[object, ...]]:
    for append in history(-(-events // OF_ONE_PERSON)):
        for each in recorded(
            cause(), [append], service="enrollment", at=now(), schema_of=CODEC.schema_of
        ):
            record = encode(each)
            yield (
                *(each.tenant, each.stream, each.version, each.event_id),
                *(each.type, each.slot, record, leaf_of(record)),
            )


async def _filled(pool: asyncpg.Pool, events: int) -> None:
    records = _records(events)
    while batch := list(islice(records, BATCH_EVENTS)):
        await pool.copy_records_to_table(
            "events", schema_name="log", columns=COLUMNS, records=batch
        )
    await pool.execute("VACUUM ANALYZE log.events")


async def _numbering(pool: asyncpg.Pool, events: int) -> list[float]:
    """Events a second of each tenth of the backlog, in their order."""
    sequencer = Sequencer(pool)
    paces: list[float] = []
    count, begun = 0, time.perf_counter()
    complete = False
    while not complete:
        page = await sequencer.number_page()
        count += page.events
        complete = page.complete
        if count >= events / TENTHS or (complete and not paces):
            paces.append(count / (time.perf_counter() - begun))
            count, begun = 0, time.perf_counter()
    await sequencer.close()
    return paces


async def _raw_pages(pool: asyncpg.Pool, events: int) -> float:
    """Rows a second of the same records in the order of their ids, as asyncpg gives them."""
    count, last, begun = 0, 0, time.perf_counter()
    async with pool.acquire() as connection:
        while count < events:
            rows = await connection.fetch(RAW_PAGE, last, PAGE_EVENTS)
            last = rows[-1]["id"]
            count += len(rows)
    return count / (time.perf_counter() - begun)


async def _read_and_decoded(pool: asyncpg.Pool, events: int) -> float:
    """Events a second through the log reader and the codec."""
    log = LogReader(pool)
    positions = dict.fromkeys(range(SLOTS), 0)
    count, begun = 0, time.perf_counter()
    while count < events:
        entries = await log.read(positions, PAGE_EVENTS)
        for entry in entries:
            decode(entry.record, slot=entry.slot, number=entry.number)
            positions[entry.slot] = entry.number
        count += len(entries)
    return count / (time.perf_counter() - begun)


def replayed(databases: Databases) -> Sequence[Sample]:
    """The figures of metrics made from the whole log, in a process that does nothing else."""
    return asyncio.run(_replayed(databases))


async def _replayed(databases: Databases) -> Sequence[Sample]:
    schema = FIGURES.schema + NEXT_SUFFIX
    async with (
        opened_pool(databases.dsn("metrics", "owner"), 6, PATIENT) as owner,
        opened_pool(databases.dsn("enrollment", "reader"), 6, PATIENT) as reader,
    ):
        async with owner.acquire() as connection:
            await connection.execute(f'DROP SCHEMA IF EXISTS "{schema}" CASCADE')
            await create_tables(connection, schema, FIGURES.tables.read_text(encoding="utf-8"))
        bus = Feed({"enrollment": reader})
        tables = Counting(schema)
        replay = Replay(pool=owner, bus=bus, tables=tables, codec=CODEC, silence_seconds_max=10.0)
        await replay.run({}, {"enrollment": await LogReader(reader).heads()})
        await bus.close()
    return tables.samples


async def _measure(server: str, events: int) -> tuple[dict[str, list[float]], Sequence[Sample]]:
    runs: dict[str, list[float]] = {}
    samples: Sequence[Sample] = ()
    async with fresh_databases(server) as databases:
        name = databases.administrator("enrollment", databases.name("enrollment"))
        async with (
            asyncpg.create_pool(name, min_size=1, max_size=2) as administrator,
            opened_pool(databases.dsn("enrollment", "worker"), 4, PATIENT) as worker,
        ):
            await _filled(administrator, events)
            runs["sequencer"] = await _numbering(worker, events)
            await administrator.execute("VACUUM ANALYZE log.log")
            for _ in range(READ_ROUNDS):
                part = min(events, 10 * PAGE_EVENTS * 4)
                runs.setdefault("raw pages", []).append(await _raw_pages(worker, part))
                read = await _read_and_decoded(worker, part)
                runs.setdefault("log reader, decoded", []).append(read)
        with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as alone:
            loop = asyncio.get_running_loop()
            samples = await loop.run_in_executor(alone, replayed, databases)
            runs["projection"] = [_pace(samples[0], samples[-1])]
    return runs, samples


def measure(*, small: bool = False) -> list[Report]:
    """Events a second of each step, and whether the last ones cost more than the first."""
    return measured(EVENTS_SMALL if small else EVENTS)


def measured(events: int) -> list[Report]:
    """The same for a history of so many events."""
    with durable_server() as server:
        runs, samples = asyncio.run(_measure(server, events))
    figures = [
        Figure(name="sequencer, each tenth", unit="events/s", runs=runs["sequencer"]),
        Figure(name="raw pages", unit="events/s", runs=runs["raw pages"]),
        Figure(
            name="log reader, decoded",
            unit="events/s",
            runs=runs["log reader, decoded"],
            against="raw pages",
        ),
        Figure(name="projection", unit="events/s", runs=runs["projection"]),
        Figure(name="projection, each tenth", unit="events/s", runs=_tenths(samples)),
    ]
    targets = {
        "sequencer, each tenth": "at least 100,000",
        "log reader, decoded": "at least 0.8x",
        "projection": "at least 60,000 a process",
    }
    title = f"Rebuilding from {events:,} events"
    notes = (_memory(samples), _cost(samples))
    return [Report(title=title, figures=figures, targets=targets, notes=notes)]


def _pace(first: Sample, last: Sample) -> float:
    return (last.events - first.events) / (last.at - first.at)


def _at(samples: Sequence[Sample], share: float) -> Sample:
    """The first sample with so much of the whole behind it."""
    wanted = share * samples[-1].events
    return next(each for each in samples if each.events >= wanted)


def _tenths(samples: Sequence[Sample]) -> list[float]:
    marks = [_at(samples, tenth / TENTHS) for tenth in range(TENTHS + 1)]
    return [_pace(first, last) for first, last in pairwise(marks) if last.at > first.at]


def _memory(samples: Sequence[Sample]) -> str:
    told = (f"{_at(samples, share).memory_mib:.0f} MiB at {share:.0%}" for share in (0.1, 0.5, 1))
    return f"Most memory of the process that projects: {', '.join(told)}."


def _cost(samples: Sequence[Sample]) -> str:
    """Whether a long history costs more an event than a short one."""
    early = next((each for each in samples if each.events >= EARLY_EVENTS), samples[-1])
    first, whole = (1e6 / _pace(samples[0], last) for last in (early, samples[-1]))
    return f"An event costs {first:.1f} µs in the first {early.events:,}, {whole:.1f} µs in all."

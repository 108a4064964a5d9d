"""A long history: numbered, read, and made into read tables again."""

import asyncio
import multiprocessing
import resource
import sys
import time
from collections.abc import Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from itertools import count, pairwise
from operator import itemgetter

import asyncpg
import uvloop

from services.metrics.projections import FIGURES
from shared.bus.feed import Feed
from shared.codec import CODEC
from shared.database import Database
from shared.envelope import Recorded
from shared.eventstore.log_reader import LogReader
from shared.frozen import frozen
from shared.projection import NEXT_SUFFIX, ReadTables, create_tables
from shared.provisioning import Databases
from shared.rebuild.replaying import Replay
from shared.runtime.collecting import collect_seldom
from shared.runtime.pools import opened_pool
from shared.runtime.rebuilding import PATIENT
from tests.bench import numbering, reading
from tests.bench.backlog import filled
from tests.bench.figures import Figure, Report
from tests.bench.servers import durable_server, fresh_databases

EVENTS = 1_000_000
EVENTS_SMALL = 100_000
TENTHS = 10
STAGES = (10_000, 100_000, 1_000_000)  # from the first on, an event must not cost more


@frozen
class Sample:
    """How far a replay was at a moment."""

    events: int
    at: float
    worked: float  # processor seconds of this process
    memory_mib: float  # the most that the process has had so far


class Counting(ReadTables):
    """Read tables that note how far they are after each page."""

    def __init__(self, schema: str) -> None:
        super().__init__(schema, FIGURES.functions)
        self.samples = [_sample(0)]

    async def project(self, db: Database, events: Iterable[Recorded]) -> None:
        place = count()  # of its own: other pages end while this one is under way
        await super().project(db, map(itemgetter(0), zip(events, place, strict=False)))
        self.samples.append(_sample(self.samples[-1].events + next(place)))


def _sample(events: int) -> Sample:
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return Sample(
        events=events,
        at=time.perf_counter(),
        worked=time.process_time(),
        memory_mib=most / (2**20 if sys.platform == "darwin" else 2**10),
    )


def replayed(databases: Databases) -> Sequence[Sample]:
    """The figures of metrics made from the whole log, in a process that does nothing else."""
    collect_seldom()
    return uvloop.run(_replayed(databases))  # the loop that consumers run on


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


async def _measure(server: str, events: int) -> list[Report]:
    async with fresh_databases(server) as databases:
        name = databases.administrator("enrollment", databases.name("enrollment"))
        worker = databases.dsn("enrollment", "worker")
        async with (
            asyncpg.create_pool(name, min_size=1, max_size=2) as administrator,
            opened_pool(worker, 1, PATIENT) as pool,
        ):
            copied = await filled(administrator, events)
            given = numbering.report(events, copied, await numbering.numbered(pool, events))
            await administrator.execute("VACUUM ANALYZE log.log")
            read = reading.report(await reading.read(pool, events))
        with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as alone:
            loop = asyncio.get_running_loop()
            samples = await loop.run_in_executor(alone, replayed, databases)
    return [given, read, _report(samples)]


def measure(*, small: bool = False) -> list[Report]:
    """Events a second of each step, and whether the last ones cost more than the first."""
    return measured(EVENTS_SMALL if small else EVENTS)


def measured(events: int) -> list[Report]:
    """The same for a history of so many events."""
    with durable_server() as server:
        return asyncio.run(_measure(server, events))


def _report(samples: Sequence[Sample]) -> Report:
    first, last = samples[0], samples[-1]
    own = (last.events - first.events) / (last.worked - first.worked)
    figures = [
        Figure(name="projection", unit="events/s", runs=[_pace(first, last)]),
        Figure(name="projection, own processor time", unit="events/s", runs=[own]),
        Figure(name="projection, each tenth", unit="events/s", runs=_tenths(samples)),
    ]
    return Report(
        title=f"Rebuilding from {last.events:,} events",
        figures=figures,
        targets={"projection": "at least 60,000 a process"},
        notes=(_memory(samples), *_costs(samples)),
    )


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


def _costs(samples: Sequence[Sample]) -> Sequence[str]:
    """What an event costs in each stage of a long history."""
    marks = [samples[0]]
    for stage in STAGES:
        reached = next((each for each in samples if each.events >= stage), samples[-1])
        if reached.events > marks[-1].events:
            marks.append(reached)
    return [_cost(before, after) for before, after in pairwise(marks)]


def _cost(before: Sample, after: Sample) -> str:
    events = after.events - before.events
    whole, own = (after.at - before.at) / events, (after.worked - before.worked) / events
    return (
        f"From {before.events:,} to {after.events:,} an event costs {whole * 1e6:.1f} µs, "
        f"{own * 1e6:.1f} µs of them this process's own work."
    )

"""Appending one event: ours, a bare insert by the same client, and the eventsourcing library."""

import asyncio
import os
import threading
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from statistics import quantiles
from typing import Any, TypeAlias
from uuid import uuid4

import asyncpg
import uvloop
from eventsourcing.persistence import StoredEvent
from eventsourcing.postgres import PostgresApplicationRecorder, PostgresDatastore

from shared.clock import now
from shared.codec import encode
from shared.events.enrollment import ProgramOpened
from shared.eventstore import Append
from shared.eventstore.postgres import PostgresEventStore
from shared.eventstore.recording import recorded
from shared.frozen import frozen
from shared.ids import ProgramId, new_id
from tests.bench import cpu
from tests.bench.facts import cause
from tests.bench.figures import Figure, Report
from tests.bench.servers import durable_server, fresh_databases

SECONDS = 2.5
WARM_SECONDS = 1.0  # until each connection has its statements
ROUNDS = 5
WRITERS = (1, 8, 32)
BARE_TABLE = """
CREATE TABLE bare (
    id bigint GENERATED ALWAYS AS IDENTITY,
    stream text NOT NULL,
    version bigint NOT NULL,
    record bytea NOT NULL,
    PRIMARY KEY (stream, version)
)
"""
NOTES = (
    "All write the same record, encoded for each event, and each waits until it is on the disk;",
    "ours and the bare insert through equal pools on one event loop, the library by its threads.",
    "Ours has row security, a check of the expected version, and the indexes that the log is read",
    "by; appends that wait at the same time share a commit. What numbers them later is not in it.",
)
Write = Callable[[], Awaitable[None]]
Runs: TypeAlias = dict[str, list["Pace"]]


def _append() -> Append:
    program = ProgramId(new_id())
    events = (ProgramOpened(program_id=program, at=now()),)
    return Append(stream=f"program-{program}", expected_version=0, events=events)


@frozen
class Pace:
    """How fast somebody wrote, and what each event took."""

    per_second: float
    p50: float = 0.0  # milliseconds
    p99: float = 0.0
    client: float = 0.0  # microseconds of processor time, of the program that writes
    server: float = 0.0  # and of Postgres


async def _pace(write: Write, writers: int, seconds: float, server: int) -> Pace:
    """So many writers at once for a fixed time."""
    taken: list[float] = []
    end = time.perf_counter() + seconds

    async def keep_writing() -> None:
        while (began := time.perf_counter()) < end or len(taken) < 2:
            await write()
            taken.append(time.perf_counter() - began)

    used, used_there = time.process_time(), cpu.seconds_of_server(server)
    started = time.perf_counter()
    await asyncio.gather(*(keep_writing() for _ in range(writers)))
    ended = time.perf_counter()
    each = quantiles(taken, n=100, method="inclusive")
    return Pace(
        per_second=len(taken) / (ended - started),
        p50=1e3 * each[49],
        p99=1e3 * each[98],
        client=1e6 * (time.process_time() - used) / len(taken),
        server=1e6 * (cpu.seconds_of_server(server) - used_there) / len(taken),
    )


def _ours(pool: asyncpg.Pool) -> Write:
    store = PostgresEventStore(pool, "enrollment")

    async def write() -> None:
        async with store.transaction(cause()) as transaction:
            await transaction.append([_append()])

    return write


def _bare(pool: asyncpg.Pool) -> Write:
    """The same event in the same bytes, encoded likewise, into a plain table."""

    async def write() -> None:
        (event,) = recorded(cause(), [_append()], service="bench", at=now(), schema_of=lambda _: 1)
        await pool.execute(
            "INSERT INTO bare (stream, version, record) VALUES ($1, $2, $3)",
            event.stream,
            event.version,
            encode(event),
        )

    return write


def _library(dsn: Mapping[str, Any], writers: int, seconds: float) -> Pace:
    """Its recorder is synchronous: a thread a writer, each with its own connection."""
    datastore = PostgresDatastore(**dsn, pool_size=writers, max_overflow=0)
    recorder = PostgresApplicationRecorder(datastore, events_table_name=f"library_{writers}")
    recorder.create_table()
    written, end = [0] * writers, time.perf_counter() + seconds
    state = encode(
        recorded(cause(), [_append()], service="bench", at=now(), schema_of=lambda _: 1)[0]
    )

    def keep_writing(place: int) -> None:
        while time.perf_counter() < end:
            event = StoredEvent(
                originator_id=uuid4(), originator_version=1, topic="ProgramOpened", state=state
            )
            recorder.insert_events([event])
            written[place] += 1

    threads = [threading.Thread(target=keep_writing, args=(place,)) for place in range(writers)]
    started = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    pace = sum(written) / (time.perf_counter() - started)
    datastore.close()
    return Pace(per_second=pace)


def _library_dsn(server: str, name: str) -> Mapping[str, Any]:
    options = dict(part.split("=") for part in server.partition("?")[2].split("&"))
    os.environ.pop("POSTGRES_ENABLE_DB_FUNCTIONS", None)  # that mode loses events
    return {
        "dbname": name,
        "host": options["host"],
        "port": options["port"],
        "user": "postgres",
        "password": "",
    }


async def _measure(server: str, rounds: int, seconds: float) -> Runs:
    runs: Runs = {}
    postgres = await cpu.postmaster(server)
    async with fresh_databases(server) as databases:
        name = databases.name("enrollment")
        admin = databases.administrator("enrollment", name)
        async with (
            asyncpg.create_pool(admin, min_size=32, max_size=32, reset=_no_reset) as plain,
            asyncpg.create_pool(
                databases.dsn("enrollment", "app"), min_size=32, max_size=32, reset=_no_reset
            ) as app,
        ):
            await plain.execute(BARE_TABLE)
            for write in (_bare(plain), _ours(app)):
                await _pace(write, max(WRITERS), min(seconds, WARM_SECONDS), postgres)
            for _ in range(rounds):
                for writers in WRITERS:
                    for who, write in (("bare insert", _bare(plain)), ("append", _ours(app))):
                        pace = await _pace(write, writers, seconds, postgres)
                        runs.setdefault(f"{who}, {writers}", []).append(pace)
                    dsn = _library_dsn(server, name)
                    pace = await asyncio.to_thread(_library, dsn, writers, seconds)
                    runs.setdefault(f"eventsourcing, {writers}", []).append(pace)
    return runs


async def _no_reset(_: object) -> None:
    """Tenants are set for a transaction only: there is nothing to reset."""


def measure(*, small: bool = False) -> list[Report]:
    """Events a second at 1, 8 and 32 writers, as ratios to both comparisons, and their costs."""
    rounds, seconds = (1, 0.2) if small else (ROUNDS, SECONDS)
    with durable_server() as server:
        runs = uvloop.run(_measure(server, rounds, seconds))
    paces = [
        _report(runs, other, "events a second", lambda pace: pace.per_second, hoped)
        for other, hoped in (("bare insert", "at least 0.9x"), ("eventsourcing", "at least 4x"))
    ]
    takes: Sequence[tuple[str, Callable[[Pace], float]]] = (
        ("p50, ms", lambda pace: pace.p50),
        ("p99, ms", lambda pace: pace.p99),
        ("processor time of the client, us", lambda pace: pace.client),
        ("processor time of Postgres, us", lambda pace: pace.server),
    )
    return [*paces, *(_report(runs, "bare insert", *each) for each in takes)]


def _report(
    runs: Runs, other: str, what: str, of: Callable[[Pace], float], hoped: str = ""
) -> Report:
    figures = []
    unit = what.rpartition(", ")[2] if ", " in what else "events/s"
    for writers in WRITERS:
        base, own = f"{other}, {writers}", f"append, {writers}"
        figures.append(Figure(name=base, unit=unit, runs=[of(pace) for pace in runs[base]]))
        figures.append(
            Figure(name=own, unit=unit, runs=[of(pace) for pace in runs[own]], against=base)
        )
    return Report(
        title=f"Appending one event, against {other} (writers): {what}",
        figures=figures,
        targets={"append, 32": hoped} if hoped else {},
        notes=NOTES if hoped else (),
    )

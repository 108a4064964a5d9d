"""Appending one event: ours, a bare insert by the same client, and the eventsourcing library."""

import asyncio
import os
import threading
import time
from collections.abc import Awaitable, Callable, Mapping
from typing import Any
from uuid import uuid4

import asyncpg
from eventsourcing.persistence import StoredEvent
from eventsourcing.postgres import PostgresApplicationRecorder, PostgresDatastore

from shared.clock import now
from shared.codec import encode
from shared.events.enrollment import ProgramOpened
from shared.eventstore import Append
from shared.eventstore.postgres import PostgresEventStore
from shared.eventstore.recording import recorded
from shared.ids import ProgramId, new_id
from tests.bench.facts import cause
from tests.bench.figures import Figure, Report
from tests.bench.servers import durable_server, fresh_databases

SECONDS = 2.5
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
Write = Callable[[], Awaitable[None]]


def _append() -> Append:
    program = ProgramId(new_id())
    events = (ProgramOpened(program_id=program, at=now()),)
    return Append(stream=f"program-{program}", expected_version=0, events=events)


async def _pace(write: Write, writers: int, seconds: float) -> float:
    """Writes a second, by so many writers at once for a fixed time."""
    written, end = 0, time.perf_counter() + seconds

    async def keep_writing() -> None:
        nonlocal written
        while time.perf_counter() < end:
            await write()
            written += 1

    started = time.perf_counter()
    await asyncio.gather(*(keep_writing() for _ in range(writers)))
    return written / (time.perf_counter() - started)


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


def _library(dsn: Mapping[str, Any], writers: int, seconds: float) -> float:
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
    return pace


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


async def _measure(server: str, rounds: int, seconds: float) -> Mapping[str, list[float]]:
    runs: dict[str, list[float]] = {}
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
            for _ in range(rounds):
                for writers in WRITERS:
                    for who, write in (("bare insert", _bare(plain)), ("append", _ours(app))):
                        pace = await _pace(write, writers, seconds)
                        runs.setdefault(f"{who}, {writers}", []).append(pace)
                    dsn = _library_dsn(server, name)
                    pace = await asyncio.to_thread(_library, dsn, writers, seconds)
                    runs.setdefault(f"eventsourcing, {writers}", []).append(pace)
    return runs


async def _no_reset(_: object) -> None:
    """Tenants are set for a transaction only: there is nothing to reset."""


def measure(*, small: bool = False) -> list[Report]:
    """Events a second at 1, 8 and 32 writers, as ratios to both comparisons."""
    rounds, seconds = (1, 0.2) if small else (ROUNDS, SECONDS)
    with durable_server() as server:
        runs = asyncio.run(_measure(server, rounds, seconds))
    reports = []
    for other, hoped in (("bare insert", "at least 0.9x"), ("eventsourcing", "at least 4x")):
        figures = []
        for writers in WRITERS:
            base = f"{other}, {writers}"
            own = f"append, {writers}"
            figures.append(Figure(name=base, unit="events/s", runs=runs[base]))
            figures.append(Figure(name=own, unit="events/s", runs=runs[own], against=base))
        targets = {"append, 32": hoped}
        title = f"Appending one event, against {other} (writers)"
        reports.append(Report(title=title, figures=figures, targets=targets))
    return reports

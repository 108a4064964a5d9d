"""Reading a log in pages: raw rows, entries of slots, and typed events, turn by turn."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, Generic, TypeVar
from uuid import UUID

import asyncpg
from msgspec import Struct
from msgspec.json import Decoder

from shared.codec import decode
from shared.envelope import SLOTS
from shared.events import BY_NAME
from shared.eventstore import LogEntry
from shared.eventstore.log_reader import READ, LogReader
from shared.runtime.collecting import collect_seldom
from tests.bench.figures import Figure, Report

PAGE_EVENTS = 5_000
ROUNDS = 5
READ_MAX = 200_000
RAW_PAGE = """
SELECT id, slot, version, tenant, stream, event_id, type, record FROM log.events
WHERE id > $1 ORDER BY id LIMIT $2
"""
RAW, FACTS, SAME_ROWS, ENTRIES, TYPED = (
    "raw pages",
    "raw pages, their JSON read",
    "rows of the reader's pages",
    "entries",
    "typed events",
)
OWN_WORK = ", own processor time"
E = TypeVar("E")


class Whole(Struct, Generic[E], gc=False):
    """A record with its fact, in the order in which it is written."""

    actor: str
    causation_id: UUID
    correlation_id: UUID
    data: E
    event_id: UUID
    recorded_at: datetime
    right: str
    schema: int
    service: str
    stream: str
    tenant: str
    type: str
    version: int


async def read(pool: asyncpg.Pool, events: int) -> Mapping[str, list[float]]:
    """Events a second of each way, and events for each second that this process itself works."""
    ways: Mapping[str, Callable[[asyncpg.Pool, int], Awaitable[int]]] = {
        RAW: _raw_pages,
        FACTS: _facts,
        SAME_ROWS: _same_rows,
        ENTRIES: _entries,
        TYPED: _typed,
    }
    collect_seldom()
    runs: dict[str, list[float]] = {}
    for _ in range(ROUNDS):
        for name, way in ways.items():
            begun, worked = time.perf_counter(), time.process_time()
            count = await way(pool, min(events, READ_MAX))
            runs.setdefault(name, []).append(count / (time.perf_counter() - begun))
            own = count / (time.process_time() - worked)
            runs.setdefault(name + OWN_WORK, []).append(own)
    return runs


def report(runs: Mapping[str, list[float]]) -> Report:
    """Ratios to raw pages, which come in the order of their ids and are not looked into."""
    figures = [
        Figure(name=name, unit="events/s", runs=found, against=_beside(name))
        for name, found in runs.items()
    ]
    targets = {TYPED: "at least 0.8x"}
    notes = (
        "Raw pages are asyncpg's rows in the order of their ids, with as many columns.",
        "The reader's pages are looked up by number in 64 slots; typed events are decoded whole.",
        "Their JSON read: each record by msgspec into its class, and nothing else. No reader that",
        "ends in typed events is faster than that in one process of Python.",
        "Entries and typed events come as consumers read them: the next page is asked for first.",
    )
    return Report(title="Reading a log", figures=figures, targets=targets, notes=notes)


def _beside(name: str) -> str:
    own = OWN_WORK if name.endswith(OWN_WORK) else ""
    return "" if name == RAW + own else RAW + own


async def _raw_pages(pool: asyncpg.Pool, events: int) -> int:
    return await _paged(pool, events, lambda _: None)


async def _facts(pool: asyncpg.Pool, events: int) -> int:
    whole: Any = Whole  # of which class, is known when it runs
    decoders = {name: Decoder(whole[kind]).decode for name, kind in BY_NAME.items()}

    def decoded(rows: Sequence[asyncpg.Record]) -> None:
        for row in rows:
            decoders[row["type"]](row["record"])

    return await _paged(pool, events, decoded)


async def _paged(
    pool: asyncpg.Pool, events: int, look: Callable[[Sequence[asyncpg.Record]], None]
) -> int:
    count, last = 0, 0
    async with pool.acquire() as connection:
        while count < events:
            rows = await connection.fetch(RAW_PAGE, last, PAGE_EVENTS)
            look(rows)
            last = rows[-1]["id"]
            count += len(rows)
    return count


async def _same_rows(pool: asyncpg.Pool, events: int) -> int:
    count, positions = 0, dict.fromkeys(range(SLOTS), 0)
    async with pool.acquire() as connection:
        while count < events:
            rows = await connection.fetch(
                READ, list(positions), list(positions.values()), PAGE_EVENTS
            )
            for slot, number, *_ in rows:
                positions[slot] = max(positions[slot], number)
            count += len(rows)
    return count


async def _entries(pool: asyncpg.Pool, events: int) -> int:
    return await _followed(pool, events, lambda _: None)


async def _typed(pool: asyncpg.Pool, events: int) -> int:
    def decoded(entries: Sequence[LogEntry]) -> None:
        for entry in entries:
            decode(entry.record, slot=entry.slot, number=entry.number)

    return await _followed(pool, events, decoded)


async def _followed(
    pool: asyncpg.Pool, events: int, look: Callable[[Sequence[LogEntry]], None]
) -> int:
    log = LogReader(pool)
    count, positions = 0, dict.fromkeys(range(SLOTS), 0)
    ahead = asyncio.create_task(log.read(positions, PAGE_EVENTS))
    while count < events:
        entries = await ahead
        for entry in entries:
            positions[entry.slot] = entry.number
        ahead = asyncio.create_task(log.read(positions, PAGE_EVENTS))
        await asyncio.sleep(0)  # so that it is on its way
        look(entries)
        count += len(entries)
    await ahead
    return count

"""A backlog gets its numbers: how fast, and against the mere copying of its rows."""

import time
from collections.abc import Sequence

import asyncpg

from shared.eventstore.sequencer import Sequencer
from shared.frozen import frozen
from tests.bench.backlog import processor_seconds
from tests.bench.figures import Figure, Report

PARTS = 10
NUMBERING, COPYING, PROCESSOR = "sequencer", "rows copied in", "sequencer, of one processor"


@frozen
class Numbered:
    """What each part of a backlog took, in their order."""

    per_second: Sequence[float]
    per_processor_second: Sequence[float]  # of the server's process that works for the sequencer


async def numbered(pool: asyncpg.Pool, events: int) -> Numbered:
    """Number a backlog of so many events; the pool has one connection."""
    sequencer = Sequencer(pool)
    process = await pool.fetchval("SELECT pg_backend_pid()")
    marks = [(0, time.perf_counter(), processor_seconds(process))]
    count, complete = 0, False
    while not complete:
        page = await sequencer.number_page()
        count += page.events
        complete = page.complete
        if count - marks[-1][0] >= events / PARTS or (complete and len(marks) == 1):
            marks.append((count, time.perf_counter(), processor_seconds(process)))
    await sequencer.close()
    parts = list(zip(marks[1:], marks, strict=False))
    return Numbered(
        per_second=[(b[0] - a[0]) / (b[1] - a[1]) for b, a in parts],
        per_processor_second=[(b[0] - a[0]) / (b[2] - a[2]) for b, a in parts if b[2] > a[2]],
    )


def report(events: int, copied: Sequence[float], found: Numbered) -> Report:
    """Parts of the backlog beside as many parts of the copying."""
    size = max(1, len(copied) // len(found.per_second))
    beside = [copied[place * size % len(copied)] for place in range(len(found.per_second))]
    figures = [
        Figure(name=COPYING, unit="rows/s", runs=beside),
        Figure(name=NUMBERING, unit="events/s", runs=found.per_second, against=COPYING),
    ]
    if found.per_processor_second:
        runs = found.per_processor_second
        figures.append(Figure(name=PROCESSOR, unit="events/s", runs=runs))
    targets = {NUMBERING: "at least 100,000"}
    return Report(title=f"Numbering a backlog of {events:,}", figures=figures, targets=targets)

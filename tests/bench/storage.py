"""What an event takes on disk, with its indexes: in the log, in read tables, in topics."""

from collections.abc import Mapping
from pathlib import Path

import asyncpg

from tests.bench.figures import Figure, Report

_SIZES = """
SELECT coalesce(sum(pg_table_size(c.oid)), 0)::bigint AS rows,
       coalesce(sum(pg_indexes_size(c.oid)), 0)::bigint AS indexes
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind = 'r' AND n.nspname = ANY ($1::text[])
"""


async def of_log(pool: asyncpg.Pool, events: int) -> dict[str, float]:
    """Bytes an event of a service's log."""
    found = await pool.fetchrow(_SIZES, ["log"])
    return _of("log", found, events)


async def of_tables(pool: asyncpg.Pool, events: int) -> dict[str, float]:
    """Bytes an event of the read tables, and of what their consumer notes."""
    tables, notes = [await pool.fetchrow(_SIZES, [name]) for name in ("figures", "log")]
    return _of("figures", tables, events) | _of("figures, how far each stream is", notes, events)


def of_topics(folder: Path, prefix: str, messages: int) -> dict[str, float]:
    """Bytes a message on the broker's disk; nothing if it has none."""
    size = sum(part.stat().st_size for part in folder.glob(f"{prefix}*/*.log"))
    return {"Kafka, each copy": size / messages} if messages else {}


def report(bytes_an_event: Mapping[str, float], events: int) -> Report:
    """The bytes as figures."""
    figures = [Figure(name=name, unit="B", runs=[value]) for name, value in bytes_an_event.items()]
    notes = ("Events of about 220 B: a record of 630 B with its envelope.",)
    return Report(title=f"Disk an event, of {events:,}", figures=figures, notes=notes)


def _of(name: str, found: Mapping[str, int], events: int) -> dict[str, float]:
    return {
        f"{name}: rows": found["rows"] / events,
        f"{name}: indexes": found["indexes"] / events,
    }

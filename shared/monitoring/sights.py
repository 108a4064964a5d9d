"""What a service's database tells of its state: few statements, each bounded, none reads the log.

Counts of what may be many stop at `COUNTED_MAX`: by then it is clear that something is wrong.
"""

from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from datetime import datetime
from typing import Any

import asyncpg

from shared.database import Database, Pool
from shared.frozen import frozen

STATEMENT_MILLISECONDS = 1_000
COUNTED_MAX = 10_000
APPLICATIONS_MAX = 20

# Plans of tables that have just grown would read all of them.
_BEGIN = (
    f"BEGIN READ ONLY; SET LOCAL statement_timeout = {STATEMENT_MILLISECONDS};"
    " SET LOCAL enable_seqscan = off"
)
_HEADS = "SELECT slot, number FROM log.slot_heads"
_PLACE = "SELECT mark::text AS mark, target IS NOT NULL AS is_late, after FROM log.sequencer"
# What was begun after the sequencer's mark was taken, or was open just then: see the sequencer.
_FRESH = """
SELECT count(*) AS events,
    extract(epoch FROM clock_timestamp() - min(uuid_extract_timestamp(event_id)))::float AS seconds
FROM (
    SELECT event_id FROM log.events WHERE xid >= pg_snapshot_xmax($1::text::pg_snapshot)
    UNION ALL
    SELECT event_id FROM log.events
    WHERE xid = ANY (ARRAY(SELECT pg_snapshot_xip($1::text::pg_snapshot)))
    LIMIT $2
) AS fresh
"""
# Of a backlog that is numbered page by page, what comes after the last page.
_LATE = """
SELECT count(*) AS events,
    extract(epoch FROM clock_timestamp() - min(uuid_extract_timestamp(event_id)))::float AS seconds
FROM (
    SELECT event_id FROM log.events
    WHERE id > $3 AND NOT pg_visible_in_snapshot(xid, $1::text::pg_snapshot)
    ORDER BY id LIMIT $2
) AS late
"""
_LEASES = """
SELECT consumer, source, slot, number, epoch, until > clock_timestamp() AS is_held
FROM log.leases ORDER BY consumer, source, slot
"""
_PARKED = """
SELECT consumer, source, count(*) AS events, count(*) FILTER (WHERE NOT waiting) AS failed,
    extract(epoch FROM clock_timestamp() - min(parked_at))::float AS seconds
FROM log.parked GROUP BY consumer, source ORDER BY consumer, source
"""
_HAS_TIMERS = "SELECT to_regclass('read.deadlines') IS NOT NULL"
# A timer that was refused has a note, and is tried again later: nobody need wait for it.
_TIMERS = """
SELECT count(*) AS timers, extract(epoch FROM $1 - min(due_at))::float AS seconds FROM (
    SELECT d.due_at FROM read.deadlines AS d LEFT JOIN log.timers AS t USING (tenant, deadline_id)
    WHERE d.due_at <= $1 AND t.note IS NULL LIMIT $2
) AS due
"""
# Others' transactions are seen only by who may read all statistics: see shared/provisioning.py.
_TRANSACTIONS = """
SELECT coalesce(nullif(application_name, ''), usename::text, 'unknown') AS application,
    max(extract(epoch FROM clock_timestamp() - xact_start))::float AS seconds
FROM pg_stat_activity
WHERE datname = current_database() AND pid <> pg_backend_pid() AND xact_start IS NOT NULL
    AND backend_type = 'client backend'
GROUP BY 1 ORDER BY 2 DESC LIMIT $1
"""
_BEHIND = """
SELECT w.consumer, w.slot, h.number - w.number AS events,
    extract(epoch FROM clock_timestamp() - uuid_extract_timestamp(e.event_id))::float AS seconds
FROM unnest($1::text[], $2::smallint[], $3::bigint[]) AS w (consumer, slot, number)
JOIN log.slot_heads AS h ON h.slot = w.slot AND h.number > w.number
LEFT JOIN log.log AS l ON l.slot = w.slot AND l.slot_number = w.number + 1
LEFT JOIN log.events AS e ON e.id = l.event
"""


@frozen
class Waiting:
    """How many wait, and since how long the first of them."""

    events: int = 0
    seconds: float = 0.0


@frozen
class Place:
    """How far a consumer is in one slot of a source."""

    consumer: str
    source: str
    slot: int
    number: int
    epoch: int
    is_held: bool  # somebody works on it


@frozen
class Parked:
    """What is parked for one consumer of one source."""

    consumer: str
    source: str
    events: int  # with those that only wait behind another
    failed: int
    seconds: float  # the oldest


@frozen
class Behind:
    """What a consumer has not handled of one slot."""

    consumer: str
    slot: int
    events: int
    seconds: float  # the oldest; 0 if its age is not known


@frozen
class Sight:
    """A service's own database at one moment."""

    heads: Mapping[int, int]
    unnumbered: Waiting
    places: Sequence[Place]
    parked: Sequence[Parked]
    timers: Waiting
    transactions: Mapping[str, float]  # by application: the age of its oldest, seconds


async def sight_of(pool: Pool, now: datetime) -> Sight:
    """Look at a service's own database, as its worker; `now` is the product's time."""
    async with _looking(pool) as db:
        return Sight(
            heads=dict(await db.fetch(_HEADS)),
            unnumbered=await _unnumbered(db),
            places=[Place(**row) for row in await db.fetch(_LEASES)],
            parked=[Parked(**row) for row in await db.fetch(_PARKED)],
            timers=await _timers(db, now),
            transactions=dict(await db.fetch(_TRANSACTIONS, APPLICATIONS_MAX)),
        )


async def behind(pool: Pool, places: Iterable[Place]) -> Sequence[Behind]:
    """What stands in a source's log after these places of it; as its reader, or its worker."""
    asked = list(places)
    async with _looking(pool) as db:
        rows = await db.fetch(
            _BEHIND,
            [place.consumer for place in asked],
            [place.slot for place in asked],
            [place.number for place in asked],
        )
    return [
        Behind(
            consumer=row["consumer"],
            slot=row["slot"],
            events=row["events"],
            seconds=max(0.0, row["seconds"] or 0.0),
        )
        for row in rows
    ]


async def heads_of(pool: Pool) -> Mapping[int, int]:
    """How far a log has come, slot by slot; as its reader, or its worker."""
    async with _looking(pool) as db:
        return dict(await db.fetch(_HEADS))


async def _unnumbered(db: Database) -> Waiting:
    place = await db.fetchrow(_PLACE)
    if place["is_late"]:
        return _waiting(await db.fetchrow(_LATE, place["mark"], COUNTED_MAX, place["after"]))
    return _waiting(await db.fetchrow(_FRESH, place["mark"], COUNTED_MAX))


async def _timers(db: Database, now: datetime) -> Waiting:
    if not await db.fetchval(_HAS_TIMERS):
        return Waiting()
    return _waiting(await db.fetchrow(_TIMERS, now, COUNTED_MAX))


def _waiting(row: Sequence[Any]) -> Waiting:
    count, seconds = row
    return Waiting(events=count, seconds=max(0.0, seconds or 0.0))


@asynccontextmanager
async def _looking(pool: Pool) -> AsyncIterator[Database]:
    async with pool.acquire() as connection:
        try:
            await connection.execute(_BEGIN)
            yield connection
        finally:
            with suppress(OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
                await connection.execute("ROLLBACK")

"""What the doctor asks a service's database beyond what its page of numbers shows."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from shared.database import Database
from shared.frozen import frozen

SHOWN_MAX = 3
EVENTS_LOOKED_AT_MAX = 1_000

_SEES_ALL = "SELECT pg_has_role(current_user, 'pg_read_all_stats', 'MEMBER')"
_OPEN = """
SELECT pid, coalesce(nullif(application_name, ''), 'no name') AS application, usename AS role,
    extract(epoch FROM clock_timestamp() - xact_start)::float AS seconds
FROM pg_stat_activity
WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'
    AND xact_start < clock_timestamp() - $1::interval
ORDER BY xact_start LIMIT $2
"""
_BLOCKING = """
SELECT b.pid, coalesce(nullif(b.application_name, ''), 'no name') AS application, b.usename AS role,
    max(extract(epoch FROM clock_timestamp() - w.query_start))::float AS seconds
FROM pg_stat_activity AS w
JOIN pg_stat_activity AS b ON b.pid = ANY (pg_blocking_pids(w.pid))
WHERE w.datname = current_database() AND w.wait_event_type = 'Lock'
    AND w.query_start < clock_timestamp() - $1::interval
GROUP BY 1, 2, 3 ORDER BY 4 DESC LIMIT $2
"""
# What the sequencer finds first: the oldest events without a number whose predecessor is missing.
_BROKEN = """
SELECT e.stream, e.version FROM (
    SELECT id, tenant, stream, version FROM log.events AS e
    WHERE xid >= (SELECT pg_snapshot_xmax(mark) FROM log.sequencer)
        AND NOT EXISTS (SELECT FROM log.log AS l WHERE l.event = e.id)
    ORDER BY id LIMIT $1
) AS e
WHERE e.version > 1 AND NOT EXISTS (
    SELECT FROM log.events AS p
    WHERE p.tenant = e.tenant AND p.stream = e.stream AND p.version = e.version - 1
        AND p.id < e.id
)
ORDER BY e.id LIMIT 1
"""
_OLDEST_PARKED = """
SELECT stream, cause FROM log.parked WHERE consumer = $1 AND source = $2 AND NOT waiting
ORDER BY parked_at LIMIT 1
"""


@frozen
class Session:
    """Somebody's connection that is in the way, and since when."""

    pid: int
    application: str
    role: str
    seconds: float


async def sees_all(db: Database) -> bool:
    """Whether other roles' transactions are shown to us."""
    return bool(await db.fetchval(_SEES_ALL))


async def open_transactions(db: Database, seconds: float) -> Sequence[Session]:
    """Transactions that have been open for longer, the oldest first."""
    rows = await db.fetch(_OPEN, timedelta(seconds=seconds), SHOWN_MAX)
    return [Session(**row) for row in rows]


async def lock_holders(db: Database, seconds: float) -> Sequence[Session]:
    """Who holds what others have waited for longer."""
    rows = await db.fetch(_BLOCKING, timedelta(seconds=seconds), SHOWN_MAX)
    return [Session(**row) for row in rows]


async def broken_stream(db: Database) -> tuple[str, int] | None:
    """The first event without the one before it, which the sequencer will not pass."""
    row = await db.fetchrow(_BROKEN, EVENTS_LOOKED_AT_MAX)
    return None if row is None else (row["stream"], row["version"])


async def oldest_parked(db: Database, consumer: str, source: str) -> tuple[str, str]:
    """The stream that has been held for longest, and why."""
    row = await db.fetchrow(_OLDEST_PARKED, consumer, source)
    return ("", "") if row is None else (row["stream"], row["cause"])


async def clock_difference(db: Database, now: datetime) -> float:
    """How many seconds the database's clock is ahead of ours, as of when it was asked."""
    there: datetime = await db.fetchval("SELECT clock_timestamp()")
    return (there - now).total_seconds()

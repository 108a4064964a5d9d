"""Gives committed events their numbers: gapless in each tenant, and gapless in each slot.

A sequence hands out ids before their transactions commit, so ids become visible out of order and
a reader that goes on after the highest id it saw loses events. The sequencer takes what has become
visible between two snapshots instead, and writes its numbers down; everybody else reads by number.

Source: the difference of snapshots is PgQ's (`pgq.batch_event_sql`, Skype 2006).
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import asyncpg

from shared import crashing
from shared.database import Connection, Database, Pool
from shared.eventstore.doorbell import NUMBERED, Doorbell
from shared.eventstore.failures import translated
from shared.frozen import frozen
from shared.monitoring import counters

PAGE_EVENTS = 10_000

# Without statistics of a table that has just grown, the planner would read all of it.
_BEGIN = "BEGIN; SET LOCAL enable_seqscan = off"
# The row's lock is the fence: a second sequencer waits here, then goes on where the first ended.
_LOCK = "SELECT mark::text AS mark, target::text AS target, after FROM log.sequencer FOR UPDATE"

# Two parts: everything begun after the mark was taken, and the few that were open just then.
# The statement's own snapshot is the target: what it cannot see, the next delta will have.
_FIRST_PAGE = """
    WITH fresh AS MATERIALIZED (
        SELECT id, xid FROM log.events
        WHERE xid >= pg_snapshot_xmax($1::text::pg_snapshot)
        UNION ALL
        SELECT id, xid FROM log.events
        WHERE xid = ANY (ARRAY(SELECT pg_snapshot_xip($1::text::pg_snapshot)))
    )
    SELECT {columns} FROM (
        SELECT id FROM fresh
        WHERE id > $3::bigint AND pg_visible_in_snapshot(xid, pg_current_snapshot())
        ORDER BY id LIMIT $4
    ) f
    JOIN log.events e USING (id)
"""
# A backlog goes on by id, which no function of the xid could use an index for.
_NEXT_PAGE = """
    SELECT {columns} FROM log.events e
    WHERE id > $3::bigint
        AND NOT pg_visible_in_snapshot(xid, $1::text::pg_snapshot)
        AND pg_visible_in_snapshot(xid, $2::text::pg_snapshot)
    ORDER BY id LIMIT $4
"""
_COLUMNS = """
    id, e.tenant, e.stream, e.version, e.slot,
    coalesce(e.leaf, sha256('\\x00'::bytea || e.record)) AS leaf
"""
_NUMBER = """
WITH page AS MATERIALIZED ({page}),
placed AS MATERIALIZED (
    SELECT *, lag(version) OVER (PARTITION BY tenant, stream ORDER BY id) AS previous,
        row_number() OVER (PARTITION BY tenant ORDER BY id) AS place_in_tenant,
        row_number() OVER (PARTITION BY slot ORDER BY id) AS place_in_slot
    FROM page
),
numbered AS (
    INSERT INTO log.log (tenant, number, slot, slot_number, event, leaf)
    SELECT e.tenant, coalesce(t.number, 0) + e.place_in_tenant,
        e.slot, coalesce(s.number, 0) + e.place_in_slot, e.id, e.leaf
    FROM placed e
    LEFT JOIN log.tenant_heads t USING (tenant)
    LEFT JOIN log.slot_heads s USING (slot)
    ORDER BY e.id
    RETURNING tenant, number, slot, slot_number
),
tenants AS (
    INSERT INTO log.tenant_heads (tenant, number)
    SELECT tenant, max(number) FROM numbered GROUP BY tenant
    ON CONFLICT (tenant) DO UPDATE SET number = excluded.number
),
slots AS (
    INSERT INTO log.slot_heads (slot, number)
    SELECT slot, max(slot_number) FROM numbered GROUP BY slot
    ON CONFLICT (slot) DO UPDATE SET number = excluded.number
)
SELECT count(*) AS events, max(e.id) AS last,
    coalesce($2::text, pg_current_snapshot()::text) AS target,
    min(e.stream) FILTER (WHERE e.version <> 1 + CASE
        WHEN e.version = 1 THEN coalesce(e.previous, 0)
        WHEN e.previous IS NOT NULL THEN e.previous
        ELSE coalesce((
            SELECT p.version FROM log.events p
            WHERE p.tenant = e.tenant AND p.stream = e.stream
                AND p.version = e.version - 1 AND p.id < e.id
        ), 0)
    END) AS broken
FROM placed e
"""
_MOVE = """
UPDATE log.sequencer
SET mark = $1::text::pg_snapshot, target = $2::text::pg_snapshot, after = $3
"""
# After a restore elsewhere stored xids may lie in the future: age those, and set a new mark.
_AGE = "UPDATE log.events SET xid = '3' WHERE xid >= pg_current_xact_id()"
_UNNUMBERED = """
    SELECT {columns} FROM log.events e
    WHERE id > $3::bigint AND $1::text IS NOT NULL
        AND NOT EXISTS (SELECT FROM log.log l WHERE l.event = e.id)
    ORDER BY id LIMIT $4
"""


class BrokenStream(RuntimeError):
    """An event stands in the log without the one before it: no number is given until it does."""


@frozen
class Page:
    """What one transaction of the sequencer did."""

    events: int
    complete: bool  # nothing that was visible when it began is left


@frozen
class _Place:
    mark: str
    target: str | None
    after: int


class Sequencer:
    """Numbers the events of one service; run as many as you like, one works at a time.

    It needs a role that sees every tenant, in the database of the events: the marks mean nothing
    elsewhere.
    """

    def __init__(self, pool: Pool, page_events: int = PAGE_EVENTS) -> None:
        self._pool = pool
        self._page_events = page_events
        self._doorbell = Doorbell(pool, NUMBERED)

    async def run_once(self) -> int:
        """Number all that is committed now, page by page, and ring for the consumers.

        Returns:
            How many events were numbered.

        Raises:
            BrokenStream: a version is missing in the log.
            Unavailable: the database does not answer.
        """
        events = 0
        complete = False
        while not complete:
            page = await self.number_page()
            events += page.events
            complete = page.complete
            if page.events:
                crashing.reached("sequencer: after commit")
                self._doorbell.ring()
        counters.sequenced()
        return events

    async def number_page(self) -> Page:
        """One transaction: at most a page of events gets its numbers.

        Raises:
            BrokenStream: a version is missing in the log.
            Unavailable: the database does not answer.
        """
        with translated():
            async with self._pool.acquire() as connection, _transaction(connection):
                return await self._number(connection, await self._place(connection))

    async def close(self) -> None:
        """Rings for the last time, if a ring is due."""
        await self._doorbell.close()

    async def _place(self, db: Database) -> _Place:
        return _Place(**await db.fetchrow(_LOCK))

    async def _number(self, db: Database, place: _Place) -> Page:
        first = place.target is None
        page = await db.fetchrow(
            _NUMBER_FIRST if first else _NUMBER_NEXT,
            *(place.mark, place.target, place.after, self._page_events),
        )
        _assert_whole(page["broken"])
        complete = page["events"] < self._page_events
        if complete and (page["events"] or not first):
            await db.execute(_MOVE, page["target"], None, 0)
        elif not complete:
            await db.execute(_MOVE, place.mark, page["target"], page["last"])
        if page["events"]:
            crashing.reached("sequencer: before commit")
        return Page(events=page["events"], complete=complete)


async def rebase(connection: Connection) -> int:
    """Start again from the numbers alone, after events were restored into another cluster.

    Run as an administrator while nobody appends.

    Returns:
        How many events had no number yet and have one now.
    """
    events = 0
    async with connection.transaction():
        await connection.execute(_LOCK)
        await connection.execute(_AGE)
        last, after, target = PAGE_EVENTS, 0, "1:1:"
        while last == PAGE_EVENTS:
            page = await connection.fetchrow(_NUMBER_MISSING, "1:1:", None, after, PAGE_EVENTS)
            _assert_whole(page["broken"])
            last, after, target = page["events"], page["last"] or after, page["target"]
            events += last
        await connection.execute(_MOVE, target, None, 0)
    return events


@asynccontextmanager
async def _transaction(connection: Connection) -> AsyncIterator[None]:
    await connection.execute(_BEGIN)
    try:
        yield
    except BaseException:
        with suppress(OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
            await connection.execute("ROLLBACK")
        raise
    await connection.execute("COMMIT")


def _assert_whole(broken: str | None) -> None:
    if broken is not None:
        message = f"{broken} lacks a version"
        raise BrokenStream(message)


_NUMBER_FIRST, _NUMBER_NEXT, _NUMBER_MISSING = (
    _NUMBER.format(page=page.format(columns=_COLUMNS))
    for page in (_FIRST_PAGE, _NEXT_PAGE, _UNNUMBERED)
)

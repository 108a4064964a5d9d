"""Ways to follow the log: ours, and those that are known to lose or reorder events."""

from collections.abc import Sequence
from typing import Protocol

import asyncpg

from shared.database import Database
from shared.envelope import SLOTS
from shared.eventstore.log_reader import LogReader
from shared.eventstore.sequencer import Sequencer, _Place
from shared.frozen import frozen

PAGE_EVENTS = 50


@frozen
class Seen:
    """An event as a reader got it."""

    event_id: str
    place: str  # tenant and stream
    version: int


class Reader(Protocol):
    """Somebody who asks again and again for what is new."""

    async def poll(self) -> Sequence[Seen]: ...


class Ours:
    """Reads by the numbers that a sequencer gave."""

    def __init__(self, pool: asyncpg.Pool) -> None:
        self._log = LogReader(pool)
        self._pool = pool
        self._positions = dict.fromkeys(range(SLOTS), 0)

    async def poll(self) -> Sequence[Seen]:
        entries = await self._log.read(self._positions, PAGE_EVENTS)
        for entry in entries:
            self._positions[entry.slot] = entry.number
        ids = [entry.event_id for entry in entries]
        versions = dict(
            await self._pool.fetch(
                "SELECT event_id, version FROM log.events WHERE event_id = ANY ($1)", ids
            )
        )
        return [
            Seen(
                event_id=str(entry.event_id),
                place=f"{entry.tenant}/{entry.stream}",
                version=versions[entry.event_id],
            )
            for entry in entries
        ]


class ByQuery:
    """Goes on after the last row it saw, in the order of its query."""

    def __init__(self, pool: asyncpg.Pool, query: str) -> None:
        self._pool = pool
        self._query = query
        self._last = ("0", 0)

    async def poll(self) -> Sequence[Seen]:
        rows = await self._pool.fetch(self._query, *self._last, PAGE_EVENTS)
        if rows:
            self._last = (rows[-1]["transaction"], rows[-1]["id"])
        return [
            Seen(
                event_id=str(row["event_id"]),
                place=f"{row['tenant']}/{row['stream']}",
                version=row["version"],
            )
            for row in rows
        ]


_SELECT = "SELECT id, xid::text AS transaction, event_id, tenant, stream, version FROM log.events"
_HORIZON = "xid < pg_snapshot_xmin(pg_current_snapshot())"


def naive(pool: asyncpg.Pool) -> ByQuery:
    """Loses what becomes visible behind it."""
    return ByQuery(pool, f"{_SELECT} WHERE $1 <> '' AND id > $2 ORDER BY id LIMIT $3")


def behind_the_horizon(pool: asyncpg.Pool) -> ByQuery:
    """Loses the later events of a transaction that a younger one overtook."""
    return ByQuery(
        pool, f"{_SELECT} WHERE $1 <> '' AND id > $2 AND {_HORIZON} ORDER BY id LIMIT $3"
    )


def by_transaction(pool: asyncpg.Pool) -> ByQuery:
    """Loses nothing, but mixes up streams whose writers got their transaction id early."""
    return ByQuery(
        pool,
        f"{_SELECT} WHERE (xid, id) > ($1::text::xid8, $2) AND {_HORIZON}"
        " ORDER BY xid, id LIMIT $3",
    )


class UnfencedSequencer(Sequencer):
    """Forgets to lock its checkpoint: two of these number the same events."""

    async def _place(self, db: Database) -> _Place:
        row = await db.fetchrow(
            "SELECT mark::text AS mark, target::text AS target, after FROM log.sequencer"
        )
        return _Place(**row)

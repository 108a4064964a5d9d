"""Reads the log by its numbers: slots for delivery, a tenant's order for audits."""

from collections.abc import Mapping, Sequence
from operator import itemgetter
from uuid import UUID

from shared.database import Pool
from shared.eventstore import LogEntry
from shared.eventstore.failures import translated
from shared.frozen import frozen

# The heads say which slots have news, so that looking without any costs 64 small rows. Events are
# looked up all at once by their ids: neighbours share their pages, and no plan reads all of them.
READ = """
WITH behind AS MATERIALIZED (
    SELECT wanted.slot, wanted.after
    FROM unnest($1::smallint[], $2::bigint[]) AS wanted (slot, after)
    JOIN log.slot_heads h ON h.slot = wanted.slot AND h.number > wanted.after
),
places AS MATERIALIZED (
    SELECT l.slot, l.slot_number, l.event
    FROM behind
    CROSS JOIN LATERAL (
        SELECT l.slot, l.slot_number, l.event
        FROM log.log l
        WHERE l.slot = behind.slot AND l.slot_number > behind.after
        ORDER BY l.slot_number
        LIMIT greatest(1, $3::bigint / (SELECT count(*) FROM behind))
    ) l
)
SELECT l.slot, l.slot_number, e.tenant, e.stream, e.event_id, e.type, e.record
FROM (
    SELECT id, tenant, stream, event_id, type, record FROM log.events
    WHERE id = ANY (ARRAY (SELECT event FROM places))
    OFFSET 0
) e
JOIN places l ON l.event = e.id
"""
_OF_TENANT = """
SELECT l.number, l.leaf, e.stream, e.version, e.event_id, e.type, e.record
FROM (
    SELECT number, leaf, event FROM log.log
    WHERE tenant = $1 AND number > $2 ORDER BY number LIMIT $3
) l
JOIN log.events e ON e.id = l.event
ORDER BY l.number
"""
_PLACE = itemgetter(0, 1)
_HEADS = "SELECT slot, number FROM log.slot_heads"
# The newest are enough: an older one waits only while its transaction is open, or behind many.
_ENDS = """
SELECT slot, coalesce(h.number, 0) + coalesce(w.events, 0) AS number
FROM log.slot_heads h
FULL JOIN (
    SELECT e.slot, count(*) AS events
    FROM (SELECT id, slot FROM log.events ORDER BY id DESC LIMIT 200) e
    WHERE NOT EXISTS (SELECT FROM log.log l WHERE l.event = e.id)
    GROUP BY e.slot
) w USING (slot)
"""


@frozen
class TenantEntry:
    """One event of a tenant in the order that is audited."""

    number: int  # gapless in the tenant, from 1
    leaf: bytes  # as who wrote the record computed it; whoever doubts it hashes the record
    stream: str
    version: int
    event_id: UUID
    type: str
    record: bytes


class LogReader:
    """Reads the log of one service, as its worker or as another service's reader."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def read(self, positions: Mapping[int, int], limit: int) -> Sequence[LogEntry]:
        """Events of slots, each after the number given for it.

        About `limit` of them, shared out among the slots that have news; at least one of each.
        Pages of 1,000 to 5,000 read fastest. Of a slot they are ascending and without a gap.

        Raises:
            Unavailable: the database does not answer.
        """
        with translated():
            async with self._pool.acquire() as connection:
                rows = await connection.fetch(
                    READ, list(positions), list(positions.values()), limit
                )
        rows.sort(key=_PLACE)  # most are in order as they come, and here no record is moved
        return [
            LogEntry(
                slot=slot,
                number=number,
                tenant=tenant,
                stream=stream,
                event_id=event_id,
                type=kind,
                record=record,
            )
            for slot, number, tenant, stream, event_id, kind, record in rows
        ]

    async def read_tenant(self, tenant: str, after: int, limit: int) -> Sequence[TenantEntry]:
        """Events of one tenant after a number, ascending and without a gap.

        Raises:
            Unavailable: the database does not answer.
        """
        with translated():
            async with self._pool.acquire() as connection:
                rows = await connection.fetch(_OF_TENANT, tenant, after, limit)
        return [TenantEntry(**row) for row in rows]

    async def heads(self) -> Mapping[int, int]:
        """The highest number of each slot that has events.

        Raises:
            Unavailable: the database does not answer.
        """
        return await self._by_slot(_HEADS)

    async def ends(self) -> Mapping[int, int]:
        """The same, with what is committed and waits for its number counted as if it had one.

        Raises:
            Unavailable: the database does not answer.
        """
        return await self._by_slot(_ENDS)

    async def _by_slot(self, query: str) -> Mapping[int, int]:
        with translated():
            async with self._pool.acquire() as connection:
                rows = await connection.fetch(query)
        return {row["slot"]: row["number"] for row in rows}

"""How far each consumer has come in each stream: what a reader may wait for."""

from collections.abc import Iterable, Sequence

from shared.database import Database
from shared.envelope import Recorded
from shared.frozen import frozen


@frozen
class Place:
    """A version of a stream of some service."""

    tenant: str
    source: str
    stream: str
    version: int


# Only the owner of a slot writes the rows of its streams, so nobody inserts the same row beside us.
_ADVANCE = """
MERGE INTO log.applied AS a
USING unnest($3::text[], $4::text[], $5::bigint[]) AS t(tenant, stream, version)
ON a.tenant = t.tenant AND a.consumer = $1 AND a.source = $2 AND a.stream = t.stream
WHEN MATCHED AND a.version < t.version THEN UPDATE SET version = t.version
WHEN NOT MATCHED THEN INSERT (tenant, consumer, source, stream, version)
    VALUES (t.tenant, $1, $2, t.stream, t.version)
"""

_BEHIND = """
SELECT count(*) FROM unnest($1::text[]) AS t(consumer)
WHERE NOT EXISTS (
    SELECT FROM log.applied AS a
    WHERE a.tenant = $2 AND a.consumer = t.consumer AND a.source = $3
      AND a.stream = $4 AND a.version >= $5)
"""


async def advance(db: Database, consumer: str, source: str, events: Iterable[Recorded]) -> None:
    """Note the last version of each stream, in the transaction of its effect."""
    versions = {(event.tenant, event.stream): event.version for event in events}
    if versions:
        tenants = [tenant for tenant, _ in versions]
        streams = [stream for _, stream in versions]
        await db.execute(_ADVANCE, consumer, source, tenants, streams, list(versions.values()))


async def is_applied(db: Database, consumers: Sequence[str], place: Place) -> bool:
    """Whether all these consumers have come so far in the stream."""
    behind = await db.fetchval(
        _BEHIND, list(consumers), place.tenant, place.source, place.stream, place.version
    )
    return bool(behind == 0)

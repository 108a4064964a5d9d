"""Messages that cannot be handled: kept with their cause, holding only their own stream."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from shared.bus import Message
from shared.bus.cloudevents import stored_name
from shared.database import Database
from shared.errors import NotFound
from shared.frozen import frozen

UNKNOWN = "unknown"  # a tenant or a type that not even the headers say
CAUSE_CHARACTERS_MAX = 2_000


class NothingParked(NotFound):
    """No message is parked under that number: it may have been released already."""


@frozen
class Parking:
    """Why a message is parked."""

    message: Message
    cause: str
    attempts: int = 1
    waiting: bool = False  # nothing wrong with it: it waits behind its stream's poison


@frozen
class ParkedStream:
    """A stream that is held, and its messages in their order."""

    stream: str
    messages: Sequence[Message]
    attempts: int  # how often its first message was tried


@frozen
class ParkedCount:
    """What is parked for one consumer of one source."""

    consumer: str
    source: str
    failed: int
    waiting: int
    oldest_at: datetime


_HELD = """
SELECT DISTINCT stream FROM log.parked
WHERE consumer = $1 AND source = $2 AND slot = ANY ($3::smallint[])
"""

_PARK = """
INSERT INTO log.parked (tenant, consumer, source, slot, number, stream, event_id, type,
                        cause, attempts, waiting, message, headers)
SELECT t.tenant, $1, $2, t.slot, t.number, t.stream, t.event_id, t.type,
       t.cause, t.attempts, t.waiting, t.message, t.headers::jsonb
FROM unnest($3::text[], $4::smallint[], $5::bigint[], $6::text[], $7::uuid[], $8::text[],
            $9::text[], $10::integer[], $11::boolean[], $12::bytea[], $13::text[])
     AS t(tenant, slot, number, stream, event_id, type, cause, attempts, waiting, message, headers)
ON CONFLICT (tenant, consumer, source, slot, number) DO UPDATE
SET cause = excluded.cause, attempts = excluded.attempts, waiting = excluded.waiting,
    release_asked_at = NULL
"""

_RELEASED = """
SELECT DISTINCT slot, stream FROM log.parked
WHERE consumer = $1 AND source = $2 AND slot = ANY ($3::smallint[])
  AND release_asked_at IS NOT NULL
"""

_STREAM = """
SELECT slot, number, headers::text AS headers, message, attempts FROM log.parked
WHERE consumer = $1 AND source = $2 AND slot = $3 AND stream = $4 ORDER BY number
"""

_UNPARK = """
DELETE FROM log.parked
WHERE consumer = $1 AND source = $2 AND slot = $3 AND stream = $4 AND number < $5
"""

_RELEASE = """
UPDATE log.parked AS p SET release_asked_at = clock_timestamp()
FROM log.parked AS one
WHERE one.id = $1 AND p.consumer = one.consumer AND p.source = one.source
  AND p.slot = one.slot AND p.stream = one.stream
"""

_COUNT = """
SELECT consumer, source, count(*) FILTER (WHERE NOT waiting) AS failed,
       count(*) FILTER (WHERE waiting) AS waiting, min(parked_at) AS oldest_at
FROM log.parked GROUP BY consumer, source ORDER BY consumer, source
"""


async def held_streams(db: Database, consumer: str, source: str, slots: Iterable[int]) -> set[str]:
    """Streams with parked messages: what comes for them has to wait behind."""
    rows = await db.fetch(_HELD, consumer, source, list(slots))
    return {row["stream"] for row in rows}


async def park(db: Database, consumer: str, parkings: Sequence[Parking]) -> None:
    """Keep messages of one source that cannot be handled, or that wait behind such a one."""
    if not parkings:
        return
    messages = [parking.message for parking in parkings]
    said = [_said(message) for message in messages]
    await db.execute(
        _PARK,
        consumer,
        messages[0].source,
        [tenant for tenant, _, _ in said],
        [message.slot for message in messages],
        [message.number for message in messages],
        [message.key for message in messages],
        [event_id for _, event_id, _ in said],
        [kind for _, _, kind in said],
        [parking.cause[:CAUSE_CHARACTERS_MAX].replace("\0", "") for parking in parkings],
        [parking.attempts for parking in parkings],
        [parking.waiting for parking in parkings],
        [message.value for message in messages],
        [msgspec.json.encode(dict(message.headers)).decode() for message in messages],
    )


async def released(
    db: Database, consumer: str, source: str, slots: Iterable[int]
) -> Sequence[tuple[int, str]]:
    """Slot and name of the streams that an operator wants tried again."""
    rows = await db.fetch(_RELEASED, consumer, source, list(slots))
    return [(row["slot"], row["stream"]) for row in rows]


async def parked_stream(
    db: Database, consumer: str, source: str, slot: int, stream: str
) -> ParkedStream:
    """All that is parked of one stream."""
    rows = await db.fetch(_STREAM, consumer, source, slot, stream)
    messages = [_message(source, stream, row) for row in rows]
    attempts = rows[0]["attempts"] if rows else 0
    return ParkedStream(stream=stream, messages=messages, attempts=attempts)


async def unpark(db: Database, consumer: str, first: Message, before: int) -> None:
    """Forget messages of a stream below a number, in the transaction of their effects."""
    await db.execute(_UNPARK, consumer, first.source, first.slot, first.key, before)


async def release(db: Database, parked_id: int) -> int:
    """Have a message's whole stream tried again, in order, by whoever works on its slot.

    Returns:
        How many messages that are.

    Raises:
        NothingParked: no message is parked under that number.
    """
    tag = await db.execute(_RELEASE, parked_id)
    count = int(tag.rpartition(" ")[2])
    if count == 0:
        raise NothingParked
    return count


async def parked_counts(db: Database) -> Sequence[ParkedCount]:
    """What is parked for each consumer that has something parked."""
    return [ParkedCount(**row) for row in await db.fetch(_COUNT)]


def _said(message: Message) -> tuple[str, UUID | None, str]:
    """Tenant, id and type of what may be too broken to say all of them."""
    headers = message.headers
    try:
        event_id = UUID(headers.get("ce_id", ""))
    except ValueError:
        event_id = None
    kind = stored_name(headers.get("ce_type", ""))
    return headers.get("ce_tenant") or UNKNOWN, event_id, kind or UNKNOWN


def _message(source: str, stream: str, row: Mapping[str, Any]) -> Message:
    return Message(
        source=source,
        slot=row["slot"],
        number=row["number"],
        key=stream,
        headers=msgspec.json.decode(row["headers"], type=dict[str, str]),
        value=row["message"],
    )

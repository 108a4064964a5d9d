"""What goes wrong, done on purpose to the databases of a service."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from uuid import UUID

import asyncpg

from shared import clock
from shared.cli.doctor.database import DatabaseVisit
from shared.cli.doctor.findings import LIMITS, Limits, Seen
from shared.provisioning import Databases, connected
from shared.runtime import service_named

MATCHING = service_named("matching")
AN_HOUR = timedelta(hours=1)
NOWHERE = "127.0.0.1:9"
EMPTIED = "log.events, log.log, log.slot_heads, log.leases, log.parked"


async def look(
    place: Databases,
    limits: Limits = LIMITS,
    now: Callable[[], datetime] = clock.true_now,
    *,
    over_kafka: bool = False,
) -> Seen:
    return await DatabaseVisit(MATCHING, place, limits, now).seen(over_kafka=over_kafka)


def codes(seen: Seen) -> list[str]:
    assert all(finding.says and finding.remedy for finding in seen.findings)
    return [finding.code for finding in seen.findings]


def an_hour_ago(place: int) -> UUID:
    """An id as it was made then: version 7 begins with the time."""
    milliseconds = int((clock.true_now() - AN_HOUR).timestamp() * 1000)
    return UUID(int=(milliseconds << 80) | (7 << 76) | (2 << 62) | place)


async def append(db: asyncpg.Connection, stream: str, version: int, place: int) -> None:
    await db.execute(
        "INSERT INTO log.events (tenant, stream, version, event_id, type, slot, record)"
        " VALUES ('orchard', $1, $2, $3, 'PairingAccepted', 5, '{}')",
        stream,
        version,
        an_hour_ago(place),
    )


async def number(db: asyncpg.Connection, place: int) -> None:
    """An event of an hour ago that has its number, in slot 5."""
    await append(db, f"pairing-{place}", 1, place)
    await db.execute(
        "INSERT INTO log.log (tenant, number, slot, slot_number, event, leaf)"
        " SELECT 'orchard', $1, 5, $1, max(id), '' FROM log.events",
        place,
    )
    await db.execute(
        "INSERT INTO log.slot_heads VALUES (5, $1)"
        " ON CONFLICT (slot) DO UPDATE SET number = excluded.number",
        place,
    )
    await db.execute("UPDATE log.sequencer SET mark = pg_current_snapshot()")


async def lease(
    db: asyncpg.Connection, consumer: str, source: str, *, number: int = 0, held: bool = False
) -> None:
    await db.execute(
        "INSERT INTO log.leases (consumer, source, slot, number, until)"
        " SELECT $1, $2, slot, CASE WHEN slot = 5 THEN $3::bigint ELSE 0 END, $4"
        " FROM generate_series(0, 63) AS slot",
        consumer,
        source,
        number,
        clock.true_now() + (AN_HOUR if held else -AN_HOUR),
    )


@asynccontextmanager
async def source(place: Databases, name: str) -> AsyncIterator[asyncpg.Connection]:
    async with connected(place.administrator(name, place.name(name))) as connection:
        yield connection

"""Run records, kept beside the log and shown by their digest."""

import asyncio
import gzip
from typing import Any
from uuid import UUID

import msgspec

from services.matching.domain.run_record import (
    EFFORT,
    SIDES,
    RunRecord,
    erased_in,
    without_bars,
    without_people,
)
from shared.codec import canonical
from shared.database import Database
from shared.eventstore import Transaction
from shared.frozen import frozen
from shared.ids import RunId, TenantId

_KEEP = """
INSERT INTO log.records (tenant, subject, digest, document) VALUES ($1, $2, $3, $4)
"""
_DOCUMENT = "SELECT document FROM log.records WHERE subject = $1 AND digest = $2"
_STANDING = "SELECT rewrites FROM log.records WHERE tenant = $1 AND subject = $2 AND digest = $3"
_ERASED = """
SELECT person_id FROM unnest($1::uuid[]) AS known (person_id)
WHERE NOT EXISTS (SELECT FROM pool.people AS p WHERE p.person_id = known.person_id)
"""
_LOOKED_AT = """
SELECT DISTINCT k.subject, k.digest FROM read.rosters AS r
JOIN read.runs AS u ON u.tenant = r.tenant AND u.cohort_id = r.cohort_id
JOIN log.records AS k ON k.tenant = u.tenant AND k.subject = u.run_id
WHERE r.tenant = $1 AND r.person_id = $2 ORDER BY k.subject, k.digest
"""
_ERASED_OF_COHORT = """
SELECT DISTINCT r.person_id FROM read.rosters AS r
JOIN vault.erased AS e ON e.tenant = r.tenant AND e.subject = r.person_id::text
WHERE r.tenant = $1 AND r.cohort_id = $2
"""
_PACKED = """
SELECT document, rewrites FROM log.records WHERE tenant = $1 AND subject = $2 AND digest = $3
"""
# Two who are erased at once are taken out one after the other, and neither comes back.
_REPLACE = """
UPDATE log.records SET document = $4
WHERE tenant = $1 AND subject = $2 AND digest = $3 AND rewrites = $5 RETURNING true
"""


@frozen
class Shown:
    """A record as somebody may see it."""

    document: bytes  # canonical JSON
    erased: int  # people who were taken out of it


async def keep(run_id: RunId, record: RunRecord, transaction: Transaction) -> None:
    """Keep a record in the transaction of the event that names it: neither is there alone."""
    tenant = transaction.cause.tenant
    await transaction.db().execute(_KEEP, tenant, run_id, record.record_sha256, record.document)


async def document(db: Database, run_id: UUID, digest: str) -> bytes | None:
    """A record as canonical JSON; None if there is none by this digest."""
    packed: Any = await db.fetchval(_DOCUMENT, run_id, digest)
    return None if packed is None else await asyncio.to_thread(gzip.decompress, packed)


async def rewrites(db: Database, tenant: TenantId, run_id: UUID, digest: str) -> int | None:
    """How often something was taken out of a record; None if there is none by this digest."""
    count: int | None = await db.fetchval(_STANDING, tenant, run_id, digest)
    return count


async def as_it_stands(
    db: Database, tenant: TenantId, run_id: UUID, digest: str
) -> tuple[bytes, int] | None:
    """A record as canonical JSON, and how often it was rewritten before."""
    row = await db.fetchrow(_PACKED, tenant, run_id, digest)
    if row is None:
        return None
    return await asyncio.to_thread(gzip.decompress, row["document"]), row["rewrites"]


async def shown(db: Database, run_id: UUID, digest: str, *, bars: bool) -> Shown | None:
    """A record for somebody to take away: without who was erased since, and without bars.

    Args:
        db: the caller's tenant.
        run_id: of which run.
        digest: of the record.
        bars: whether private bars, and the prices that would tell of them, may be seen.
    """
    raw = await document(db, run_id, digest)
    if raw is None:
        return None
    people = await asyncio.to_thread(_people_of, raw)
    gone = frozenset(str(row["person_id"]) for row in await db.fetch(_ERASED, people))
    # It takes seconds for tens of thousands of people: other requests go on meanwhile.
    return await asyncio.to_thread(_reduced, raw, gone, bars=bars)


async def forget(db: Database, tenant: TenantId, person_id: UUID) -> None:
    """Take an erased person out of every record that has looked at them; loops ask."""
    gone = frozenset({str(person_id)})
    for row in await db.fetch(_LOOKED_AT, tenant, person_id):
        await _take_out(db, (tenant, row["subject"], row["digest"]), gone)


async def forget_in_new(
    db: Database, tenant: TenantId, cohort_id: UUID, key: tuple[UUID, str]
) -> None:
    """Take out of a record, by run and digest, who was erased before it was kept; loops ask."""
    erased = await db.fetch(_ERASED_OF_COHORT, tenant, cohort_id)
    if erased:
        await _take_out(db, (tenant, *key), frozenset(str(row["person_id"]) for row in erased))


async def _take_out(db: Database, key: tuple[TenantId, UUID, str], gone: frozenset[str]) -> None:
    while (row := await db.fetchrow(_PACKED, *key)) is not None:
        left = await asyncio.to_thread(_without, row["document"], gone)
        if left is None or await db.fetchval(_REPLACE, *key, left, row["rewrites"]):
            return


def _without(packed: bytes, gone: frozenset[str]) -> bytes | None:
    """None if they are not in it."""
    whole: dict[str, Any] = msgspec.json.decode(gzip.decompress(packed))
    left = without_people(whole, gone)
    if erased_in(left) == erased_in(whole):
        return None
    return gzip.compress(canonical(left), EFFORT, mtime=0)


def _people_of(raw: bytes) -> list[UUID]:
    whole: dict[str, Any] = msgspec.json.decode(raw)
    people = (who for side in SIDES for who in whole["input"][side])
    return [UUID(who["person_id"]) for who in people if "person_id" in who]


def _reduced(raw: bytes, gone: frozenset[str], *, bars: bool) -> Shown:
    whole: dict[str, Any] = msgspec.json.decode(raw)
    left = without_people(whole, gone) if gone else whole
    bars = bars and "apart" in left["input"]  # prices alone would not prove anything
    if bars and not gone:
        return Shown(document=raw, erased=erased_in(left))
    document = canonical(left if bars else without_bars(left))
    return Shown(document=document, erased=erased_in(left))

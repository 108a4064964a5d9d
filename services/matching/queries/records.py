"""Run records, kept beside the log and shown by their digest."""

import gzip
from typing import Any
from uuid import UUID

from services.matching.domain.run_record import RunRecord
from shared.database import Database
from shared.ids import RunId, TenantId

# The same run worked out twice, after a crash, may have seen another pool: each record is kept
# under its own digest, and the event names the one that counts.
_KEEP = """
INSERT INTO log.records (tenant, subject, digest, document) VALUES ($1, $2, $3, $4)
ON CONFLICT DO NOTHING
"""
_DOCUMENT = """
SELECT document FROM log.records WHERE subject = $1 AND digest = $2
"""


async def keep(db: Database, tenant: TenantId, run_id: RunId, record: RunRecord) -> None:
    """Keep a record before the event that names it; what no event names is never shown."""
    await db.execute(_KEEP, tenant, run_id, record.record_sha256, record.document)


async def document(db: Database, run_id: UUID, digest: str) -> bytes | None:
    """A record as canonical JSON; None if there is none by this digest."""
    packed: Any = await db.fetchval(_DOCUMENT, run_id, digest)
    return None if packed is None else gzip.decompress(packed)

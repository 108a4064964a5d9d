"""What the logs hold of one tenant, as the checks of promises need it."""

import json
from collections.abc import Mapping, Sequence
from hashlib import sha256
from typing import Any
from uuid import UUID

import asyncpg

from shared.frozen import frozen
from shared.provisioning import SERVICES
from tests.faults.stage import Stage

_EVENTS = """
SELECT e.stream, e.version, e.record, l.number, l.slot, l.slot_number, l.leaf
FROM log.events AS e LEFT JOIN log.log AS l ON l.event = e.id
WHERE e.tenant = $1 ORDER BY l.number NULLS LAST, e.id
"""
_GAPS = """
SELECT (SELECT coalesce(sum(abs(top - rows)), 0) FROM
    (SELECT max(number) AS top, count(*) AS rows FROM log.log GROUP BY tenant) AS t)
  + (SELECT coalesce(sum(abs(top - rows)), 0) FROM
    (SELECT max(slot_number) AS top, count(*) AS rows FROM log.log GROUP BY slot) AS s)
"""


@frozen
class Entry:
    """One event of the log, with the place it was given."""

    stream: str
    version: int
    type: str
    actor: str
    correlation_id: UUID
    causation_id: UUID
    fact: Mapping[str, Any]
    number: int | None  # in its tenant; None: it has no place yet
    slot: int | None
    slot_number: int | None
    is_genuine: bool  # the leaf is the hash of the stored bytes


def told(stage: Stage, tenant: str) -> Mapping[str, Sequence[Entry]]:
    """Every event of a tenant by service, in the order that is audited."""

    async def ask(database: asyncpg.Connection) -> list[Entry]:
        return [_entry(row) for row in await database.fetch(_EVENTS, tenant)]

    return {service: stage.ask(service, ask) for service in SERVICES}


def gaps(stage: Stage, service: str) -> int:
    """Numbers that are missing or given twice, in a tenant or in a slot."""
    return int(str(stage.value(service, _GAPS)))


def _entry(row: Mapping[str, Any]) -> Entry:
    record = json.loads(row["record"])
    return Entry(
        stream=row["stream"],
        version=row["version"],
        type=record["type"],
        actor=record["actor"],
        correlation_id=UUID(record["correlation_id"]),
        causation_id=UUID(record["causation_id"]),
        fact=record["data"],
        number=row["number"],
        slot=row["slot"],
        slot_number=row["slot_number"],
        is_genuine=row["leaf"] == sha256(b"\0" + row["record"]).digest(),
    )

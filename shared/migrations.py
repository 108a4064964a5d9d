"""Brings a service's database to the form this code expects: numbered SQL files, each run once."""

from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path

import asyncpg

from shared.database import Connection, Database
from shared.errors import Unavailable
from shared.frozen import frozen

SCHEMA = Path(__file__).with_name("schema")
ATTEMPTS_MAX = 5

_KEEP_BOOK = """
CREATE TABLE IF NOT EXISTS public.migrations (
    name text PRIMARY KEY,
    digest text NOT NULL,
    applied_at timestamptz NOT NULL DEFAULT now()
)
"""


class MigrationChanged(Unavailable):
    """A migration that was applied reads differently now: write a new one instead."""


@frozen
class Standing:
    """How a database stands to the migrations that this code brings."""

    missing: Sequence[str]  # not applied yet
    changed: Sequence[str]  # applied in another form
    unknown: Sequence[str]  # applied by newer code


async def migrate(connection: Connection, folder: Path = SCHEMA) -> Sequence[str]:
    """Apply what was not applied yet, each file in a transaction; run as the owner of the database.

    Returns:
        The names of the files applied now, in their order.

    Raises:
        MigrationChanged: a file differs from what was applied.
    """
    return [
        name for name, text in _migrations(folder) if await _apply_in_turn(connection, name, text)
    ]


async def standing(connection: Database, folder: Path = SCHEMA) -> Standing:
    """Compare, and change nothing."""
    applied: dict[str, str] = {}
    if await connection.fetchval("SELECT to_regclass('public.migrations') IS NOT NULL"):
        rows = await connection.fetch("SELECT name, digest FROM public.migrations ORDER BY name")
        applied = {row["name"]: row["digest"] for row in rows}
    ours = {name: _digest(text) for name, text in _migrations(folder)}
    return Standing(
        missing=[name for name in ours if name not in applied],
        changed=[name for name in ours if applied.get(name, ours[name]) != ours[name]],
        unknown=[name for name in applied if name not in ours],
    )


def _digest(text: str) -> str:
    return sha256(text.encode()).hexdigest()


def _migrations(folder: Path) -> Sequence[tuple[str, str]]:
    paths = sorted(folder.glob("[0-9]*.sql"))
    return [(path.name, path.read_text(encoding="utf-8")) for path in paths]


async def _apply_in_turn(connection: Connection, name: str, text: str) -> bool:
    """Apply a file, again where a reader and we waited for each other's tables.

    Services that start together read each other's logs while these are still being made. Postgres
    ends one of two who wait in a circle; nothing is half done then.
    """
    for _ in range(ATTEMPTS_MAX - 1):
        try:
            return await _apply(connection, name, text)
        except asyncpg.DeadlockDetectedError:
            continue
    return await _apply(connection, name, text)


async def _apply(connection: Connection, name: str, text: str) -> bool:
    digest = _digest(text)
    async with connection.transaction():
        # Two processes that start together would otherwise both apply it.
        await connection.execute("SELECT pg_advisory_xact_lock(hashtext('migrations'))")
        await connection.execute(_KEEP_BOOK)
        known = await connection.fetchval(
            "SELECT digest FROM public.migrations WHERE name = $1", name
        )
        if known == digest:
            return False
        if known is not None:
            message = f"{name}: {MigrationChanged.__doc__}"
            raise MigrationChanged(message)
        await connection.execute(text)
        await connection.execute(
            "INSERT INTO public.migrations (name, digest) VALUES ($1, $2)", name, digest
        )
    return True

"""Brings a service's database to the form this code expects: numbered SQL files, each run once."""

from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path

from shared.database import Connection

SCHEMA = Path(__file__).with_name("schema")

_KEEP_BOOK = """
CREATE TABLE IF NOT EXISTS public.migrations (
    name text PRIMARY KEY,
    digest text NOT NULL,
    applied_at timestamptz NOT NULL DEFAULT now()
)
"""


class MigrationChanged(Exception):
    """A migration that was applied reads differently now: write a new one instead."""


async def migrate(connection: Connection, folder: Path = SCHEMA) -> Sequence[str]:
    """Apply what was not applied yet, each file in a transaction; run as the owner of the database.

    Returns:
        The names of the files applied now, in their order.

    Raises:
        MigrationChanged: a file differs from what was applied.
    """
    applied: list[str] = []
    for path in sorted(folder.glob("[0-9]*.sql")):
        if await _apply(connection, path):
            applied.append(path.name)
    return applied


async def _apply(connection: Connection, path: Path) -> bool:
    text = path.read_text(encoding="utf-8")
    digest = sha256(text.encode()).hexdigest()
    async with connection.transaction():
        # Two processes that start together would otherwise both apply it.
        await connection.execute("SELECT pg_advisory_xact_lock(hashtext('migrations'))")
        await connection.execute(_KEEP_BOOK)
        known = await connection.fetchval(
            "SELECT digest FROM public.migrations WHERE name = $1", path.name
        )
        if known == digest:
            return False
        if known is not None:
            raise MigrationChanged(path.name)
        await connection.execute(text)
        await connection.execute(
            "INSERT INTO public.migrations (name, digest) VALUES ($1, $2)", path.name, digest
        )
    return True

"""Brings a service's database to what its code expects, or says that it is not."""

from collections.abc import Sequence
from hashlib import sha256

from shared import migrations
from shared.errors import Unavailable
from shared.projection import create_tables
from shared.provisioning import Databases, connected
from shared.service import Service


class NotPrepared(Unavailable):
    """The database is not in the form that this code expects: run `fairlead migrate`."""


async def prepare(service: Service, databases: Databases) -> Sequence[str]:
    """Apply what migrations are new, make the read tables that are missing.

    Returns:
        The schemas of read tables that stand in an older form: they must be rebuilt.

    Raises:
        DatabaseAway: the server does not answer.
        MigrationChanged: a migration that was applied before reads differently now.
    """
    async with connected(databases.dsn(service.name, "owner")) as owner:
        await migrations.migrate(owner)
        return [
            each.name
            for each in (service.own, *service.foreign)
            if not await create_tables(owner, each.schema, each.tables.read_text(encoding="utf-8"))
        ]


async def assert_prepared(service: Service, databases: Databases) -> None:
    """Look, and change nothing.

    Raises:
        DatabaseAway: the server does not answer.
        NotPrepared: a migration or a schema of read tables is missing.
    """
    async with connected(databases.dsn(service.name, "owner")) as owner:
        if not await owner.fetchval("SELECT to_regclass('public.migrations') IS NOT NULL"):
            raise NotPrepared
        applied = {tuple(row) for row in await owner.fetch("SELECT name, digest FROM migrations")}
        for path in migrations.SCHEMA.glob("[0-9]*.sql"):
            if (path.name, sha256(path.read_bytes()).hexdigest()) not in applied:
                raise NotPrepared
        for each in (service.own, *service.foreign):
            if not await owner.fetchval("SELECT to_regnamespace($1) IS NOT NULL", each.schema):
                raise NotPrepared

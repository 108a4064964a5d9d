"""Brings a service's database to what its code expects, or says that it is not."""

from collections.abc import Sequence

from shared import migrations
from shared.database import Connection
from shared.errors import Unavailable
from shared.projection import create_tables
from shared.provisioning import Databases, connected
from shared.service import Service


class NotPrepared(Unavailable):
    """The database is not in the form that this code expects: run `fairlead migrate`."""


class NewerDatabase(Unavailable):
    """The database was migrated by newer code than this: start that, or restore a backup."""


async def prepare(service: Service, databases: Databases) -> Sequence[str]:
    """Apply what migrations are new, make the read tables that are missing.

    Returns:
        The schemas of read tables that stand in an older form: they must be rebuilt.

    Raises:
        DatabaseAway: the server does not answer.
        MigrationChanged: a migration that was applied before reads differently now.
        NewerDatabase: newer code has applied migrations that this code does not know.
    """
    async with connected(databases.dsn(service.name, "owner")) as owner:
        await _assert_not_newer(service, owner)
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
        NewerDatabase: newer code has applied migrations that this code does not know.
        NotPrepared: a migration or a schema of read tables is missing.
    """
    async with connected(databases.dsn(service.name, "owner")) as owner:
        await _assert_not_newer(service, owner)
        found = await migrations.standing(owner)
        lacking = [*found.missing, *(f"{name}, which reads differently" for name in found.changed)]
        schemas = {row[0] for row in await owner.fetch("SELECT nspname FROM pg_namespace")}
        tables = (each for each in (service.own, *service.foreign) if each.schema not in schemas)
        lacking += [f"the read tables of {each.name}" for each in tables]
        if lacking:
            message = f"{NotPrepared.__doc__} {service.name} lacks {', '.join(lacking)}."
            raise NotPrepared(message)


async def _assert_not_newer(service: Service, owner: Connection) -> None:
    unknown = (await migrations.standing(owner)).unknown
    if unknown:
        message = f"{NewerDatabase.__doc__} {service.name} has {', '.join(unknown)}."
        raise NewerDatabase(message)

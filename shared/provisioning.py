"""The four databases and the login roles: their names, how to reach them, how to make them."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import field
from urllib.parse import quote, urlsplit, urlunsplit

import asyncpg

from shared import migrations
from shared.errors import Unavailable
from shared.frozen import frozen
from shared.settings import DatabaseSettings

SERVICES: Sequence[str] = ("enrollment", "matching", "sessions", "metrics")
ROLES: Mapping[str, str] = {
    "owner": "owns every table; migrates and rebuilds",
    "app": "answers requests; sees one tenant at a time by row security",
    "worker": "sequences, consumes, keeps deadlines; sees every tenant",
    "reader": "reads the logs of other services, nothing else",
}

LOOK_SECONDS = 0.25


class DatabaseAway(Unavailable):
    """No database server answers there: see that it runs, and FAIRLEAD_DATABASE__SERVER."""


class DatabaseRefuses(Unavailable):
    """The server has no such database, role, or password: `fairlead migrate --create`."""


# Who keeps a transaction open is otherwise told to nobody but himself.
_SEES_TRANSACTIONS = "SELECT pg_has_role('fairlead_worker', 'pg_read_all_stats', 'MEMBER')"

AWAY = (OSError, asyncpg.CannotConnectNowError, asyncpg.TooManyConnectionsError)
REFUSING = (asyncpg.InvalidCatalogNameError, asyncpg.InvalidAuthorizationSpecificationError)


@frozen
class Databases:
    """Where each service's database is: `<prefix>_<service>`, reached as `fairlead_<role>`."""

    server: str  # postgresql://…, with its administrator as the user
    servers: Mapping[str, str] = field(default_factory=dict)  # by service, where it is not `server`
    password: str = ""
    prefix: str = "fairlead"

    def dsn(self, service: str, role: str) -> str:
        """How a role reaches the database of a service."""
        return self._at(service, self.name(service), f"fairlead_{role}", self.password)

    def name(self, service: str) -> str:
        """The name of a service's database."""
        return f"{self.prefix}_{service}"

    def readers(self) -> Mapping[str, str]:
        """How to read each service's log."""
        return {service: self.dsn(service, "reader") for service in SERVICES}

    def administrator(self, service: str, database: str = "postgres") -> str:
        """How the server's own administrator reaches it: the user that its address names."""
        return self._at(service, database, "", "")

    def _at(self, service: str, database: str, user: str, password: str) -> str:
        parts = urlsplit(self.servers.get(service, self.server))
        place = parts.netloc.rpartition("@")[2]
        login = f"{user}:{quote(password, safe='')}" if password else user
        netloc = f"{login}@{place}" if user else parts.netloc
        return urlunsplit((parts.scheme, netloc, f"/{database}", parts.query, ""))


def databases_at(settings: DatabaseSettings) -> Databases:
    """The databases that the settings name; roles share the administrator's password if none."""
    administrators = urlsplit(settings.server).password or ""
    return Databases(
        server=settings.server,
        servers=settings.servers,
        password=settings.password.get_secret_value() or administrators,
    )


async def create(databases: Databases, services: Sequence[str] = SERVICES) -> None:
    """Make the login roles and the databases that are missing; needs an administrator.

    Raises:
        DatabaseAway: the server does not answer.
    """
    for service in services:
        async with connected(databases.administrator(service)) as connection:
            # Several that start together would all find the same ones missing.
            await connection.execute("SELECT pg_advisory_lock(hashtext('fairlead create'))")
            await create_roles(connection, databases.password)
            await _create_database(connection, databases.name(service))


async def answering(
    databases: Databases, services: Sequence[str], *, seconds: float, as_administrator: bool
) -> None:
    """Wait until the servers of these services take connections.

    Raises:
        DatabaseAway: one still does not when the time is over.
        DatabaseRefuses: one does, and lets nobody in by that name.
    """
    clock = asyncio.get_running_loop().time
    ends = clock() + seconds
    for service in services:
        dsn = databases.administrator(service)
        while True:
            try:
                async with connected(dsn if as_administrator else databases.dsn(service, "owner")):
                    break
            except DatabaseAway:
                if clock() + LOOK_SECONDS > ends:
                    raise
            await asyncio.sleep(LOOK_SECONDS)


async def migrate(databases: Databases, services: Sequence[str] = SERVICES) -> Sequence[str]:
    """Bring databases to the form that this code expects; says what was applied, and where.

    Raises:
        DatabaseAway: the server does not answer.
        MigrationChanged: a migration that was applied before reads differently now.
    """
    applied: list[str] = []
    for service in services:
        async with connected(databases.dsn(service, "owner")) as connection:
            applied += [f"{service} {name}" for name in await migrations.migrate(connection)]
    return applied


@asynccontextmanager
async def connected(dsn: str) -> AsyncIterator[asyncpg.Connection]:
    """One connection, for the time of the block.

    Raises:
        DatabaseAway: the server does not answer.
        DatabaseRefuses: it does, and lets nobody in by that name.
    """
    try:
        connection = await asyncpg.connect(dsn)
    except AWAY as reason:
        raise DatabaseAway from reason
    except REFUSING as reason:
        message = f"{DatabaseRefuses.__doc__} It said: {reason}"
        raise DatabaseRefuses(message) from reason
    try:
        yield connection
    finally:
        await connection.close()


async def create_roles(connection: asyncpg.Connection, password: str = "") -> None:
    """Make the login roles that are missing, and give all of them this password."""
    there = {row[0] for row in await connection.fetch("SELECT rolname FROM pg_roles")}
    for role in ROLES:
        name = f"fairlead_{role}"
        verb = "ALTER" if name in there else "CREATE"
        secret = await connection.fetchval("SELECT quote_literal($1::text)", password)
        clause = f"PASSWORD {secret}" if password else ""
        await connection.execute(f"{verb} ROLE {name} LOGIN NOSUPERUSER NOBYPASSRLS {clause}")
    if not await connection.fetchval(_SEES_TRANSACTIONS):
        with suppress(asyncpg.InsufficientPrivilegeError):  # not every server lets us give it away
            await connection.execute("GRANT pg_read_all_stats TO fairlead_worker")


async def _create_database(connection: asyncpg.Connection, name: str) -> None:
    if await connection.fetchval("SELECT 1 FROM pg_database WHERE datname = $1", name):
        return
    await connection.execute(f"CREATE DATABASE {name} OWNER fairlead_owner TEMPLATE template0")
    for statement in (
        f"REVOKE ALL ON DATABASE {name} FROM PUBLIC",
        f"GRANT CONNECT ON DATABASE {name} TO fairlead_app, fairlead_worker, fairlead_reader",
    ):
        await connection.execute(statement)

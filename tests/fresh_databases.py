"""Databases for tests: copies of one that was migrated once, dropped when their test is over."""

import os
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager, suppress
from hashlib import sha256
from pathlib import Path

import asyncpg

from shared import embedded, migrations
from shared.frozen import frozen
from shared.ids import new_id
from shared.provisioning import SERVICES, Databases, connected, create_roles
from tests.patience import PATIENCE_SECONDS

FOLDER = Path(__file__).parents[1] / ".fairlead" / "test-postgres"
ADVISORY_LOCK = 7_012_026  # whoever holds it makes the template, all others wait


@frozen
class FreshDatabase:
    """A migrated database without a single row."""

    server: str
    name: str

    def dsn(self, role: str) -> str:
        """How `owner`, `app`, `worker` or `reader` reaches it."""
        return self.server.replace("postgres@/postgres?", f"fairlead_{role}@/{self.name}?")


@frozen
class TestServer:
    """An embedded Postgres that every test process on this checkout shares."""

    __test__ = False

    server: str
    template: str

    @asynccontextmanager
    async def fresh(self) -> AsyncIterator[FreshDatabase]:
        """One new database, for the time of the block."""
        name = f"test_{os.getpid()}_{new_id().hex}"
        async with self._copied([name]):
            yield FreshDatabase(server=self.server, name=name)

    @asynccontextmanager
    async def fresh_four(self) -> AsyncIterator[Databases]:
        """A new database for each service, for the time of the block."""
        databases = Databases(server=self.server, prefix=f"test_{os.getpid()}_{new_id().hex}")
        async with self._copied([databases.name(service) for service in SERVICES]):
            yield databases

    @asynccontextmanager
    async def _copied(self, names: Sequence[str]) -> AsyncIterator[None]:
        async with connected(self.server) as administrator:
            for name in names:
                copied = f"OWNER fairlead_owner TEMPLATE {self.template}"
                await _alone(administrator, f"CREATE DATABASE {name} {copied}")
        try:
            yield
        finally:
            async with connected(self.server) as administrator:
                for name in names:
                    await _alone(administrator, f"DROP DATABASE {name} WITH (FORCE)")


@contextmanager
def server() -> Iterator[str]:
    """The server's address; it is shared with other test processes and stopped by the last."""
    with embedded.running(FOLDER, durable=False) as postgres:
        yield postgres.server


async def prepared(address: str) -> TestServer:
    """Drop what earlier runs forgot, and make the template if the migrations changed."""
    files = sorted(migrations.SCHEMA.glob("[0-9]*.sql"))
    digest = sha256(b"".join(path.read_bytes() for path in files)).hexdigest()[:16]
    template = f"template_{digest}"
    async with connected(address) as administrator:
        await administrator.execute("SELECT pg_advisory_lock($1)", ADVISORY_LOCK)
        names = {row[0] for row in await administrator.fetch("SELECT datname FROM pg_database")}
        for name in names:
            if _forgotten(name):
                await _alone(administrator, f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
        if template not in names:
            await create_roles(administrator)
            await administrator.execute(f"CREATE DATABASE {template}_new OWNER fairlead_owner")
            fresh = FreshDatabase(server=address, name=f"{template}_new")
            async with connected(fresh.dsn("owner")) as owner:
                await migrations.migrate(owner)
            await _alone(administrator, f"ALTER DATABASE {template}_new RENAME TO {template}")
    return TestServer(server=address, template=template)


async def _alone(administrator: asyncpg.Connection, statement: str) -> None:
    """Run what needs a database that nobody is connected to.

    Postgres waits five seconds for those who are leaving; a busy machine may need more of them.
    """
    ends = time.monotonic() + PATIENCE_SECONDS
    while True:
        try:
            await administrator.execute(statement)
        except asyncpg.ObjectInUseError:
            if time.monotonic() > ends:
                raise
        else:
            return


def _forgotten(name: str) -> bool:
    """Half a template, or a database whose process is gone."""
    if name.endswith("_new"):
        return True
    if not name.startswith("test_"):
        return False
    with suppress(PermissionError):
        try:
            os.kill(int(name.split("_")[1]), 0)
        except ProcessLookupError:
            return True
    return False

"""A durable Postgres for benchmarks: every commit waits for the disk, as in production."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from shared import embedded
from shared.frozen import frozen
from shared.ids import new_id
from shared.provisioning import SERVICES, Databases, connected, create, migrate


@frozen
class Place:
    """Where programs that belong together find their databases and keep their keys."""

    databases: Databases
    folder: Path


@contextmanager
def durable_server() -> Iterator[str]:
    """The address of a fresh server with fsync on; its data are deleted at the end."""
    with (
        TemporaryDirectory(prefix="fairlead-bench-") as folder,
        embedded.running(Path(folder)) as postgres,
    ):
        yield postgres.server


@contextmanager
def durable_place() -> Iterator[Place]:
    """A fresh server, on it the four databases by their usual names, and a folder for keys."""
    with durable_server() as server, TemporaryDirectory(prefix="fairlead-bench-") as folder:
        databases = Databases(server=server)
        asyncio.run(_prepared(databases))
        yield Place(databases=databases, folder=Path(folder))


@asynccontextmanager
async def fresh_databases(server: str) -> AsyncIterator[Databases]:
    """Empty, migrated databases for the time of the block."""
    databases = Databases(server=server, prefix=f"bench_{new_id().hex}")
    await _prepared(databases)
    try:
        yield databases
    finally:
        async with connected(server) as administrator:
            for service in SERVICES:
                name = databases.name(service)
                await administrator.execute(f"DROP DATABASE {name} WITH (FORCE)")


async def _prepared(databases: Databases) -> None:
    await create(databases)
    await migrate(databases)

"""A durable Postgres for benchmarks: every commit waits for the disk, as in production."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from shared import embedded
from shared.ids import new_id
from shared.provisioning import SERVICES, Databases, connected, create, migrate


@contextmanager
def durable_server() -> Iterator[str]:
    """The address of a fresh server with fsync on; its data are deleted at the end."""
    with (
        TemporaryDirectory(prefix="fairlead-bench-") as folder,
        embedded.running(Path(folder)) as postgres,
    ):
        yield postgres.server


@asynccontextmanager
async def fresh_databases(server: str) -> AsyncIterator[Databases]:
    """Empty, migrated databases for the time of the block."""
    databases = Databases(server=server, prefix=f"bench_{new_id().hex}")
    await create(databases)
    await migrate(databases)
    try:
        yield databases
    finally:
        async with connected(server) as administrator:
            for service in SERVICES:
                name = databases.name(service)
                await administrator.execute(f"DROP DATABASE {name} WITH (FORCE)")

"""What tests may ask for."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from shared.provisioning import SERVICES, Databases
from shared.runtime import service_named
from tests import fresh_databases
from tests import world as worlds
from tests.fresh_databases import FreshDatabase, TestServer
from tests.world import World


@pytest.fixture(scope="session")
def postgres() -> Iterator[TestServer]:
    """A real Postgres; `postgres.fresh()` lends an empty, migrated database."""
    with fresh_databases.server() as address:
        yield asyncio.run(fresh_databases.prepared(address))


@pytest.fixture
async def database(postgres: TestServer) -> AsyncIterator[FreshDatabase]:
    """An empty, migrated database of one's own: `database.dsn("app")`."""
    async with postgres.fresh() as fresh:
        yield fresh


@pytest.fixture
async def databases(postgres: TestServer) -> AsyncIterator[Databases]:
    """An empty, migrated database for each service: `databases.dsn("matching", "app")`."""
    async with postgres.fresh_four() as four:
        yield four


@pytest.fixture
async def world(databases: Databases, tmp_path: Path) -> AsyncIterator[World]:
    """The four services in this process: `world.client("matching", ana)`, `world.settle()`."""
    four = [service_named(name) for name in SERVICES]
    async with worlds.running(four, databases, tmp_path) as here:
        yield here

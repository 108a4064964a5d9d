"""Enrollment alone, as a running service on a real Postgres; each test has a tenant of its own."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from services.enrollment.main import SERVICE
from shared.ids import new_id
from tests import world as worlds
from tests.enrollment.office import Office
from tests.fresh_databases import TestServer
from tests.world import World


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def enrollment(
    postgres: TestServer, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[World]:
    """The service, started once."""
    folder = tmp_path_factory.mktemp("keys")
    async with (
        postgres.fresh_four() as databases,
        worlds.running([SERVICE], databases, folder) as world,
    ):
        yield world


@pytest_asyncio.fixture(loop_scope="session")
async def office(enrollment: World) -> AsyncIterator[Office]:
    """An office of a tenant that nobody else has."""
    async with Office(enrollment, f"orchard-{new_id()}") as here:
        yield here

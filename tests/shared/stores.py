"""Stores on fresh databases, for tests of the kernel."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import asyncpg

from shared.eventstore.postgres import PostgresEventStore
from shared.eventstore.tenant_reading import TenantConnection
from shared.projection import ProjectionFunction
from tests.fresh_databases import FreshDatabase


async def _as_it_is(_: asyncpg.Connection) -> None:
    """Nothing to undo."""


@asynccontextmanager
async def pool_of(
    database: FreshDatabase, role: str, connections_max: int = 20
) -> AsyncIterator[asyncpg.Pool]:
    """Connections under a role, as the services open them."""
    async with asyncpg.create_pool(
        database.dsn(role),
        min_size=0,
        max_size=connections_max,
        reset=_as_it_is,
        connection_class=TenantConnection,
    ) as pool:
        yield pool


@asynccontextmanager
async def store_on(
    database: FreshDatabase,
    service: str = "sessions",
    projections: Sequence[ProjectionFunction] = (),
    connections_max: int = 20,
) -> AsyncIterator[PostgresEventStore]:
    """A store under the role of the requests."""
    async with pool_of(database, "app", connections_max) as pool:
        store = PostgresEventStore(pool, service, projections)
        yield store
        await store.close()

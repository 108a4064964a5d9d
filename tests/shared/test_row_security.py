"""A request sees its own tenant, also where the query forgets to ask for it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import asyncpg
import pytest

from shared.database import Connection
from shared.errors import Conflict
from shared.eventstore import Append
from shared.eventstore.postgres import tenant_transaction
from shared.eventstore.tenant_reading import tenant_reading
from shared.ids import TenantId
from tests.fresh_databases import FreshDatabase
from tests.shared.reading_circle import ANSWER, HARBOUR, ORCHARD, achieved, cause, key, stream
from tests.shared.stores import pool_of, store_on

pytestmark = pytest.mark.integration

TENANT_TABLES = """
SELECT c.oid::regclass::text AS name, c.relrowsecurity AND c.relforcerowsecurity AS guarded
FROM pg_class c
JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'tenant' AND NOT a.attisdropped
WHERE c.relkind IN ('r', 'p') AND c.relnamespace::regnamespace::text IN ('log', 'vault')
"""


async def fill(database: FreshDatabase) -> None:
    async with store_on(database) as store:
        for tenant in (ORCHARD, HARBOUR):
            async with store.transaction(cause(tenant)) as transaction:
                append = Append(stream=stream(tenant), expected_version=0, events=[achieved("a")])
                await transaction.append([append])
                await transaction.keep_answer(key(tenant=tenant), ANSWER)


@asynccontextmanager
async def as_app(database: FreshDatabase, tenant: str = ORCHARD) -> AsyncIterator[Connection]:
    async with pool_of(database, "app") as pool, tenant_transaction(pool, tenant) as connection:
        yield connection


@pytest.mark.parametrize(
    "query", ["SELECT tenant FROM log.events", "SELECT tenant FROM log.idempotency"]
)
async def test_a_query_that_forgets_the_tenant_sees_its_own(
    database: FreshDatabase, query: str
) -> None:
    await fill(database)
    async with as_app(database) as connection:
        rows = await connection.fetch(query)
    assert [row["tenant"] for row in rows] == [ORCHARD]


async def test_without_a_tenant_nothing_is_seen(database: FreshDatabase) -> None:
    await fill(database)
    async with pool_of(database, "app", 1) as pool:
        async with tenant_transaction(pool, ORCHARD):
            pass  # the setting of this connection is the empty string from now on, not NULL
        assert await pool.fetchval("SELECT count(*) FROM log.events") == 0


async def test_nobody_writes_for_another_tenant(database: FreshDatabase) -> None:
    write = "INSERT INTO vault.declarations VALUES ($1, gen_random_uuid(), 'd', 'v', now())"
    async with as_app(database) as connection:
        await connection.execute(write, ORCHARD)
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await connection.execute(write, HARBOUR)
        await connection.execute("ROLLBACK; BEGIN")


@pytest.mark.parametrize("verb", ["UPDATE log.events SET version = 9", "DELETE FROM log.events"])
@pytest.mark.parametrize("role", ["app", "worker", "reader"])
async def test_nobody_changes_what_happened(database: FreshDatabase, role: str, verb: str) -> None:
    await fill(database)
    async with pool_of(database, role) as pool:
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await pool.execute(verb)


async def test_a_reader_sees_all_of_the_log_and_nothing_else(database: FreshDatabase) -> None:
    await fill(database)
    async with pool_of(database, "reader") as pool:
        assert await pool.fetchval("SELECT count(*) FROM log.events") == 2
        for query in ("TABLE log.idempotency", "TABLE log.operations", "TABLE vault.identity"):
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await pool.fetch(query)


async def test_every_table_with_tenants_is_guarded(database: FreshDatabase) -> None:
    async with pool_of(database, "owner") as pool:
        tables = await pool.fetch(TENANT_TABLES)
    assert {row["name"] for row in tables if not row["guarded"]} == set()
    assert {"log.events", "log.log", "vault.identity"} <= {row["name"] for row in tables}


@pytest.mark.parametrize("tenant", ["", "a'; DROP SCHEMA log; --", "Ä", "a b", "-a", "a" * 64])
async def test_a_tenant_that_is_no_slug_never_reaches_a_statement(
    database: FreshDatabase, tenant: str
) -> None:
    async with store_on(database) as store:
        with pytest.raises(ValueError, match="is not the name of a tenant"):
            async with store.transaction(cause(TenantId(tenant))):
                pytest.fail("it did")


async def test_versions_of_another_tenant_are_no_versions_of_ours(
    database: FreshDatabase,
) -> None:
    async def add_after_theirs() -> None:
        append = Append(stream=stream(ORCHARD), expected_version=1, events=[achieved("a")])
        async with store_on(database) as store, store.transaction(cause(HARBOUR)) as transaction:
            await transaction.append([append])

    await fill(database)
    with pytest.raises(Conflict):
        await add_after_theirs()


async def test_a_connection_that_is_lent_again_shows_the_new_tenant_only(
    database: FreshDatabase,
) -> None:
    await fill(database)
    async with pool_of(database, "app", connections_max=1) as pool:
        for tenant in (ORCHARD, HARBOUR, ORCHARD):
            async with tenant_reading(pool, tenant) as db:
                rows = await db.fetch("SELECT DISTINCT tenant FROM log.events")
            assert [row["tenant"] for row in rows] == [tenant]

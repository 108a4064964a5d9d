"""Connections of a process: nobody waits for one without end, and a long job waits longer."""

import pytest

from shared.runtime.pools import opened_pool
from shared.settings import DatabaseSettings
from tests.fresh_databases import FreshDatabase

pytestmark = pytest.mark.integration


@pytest.mark.parametrize("seconds", [0.1, 1.0])
async def test_who_finds_every_connection_lent_waits_as_long_as_was_said(
    database: FreshDatabase, seconds: float
) -> None:
    pool_of_one = opened_pool(database.dsn("worker"), 1, DatabaseSettings(), seconds)
    async with pool_of_one as pool:
        async with pool.acquire():
            lent = pool.acquire()
            with pytest.raises(TimeoutError):
                await lent
            assert lent.timeout == seconds
        async with pool.acquire() as connection:
            assert await connection.fetchval("SELECT 1") == 1

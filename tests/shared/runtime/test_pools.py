"""Connections of a process: nobody waits for one without end, and a long job waits longer."""

import pytest

from shared.runtime.pools import opened_pool
from shared.settings import DatabaseSettings
from tests.fresh_databases import FreshDatabase
from tests.patience import PATIENCE_SECONDS

pytestmark = pytest.mark.integration


@pytest.mark.parametrize("seconds", [PATIENCE_SECONDS, 2 * PATIENCE_SECONDS])
async def test_who_finds_every_connection_lent_waits_as_long_as_was_said(
    database: FreshDatabase, monkeypatch: pytest.MonkeyPatch, seconds: float
) -> None:
    pool_of_one = opened_pool(database.dsn("worker"), 1, DatabaseSettings(), seconds)
    async with pool_of_one as pool:
        async with pool.acquire() as connection:
            assert pool.acquire().timeout == seconds
            with monkeypatch.context() as impatient:  # once there is a connection: it takes time
                impatient.setattr(pool, "wait_seconds_max", 0.1)
                with pytest.raises(TimeoutError):
                    await pool.acquire()
            assert await connection.fetchval("SELECT 1") == 1
        async with pool.acquire() as connection:
            assert await connection.fetchval("SELECT 1") == 1

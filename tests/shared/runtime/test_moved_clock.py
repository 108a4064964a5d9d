"""Time that one process moves is moved in the others of its service, in development only."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta

import asyncpg
import pytest

from shared import clock
from shared.runtime import moved_clock
from shared.settings import Settings
from tests.fresh_databases import FreshDatabase
from tests.patience import PATIENCE_SECONDS

pytestmark = pytest.mark.integration

YEARS = timedelta(days=3_650)
DEVELOPMENT = Settings()
PRODUCTION = DEVELOPMENT.model_copy(update={"environment": "production"})


@pytest.fixture
async def pool(database: FreshDatabase) -> AsyncIterator[asyncpg.Pool]:
    async with asyncpg.create_pool(database.dsn("app"), min_size=0) as here:
        yield here
    clock.start_at(clock.true_now())


def is_moved() -> bool:
    return clock.now() > clock.true_now() + YEARS / 2


async def test_time_is_moved_where_it_is_heard(pool: asyncpg.Pool) -> None:
    async with moved_clock.heard(pool, DEVELOPMENT), asyncio.timeout(PATIENCE_SECONDS):
        while not is_moved():
            await moved_clock.tell(pool, clock.true_now() + YEARS)
            await asyncio.sleep(0.01)
        await moved_clock.tell(pool, clock.true_now() - YEARS)  # never backwards
        await asyncio.sleep(0.05)
        assert is_moved()


async def test_nobody_moves_time_in_production(pool: asyncpg.Pool) -> None:
    async with moved_clock.heard(pool, PRODUCTION):
        await moved_clock.tell(pool, clock.true_now() + YEARS)
        await asyncio.sleep(0.1)
        assert not is_moved()

"""Databases that may be made ill, and are well again after each test."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import suppress

import asyncpg
import pytest

from shared.cli.doctor import consumers, database
from shared.monitoring import page, sights
from shared.provisioning import Databases
from shared.runtime.prepare import prepare
from shared.settings import DatabaseSettings
from tests.fresh_databases import TestServer
from tests.patience import PATIENCE_SECONDS
from tests.shared.monitoring.ailing import EMPTIED, MATCHING, source


@pytest.fixture(autouse=True)
def patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """A database that is slow, because the machine is busy, is not taken for one that is ill."""
    for part, limit in ((page, "LOOK_SECONDS_MAX"), (database, "ANSWER_SECONDS_MAX")):
        monkeypatch.setattr(part, limit, PATIENCE_SECONDS)
    for part in (database, consumers):
        leisure = DatabaseSettings(statement_timeout_seconds=PATIENCE_SECONDS)
        monkeypatch.setattr(part, "HASTE", leisure)
    short, long = sights.STATEMENT_MILLISECONDS, round(1000 * PATIENCE_SECONDS)
    monkeypatch.setattr(sights, "_BEGIN", sights._BEGIN.replace(f"= {short};", f"= {long};"))


@pytest.fixture(scope="session")
def four(postgres: TestServer) -> Iterator[Databases]:
    with asyncio.Runner() as runner:
        lent = postgres.fresh_four()
        databases = runner.run(lent.__aenter__())
        runner.run(prepare(MATCHING, databases))
        yield databases
        runner.run(lent.__aexit__(None, None, None))


@pytest.fixture
async def place(four: Databases) -> AsyncIterator[Databases]:
    """The databases of this module, empty again after each test."""
    yield four
    async with source(four, "sessions") as sessions, source(four, "matching") as matching:
        for db in (sessions, matching):
            await db.execute(f"TRUNCATE {EMPTIED}")
        await matching.execute("TRUNCATE read.deadlines")


@pytest.fixture
async def owner(place: Databases) -> AsyncIterator[asyncpg.Connection]:
    """May do all, as somebody who meddles."""
    async with source(place, "matching") as connection:
        if not await connection.fetchval(
            "SELECT pg_has_role('fairlead_worker', 'pg_read_all_stats', 'MEMBER')"
        ):
            with suppress(asyncpg.PostgresError):  # tests beside this one may do the same
                await connection.execute("GRANT pg_read_all_stats TO fairlead_worker")
        yield connection

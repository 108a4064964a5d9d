"""The consumer of the documents keeps what it promises, killed wherever it hurts most."""

import asyncio
import re
import signal
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import asyncpg
import pytest

from shared.ids import new_id
from tests.broker import Broker
from tests.consuming import eventually
from tests.fresh_databases import FreshDatabase
from tests.kafka.carried import Carried
from tests.outside.dying_consumer import REFERENCE
from tests.outside.heard import count, told
from tests.progress import long_story

DOCUMENT = REFERENCE.with_name("consuming.md")
_DISORDER = """
SELECT count(*) FROM (
    SELECT number, lag(number) OVER (PARTITION BY stream ORDER BY line) AS before FROM journal
) AS told WHERE number <= before
"""


class Outside:
    """A consumer of somebody else's, with a database of its own."""

    def __init__(self, here: Carried, broker: Broker, database: FreshDatabase) -> None:
        self.here = here
        self.dsn = database.dsn("owner")
        self._where = [broker.address, here.topic, f"outside-{new_id().hex}", self.dsn]

    async def runs(self, place: str, passes: int) -> asyncio.subprocess.Process:
        """Start it; it will die at this place."""
        words = ["-m", "tests.outside.dying_consumer", place, str(passes), *self._where]
        return await asyncio.create_subprocess_exec(sys.executable, *words)

    async def dies(self, place: str, passes: int) -> None:
        """Have it run until it dies there."""
        consumer = await self.runs(place, passes)
        assert await consumer.wait() == -signal.SIGKILL


@pytest.fixture
async def outside(kafka: Broker, database: FreshDatabase, tmp_path: Path) -> AsyncIterator[Outside]:
    async with told(kafka, database, tmp_path) as here:
        yield Outside(here, kafka, database)


def test_the_document_shows_the_very_program_that_is_tested() -> None:
    shown = re.findall(r"```python\n(.*?)```", DOCUMENT.read_text(), re.DOTALL)
    assert REFERENCE.read_text() in shown


@pytest.mark.kafka
@pytest.mark.integration
async def test_each_event_takes_effect_once_whatever_kills_the_consumer(outside: Outside) -> None:
    await outside.dies("within the transaction", 100)
    await outside.dies("before the offset", 1)
    await outside.here.service.tell(long_story(pairs=10, goals=3))
    await outside.dies("within the transaction", 20)
    await outside.dies("before the offset", 1)
    last = await outside.runs("nowhere", 0)
    connection = await asyncpg.connect(outside.dsn)
    try:
        total = await count(outside.here)

        async def complete() -> bool:
            return bool(await connection.fetchval("SELECT count(*) FROM journal") >= total)

        await eventually(complete)
        assert await connection.fetchval("SELECT count(*) FROM journal") == total
        assert await connection.fetchval("SELECT count(*) FROM heard") == total
        distinct = "SELECT count(DISTINCT (stream, number)) FROM journal"
        assert await connection.fetchval(distinct) == total
        assert await connection.fetchval(_DISORDER) == 0
    finally:
        last.kill()
        await last.wait()
        await connection.close()

"""A topic full of a story, for those who hear it with programs that are not ours."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from tests.broker import Broker
from tests.consuming import running
from tests.fresh_databases import FreshDatabase
from tests.kafka.carried import Carried, carried
from tests.progress import long_story


@asynccontextmanager
async def told(kafka: Broker, database: FreshDatabase, folder: Path) -> AsyncIterator[Carried]:
    """A service whose story of some hundred events is on its topic; its relay goes on."""
    settings = kafka.settings(partitions=4)
    async with carried(settings, database, folder) as here, running(here.relay()):
        await here.service.tell(long_story(pairs=40, goals=6))
        await here.published()
        yield here


async def count(here: Carried) -> int:
    """How many events were told."""
    return sum((await here.heads()).values())

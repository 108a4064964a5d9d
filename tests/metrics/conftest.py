"""A spring of a program, told by services that only tell, heard by metrics as it really runs."""

from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import pytest

from services.metrics.main import SERVICE as METRICS
from shared.envelope import Recorded
from shared.eventstore import Append
from shared.projection import INLINE_SCHEMA, Projection
from shared.provisioning import Databases
from shared.service import Service
from tests import world
from tests.metrics.spring import spring
from tests.metrics.story import Story
from tests.metrics.telling import CAUSE
from tests.world import World


@pytest.fixture
async def heard(databases: Databases, tmp_path: Path) -> AsyncIterator[World]:
    """Metrics, which has heard nothing yet, and three services that say what they are told to."""
    tellers = [teller(name, tmp_path) for name in ("enrollment", "matching", "sessions")]
    async with world.running([*tellers, METRICS], databases, tmp_path) as here:
        yield here


@pytest.fixture
async def orchard(heard: World) -> World:
    """Metrics after a spring of the program."""
    await tell(heard, spring())
    return heard


def teller(name: str, folder: Path) -> Service:
    tables = folder / "nothing.sql"
    tables.write_text("SELECT;")
    own = Projection(
        name=name, sources=frozenset({name}), schema=INLINE_SCHEMA, tables=tables, functions=()
    )
    return Service(name=name, title=name, description="Tells.", routers=(), own=own)


async def tell(here: World, story: Story, after: int = 0) -> None:
    """Let services say what the story has them say, from its event number `after` on."""
    await say(here, story, after)
    await here.settle()


async def say(here: World, story: Story, after: int = 0) -> None:
    """The same, without waiting for what is heard of it."""
    for service, appends in appends_of(story.told[after:]).items():
        store = here.apps[service].state.ports.store
        async with store.transaction(CAUSE) as transaction:
            await transaction.append(appends)


def appends_of(told: Sequence[Recorded]) -> dict[str, list[Append]]:
    streams: dict[tuple[str, str], list[Recorded]] = {}
    for recorded in told:
        streams.setdefault((recorded.service, recorded.stream), []).append(recorded)
    appends: dict[str, list[Append]] = {}
    for (service, stream), events in streams.items():
        append = Append(
            stream=stream,
            expected_version=events[0].version - 1,
            events=[recorded.event for recorded in events],
        )
        appends.setdefault(service, []).append(append)
    return appends

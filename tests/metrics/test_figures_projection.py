from contextlib import AsyncExitStack

import asyncpg
import pytest

from services.metrics.projections import FIGURES
from shared.bus.feed import Feed
from shared.events.enrollment import PersonErased
from shared.projection_testing import rows_however_delivered
from shared.provisioning import connected
from shared.rebuild import HeldLeases, Rebuild
from tests.fresh_databases import FreshDatabase
from tests.metrics.spring import LEGAL, SALES, spring
from tests.metrics.telling import person
from tests.world import World

pytestmark = pytest.mark.integration


async def test_rows_are_the_same_however_events_come(database: FreshDatabase) -> None:
    story = spring().erases(SALES[0])
    async with connected(database.dsn("owner")) as connection:
        rows = await rows_however_delivered(
            connection, FIGURES.tables.read_text(), FIGURES.functions, story.told
        )
    assert len(rows["enrollments"]) == 80
    assert len(rows["pairings"]) == 38
    assert len(rows["sessions"]) == 30
    waiting = {row["person_id"] for row in rows["roster"] if row["waiting_since"]}
    assert waiting == {person(SALES[18]), person(LEGAL[2])}
    assert len(rows["seats"]) == 2 * 38


async def test_nothing_of_an_erased_person_remains_but_their_pseudonym(
    database: FreshDatabase,
) -> None:
    story = spring().erases(SALES[0])
    assert isinstance(story.told[-1].event, PersonErased)
    async with connected(database.dsn("owner")) as connection:
        rows = await rows_however_delivered(
            connection, FIGURES.tables.read_text(), FIGURES.functions, story.told
        )
    (erased,) = (row for row in rows["people"] if row["person_id"] == person(SALES[0]))
    assert (erased["function"], erased["level"], erased["site"]) == (None, None, None)


async def test_a_rebuild_equals_the_live_tables_row_for_row(orchard: World) -> None:
    metrics = orchard.databases.dsn("metrics", "owner")
    async with asyncpg.create_pool(metrics, min_size=1, max_size=6) as owner, AsyncExitStack() as s:
        pools = {}
        for source in sorted(FIGURES.sources):
            dsn = orchard.databases.readers()[source]
            pools[source] = await s.enter_async_context(asyncpg.create_pool(dsn, min_size=1))
        report = await Rebuild(owner, FIGURES, Feed(pools)).run(HeldLeases(FIGURES))
    assert report.switched
    assert not report.differences
    assert report.events == len(spring().told)

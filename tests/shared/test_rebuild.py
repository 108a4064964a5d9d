"""Read tables made anew equal the live ones, row for row, while both go on living."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from pathlib import Path

import asyncpg
import pytest

from shared import parking
from shared.bus import Bus
from shared.bus.memory import MemoryBus
from shared.eventstore.postgres import PostgresEventStore
from shared.frozen import frozen
from shared.projection import Projection, create_tables
from shared.projection_testing import Rows, rows_of
from shared.rebuild import (
    HeldLeases,
    HeldLog,
    HistoryMissing,
    Rebuild,
    RebuildReport,
    RebuildStopped,
    drop_before,
    switching,
)
from tests.consuming import Telling, following, projecting, running, telling
from tests.fresh_databases import FreshDatabase
from tests.patience import PATIENCE_SECONDS
from tests.progress import (
    POISON,
    SOURCE,
    TABLES,
    Progress,
    achieved,
    agreed,
    dropped,
    long_story,
    projection,
)

pytestmark = pytest.mark.integration


@frozen
class Workshop:
    """Live tables of a consumer, and the means to make them anew."""

    service: Telling
    bus: Bus
    progress: Progress
    projection: Projection

    async def hear(self) -> None:
        async with running(projecting(self.service, self.bus, self.projection)):
            await self.service.caught_up("progress")

    async def rows(self, schema: str = "progress") -> Rows:
        async with self.service.owner.acquire() as connection:
            return await rows_of(connection, schema)

    async def rebuild(self, *, switch: bool = True) -> RebuildReport:
        rebuild = Rebuild(self.service.owner, self.projection, self.bus)
        return await rebuild.run(HeldLeases(self.projection), switch=switch)

    async def schemas(self) -> Sequence[str]:
        rows = await self.service.owner.fetch(
            "SELECT nspname FROM pg_namespace WHERE nspname ~ '^(progress|read)' ORDER BY 1"
        )
        return [row["nspname"] for row in rows]


@pytest.fixture
async def workshop(
    database: FreshDatabase, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Workshop]:
    monkeypatch.setattr(switching, "LOCK_SECONDS", PATIENCE_SECONDS)
    progress = Progress()
    tables = projection(progress, tmp_path)
    async with telling(database, tables) as service, following(service.pool) as feed:
        yield Workshop(service=service, bus=feed, progress=progress, projection=tables)


async def test_a_rebuild_equals_the_live_tables_row_for_row(workshop: Workshop) -> None:
    story = list(long_story(30, 6))
    await workshop.service.tell(story)
    await workshop.hear()
    before = await workshop.rows()
    report = await workshop.rebuild()
    assert list(report.differences) == []
    assert (report.switched, report.events) == (True, len(story))
    assert await workshop.rows() == before
    assert await workshop.schemas() == ["progress", "progress_before"]


async def test_the_switched_tables_go_on_where_the_live_ones_were(workshop: Workshop) -> None:
    await workshop.service.tell([("ana", agreed("ana")), ("ana", achieved("ana", 1))])
    await workshop.hear()
    await workshop.service.tell([("ana", achieved("ana", 2))])  # not heard yet: not in the rebuild
    report = await workshop.rebuild()
    assert report.events == 2
    await workshop.hear()
    assert [row["reached"] for row in (await workshop.rows())["progress"]] == [3]


async def test_a_rebuild_under_load_loses_nothing(workshop: Workshop) -> None:
    story = list(long_story(20, 20))
    await workshop.service.tell(story[:20])

    async def talk() -> None:
        for start in range(20, len(story), 20):
            await workshop.service.tell(story[start : start + 20])
            await asyncio.sleep(0.01)

    async with running(projecting(workshop.service, workshop.bus, workshop.projection)):
        talking = asyncio.ensure_future(talk())
        for _ in range(3):
            assert list((await workshop.rebuild()).differences) == []
        await talking
        await workshop.service.caught_up("progress")
    assert list((await workshop.rebuild()).differences) == []
    assert [row["reached"] for row in (await workshop.rows())["progress"]] == [210] * 20


async def test_a_difference_is_named_and_comparing_alone_changes_nothing(
    workshop: Workshop,
) -> None:
    await workshop.service.tell(list(long_story(4, 3)))
    await workshop.hear()
    await workshop.service.owner.execute(
        "UPDATE progress.progress SET reached = 99 WHERE dropped IS NULL"
    )
    before = await workshop.rows()
    (difference,) = (await workshop.rebuild(switch=False)).differences
    assert (difference.table, difference.difference) == ("progress", "rows")
    assert (difference.live_rows, difference.rebuilt_rows) == (2, 2)
    assert len(difference.examples) == 2
    assert await workshop.rows() == before
    assert await workshop.schemas() == ["progress"]


async def test_a_changed_tables_file_is_switched_in(workshop: Workshop, tmp_path: Path) -> None:
    await workshop.service.tell(list(long_story(4, 3)))
    await workshop.hear()
    changed = TABLES.replace("dropped text,", "dropped text, remark text DEFAULT 'none',")
    (tmp_path / "tables.sql").write_text(changed)
    (difference,) = (await workshop.rebuild()).differences
    assert (difference.table, difference.difference) == ("progress", "columns")
    assert {row["remark"] for row in (await workshop.rows())["progress"]} == {"none"}
    async with workshop.service.owner.acquire() as connection:
        assert await create_tables(connection, "progress", changed)


async def test_a_rebuild_stops_at_the_first_event_it_cannot_apply(workshop: Workshop) -> None:
    await workshop.service.tell([("ana", agreed("ana")), ("ana", dropped("ana", POISON))])
    await workshop.hear()
    before = await workshop.rows()
    with pytest.raises(RebuildStopped, match=r"GoalDropped, roadmap-.* version 2: poison"):
        await workshop.rebuild()
    assert await workshop.rows() == before
    assert await workshop.schemas() == ["progress"]


async def test_what_was_parked_is_in_the_tables_that_a_cured_projection_rebuilds(
    workshop: Workshop,
) -> None:
    await workshop.service.tell([("ana", agreed("ana")), ("ana", dropped("ana", POISON))])
    await workshop.service.tell([("ana", achieved("ana", 5))])
    await workshop.hear()
    workshop.progress.cured = True
    assert len((await workshop.rebuild()).differences) == 2
    assert [row["reached"] for row in (await workshop.rows())["progress"]] == [5]
    assert await parking.parked_counts(workshop.service.pool) == []
    version = await workshop.service.pool.fetchval("SELECT version FROM log.applied")
    assert version == 3


async def test_history_that_the_bus_has_lost_is_missed(workshop: Workshop) -> None:
    await workshop.service.tell([("ana", agreed("ana"))])
    await workshop.hear()
    rebuild = Rebuild(
        workshop.service.owner, workshop.projection, MemoryBus(), silence_seconds_max=0.2
    )
    with pytest.raises(HistoryMissing):
        await rebuild.run(HeldLeases(workshop.projection))
    assert await workshop.schemas() == ["progress"]


async def test_the_tables_of_before_stay_until_they_are_dropped(workshop: Workshop) -> None:
    await workshop.service.tell([("ana", agreed("ana"))])
    await workshop.hear()
    await workshop.rebuild()
    await workshop.rebuild()
    assert await workshop.schemas() == ["progress", "progress_before"]
    await drop_before(workshop.service.owner, workshop.projection)
    assert await workshop.schemas() == ["progress"]


async def test_a_service_rebuilds_its_own_tables_while_it_appends(
    workshop: Workshop, database: FreshDatabase
) -> None:
    own = replace(workshop.projection, name="own", schema="read")
    service = workshop.service
    async with service.owner.acquire() as connection:
        await create_tables(connection, "read", TABLES)
    async with asyncpg.create_pool(database.dsn("app"), min_size=0, max_size=5) as app:
        service.store = PostgresEventStore(app, SOURCE, own.functions)
        story = list(long_story(20, 10))
        await service.tell(story[:20])

        async def talk() -> None:
            for start in range(20, len(story), 10):
                await service.tell(story[start : start + 10])

        talking = asyncio.ensure_future(talk())
        for _ in range(3):
            live = HeldLog(SOURCE, service.pool)
            report = await Rebuild(service.owner, own, workshop.bus).run(live)
            assert list(report.differences) == []
        await talking
        await service.store.close()
    assert [row["reached"] for row in (await workshop.rows("read"))["progress"]] == [55] * 20

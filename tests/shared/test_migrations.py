"""A database is brought up to date file by file, once each, whoever starts first."""

import asyncio
from pathlib import Path

import asyncpg
import pytest

from shared.migrations import SCHEMA, MigrationChanged, migrate
from tests.fresh_databases import FreshDatabase

pytestmark = pytest.mark.integration


def folder_of(tmp_path: Path, **files: str) -> Path:
    for name, text in files.items():
        (tmp_path / f"{name[1:]}.sql").write_text(text)
    return tmp_path


async def test_what_is_applied_is_not_applied_again(database: FreshDatabase) -> None:
    owner = await asyncpg.connect(database.dsn("owner"))
    assert await migrate(owner) == []
    await owner.close()


async def test_files_are_applied_in_the_order_of_their_numbers(
    database: FreshDatabase, tmp_path: Path
) -> None:
    folder = folder_of(
        tmp_path,
        _9002_second="ALTER TABLE public.shelves ADD COLUMN books integer",
        _9001_first="CREATE TABLE public.shelves (place integer)",
    )
    owner = await asyncpg.connect(database.dsn("owner"))
    assert await migrate(owner, folder) == ["9001_first.sql", "9002_second.sql"]
    assert await owner.fetch("SELECT place, books FROM public.shelves") == []
    await owner.close()


async def test_a_file_that_fails_leaves_nothing_half_done(
    database: FreshDatabase, tmp_path: Path
) -> None:
    broken = "CREATE TABLE public.shelves (place integer); SELECT 1 / 0"
    owner = await asyncpg.connect(database.dsn("owner"))
    with pytest.raises(asyncpg.DivisionByZeroError):
        await migrate(owner, folder_of(tmp_path, _9001_first=broken))
    mended = folder_of(tmp_path, _9001_first="CREATE TABLE public.shelves (place integer)")
    assert await migrate(owner, mended) == ["9001_first.sql"]
    await owner.close()


async def test_a_file_that_changed_after_it_was_applied_is_refused(
    database: FreshDatabase, tmp_path: Path
) -> None:
    owner = await asyncpg.connect(database.dsn("owner"))
    await migrate(owner, folder_of(tmp_path, _9001_first="SELECT 1"))
    with pytest.raises(MigrationChanged):
        await migrate(owner, folder_of(tmp_path, _9001_first="SELECT 2"))
    await owner.close()


async def test_processes_that_start_together_apply_each_file_once(
    database: FreshDatabase, tmp_path: Path
) -> None:
    folder = folder_of(tmp_path, _9001_first="CREATE TABLE public.shelves (place integer)")
    owners = [await asyncpg.connect(database.dsn("owner")) for _ in range(4)]
    applied = await asyncio.gather(*(migrate(owner, folder) for owner in owners))
    assert sorted(applied, key=len) == [[], [], [], ["9001_first.sql"]]
    for owner in owners:
        await owner.close()


async def test_a_reader_who_waits_for_us_as_we_wait_for_them_stops_nobody(
    database: FreshDatabase, tmp_path: Path
) -> None:
    shelves = (
        "CREATE TABLE public.shelves (place integer); CREATE TABLE public.books (place integer)"
    )
    owner, reader = [await asyncpg.connect(database.dsn("owner")) for _ in range(2)]
    await migrate(owner, folder_of(tmp_path, _9001_first=shelves))
    both = "ALTER TABLE public.shelves ADD a integer; ALTER TABLE public.books ADD a integer"
    reading = reader.transaction()
    await reading.start()
    await reader.execute("SELECT FROM public.books")
    migrating = asyncio.create_task(migrate(owner, folder_of(tmp_path, _9002_second=both)))
    watcher = await asyncpg.connect(database.dsn("owner"))
    while not await watcher.fetchval("SELECT count(*) FROM pg_locks WHERE NOT granted"):  # noqa: ASYNC110  # no event tells
        await asyncio.sleep(0.01)
    await reader.execute("SELECT FROM public.shelves")  # Postgres ends whoever waited longer
    await reading.commit()
    assert await migrating == ["9002_second.sql"]
    for connection in (owner, reader, watcher):
        await connection.close()


def test_numbers_of_files_are_given_once() -> None:
    numbers = [path.name.split("_")[0] for path in SCHEMA.glob("*.sql")]
    assert len(set(numbers)) == len(numbers)

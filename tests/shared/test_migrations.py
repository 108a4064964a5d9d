"""A database is brought up to date file by file, once each, whoever starts first."""

import asyncio
import os
import socket
import sys
from pathlib import Path

import asyncpg
import pytest

from shared.ids import new_id
from shared.migrations import SCHEMA, MigrationChanged, migrate
from shared.provisioning import DatabaseAway, Databases, answering, connected
from shared.runtime import service_named
from shared.runtime.prepare import NewerDatabase, NotPrepared, assert_prepared, prepare
from tests.consuming import eventually
from tests.fresh_databases import FreshDatabase, TestServer

pytestmark = pytest.mark.integration

MAKE = """
import asyncio, sys
from shared.provisioning import Databases, create, migrate
databases = Databases(server=sys.argv[1], prefix=sys.argv[2])
asyncio.run(create(databases, ["matching"]))
for name in asyncio.run(migrate(databases, ["matching"])):
    print(name)
"""


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


async def test_ten_processes_make_one_database_and_migrate_it_once(postgres: TestServer) -> None:
    prefix = f"test_{os.getpid()}_{new_id().hex}"
    words = [sys.executable, "-c", MAKE, postgres.server, prefix]
    processes = [
        await asyncio.create_subprocess_exec(*words, stdout=asyncio.subprocess.PIPE)
        for _ in range(10)
    ]
    told = [(await process.communicate())[0].decode() for process in processes]
    name = Databases(server=postgres.server, prefix=prefix).name("matching")
    async with connected(postgres.server) as administrator:
        await administrator.execute(f"DROP DATABASE {name} WITH (FORCE)")
    applied = [line for text in told for line in text.splitlines()]
    assert [process.returncode for process in processes] == [0] * 10
    assert sorted(applied) == sorted(f"matching {path.name}" for path in SCHEMA.glob("*.sql"))


async def test_a_service_refuses_a_database_that_is_older_or_newer_than_its_code(
    databases: Databases,
) -> None:
    service = service_named("matching")
    with pytest.raises(NotPrepared, match="read tables of matching"):
        await assert_prepared(service, databases)
    await prepare(service, databases)
    await assert_prepared(service, databases)
    async with connected(databases.dsn("matching", "owner")) as owner:
        await owner.execute("INSERT INTO migrations VALUES ('9001_of_tomorrow.sql', 'digest')")
        for start in (prepare, assert_prepared):
            with pytest.raises(NewerDatabase, match=r"9001_of_tomorrow\.sql"):
                await start(service, databases)
        await owner.execute("DELETE FROM migrations WHERE name ~ '^9001'")
        await owner.execute("DELETE FROM migrations WHERE name ~ '^0001'")
        with pytest.raises(NotPrepared, match=r"0001_log\.sql"):
            await assert_prepared(service, databases)
        await owner.execute("INSERT INTO migrations VALUES ('0001_log.sql', 'digest')")
        with pytest.raises(NotPrepared, match="reads differently"):
            await assert_prepared(service, databases)


async def test_a_server_that_starts_late_is_waited_for(postgres: TestServer) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))  # and listens to nobody
        away = Databases(server=f"postgresql://postgres@127.0.0.1:{probe.getsockname()[1]}")
        with pytest.raises(DatabaseAway):
            await answering(away, ["matching"], seconds=0.3, as_administrator=True)
    here = Databases(server=postgres.server)
    await answering(here, ["matching"], seconds=0, as_administrator=True)


async def test_a_reader_who_waits_for_us_as_we_wait_for_them_stops_nobody(
    database: FreshDatabase, tmp_path: Path
) -> None:
    shelves = (
        "CREATE TABLE public.shelves (place integer); CREATE TABLE public.books (place integer)"
    )
    both = (
        "ALTER TABLE public.shelves ADD a integer; SELECT pg_advisory_xact_lock(7);"
        " ALTER TABLE public.books ADD a integer"
    )
    owner, watcher = [await asyncpg.connect(database.dsn("owner")) for _ in range(2)]
    reader = await asyncpg.connect(database.server, database=database.name)
    # Of two who wait in a circle Postgres ends who looks first after it has closed.
    await reader.execute("SET deadlock_timeout = '1h'")

    async def somebody_waits(kind: str) -> None:
        waiting = (
            "SELECT count(*) FROM pg_locks WHERE NOT granted AND locktype = $1"
            " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
        )
        await eventually(lambda: watcher.fetchval(waiting, kind))

    await migrate(owner, folder_of(tmp_path, _9001_first=shelves))
    await watcher.execute("SELECT pg_advisory_lock(7)")
    async with reader.transaction():
        await reader.execute("SELECT FROM public.books")
        migrating = asyncio.create_task(migrate(owner, folder_of(tmp_path, _9002_second=both)))
        await somebody_waits("advisory")  # the migration, which holds the shelves
        reading = asyncio.create_task(reader.execute("SELECT FROM public.shelves"))
        await somebody_waits("relation")
        await watcher.execute("SELECT pg_advisory_unlock(7)")
        await reading
    assert await migrating == ["9002_second.sql"]
    for connection in (owner, reader, watcher):
        await connection.close()


def test_numbers_of_files_are_given_once() -> None:
    numbers = [path.name.split("_")[0] for path in SCHEMA.glob("*.sql")]
    assert len(set(numbers)) == len(numbers)

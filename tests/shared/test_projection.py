"""Effects become rows: folded in memory or one by one, the rows are the same."""

from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some

from shared.projection import (
    Add,
    Change,
    Effect,
    Put,
    ReadTables,
    Remove,
    UnknownColumn,
    apply,
    create_tables,
)
from shared.projection_testing import rows_however_delivered, rows_of
from tests.fresh_databases import FreshDatabase, TestServer
from tests.progress import HARBOUR, ORCHARD, TABLES, Log, Progress, long_story

pytestmark = pytest.mark.integration

SHELVES = """
CREATE TABLE shelves (
    tenant text NOT NULL, place integer NOT NULL, row integer NOT NULL,
    books bigint DEFAULT 7, label text DEFAULT 'none', PRIMARY KEY (tenant, place, row)
);
CREATE TABLE seats (tenant text NOT NULL, id uuid NOT NULL, taken integer NOT NULL DEFAULT 0,
    label text, PRIMARY KEY (tenant, id));
CREATE TABLE marks (tenant text NOT NULL, mark text NOT NULL, PRIMARY KEY (tenant, mark));
"""


@asynccontextmanager
async def connected(database: FreshDatabase, role: str) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(database.dsn(role))
    try:
        yield connection
    finally:
        await connection.close()


async def seen(connection: asyncpg.Connection, tenant: str) -> Sequence[Any]:
    await connection.execute("SELECT set_config('app.tenant', $1, false)", tenant)
    rows: Sequence[Any] = await connection.fetch("SELECT * FROM read.shelves")
    return rows


def keys(*, whole: bool) -> some.SearchStrategy[dict[str, int]]:
    place = {"place": some.integers(0, 2)}
    return some.fixed_dictionaries(place | ({"row": some.integers(0, 1)} if whole else {}))


columns = some.fixed_dictionaries(
    {}, optional={"books": some.none() | some.integers(0, 9), "label": some.sampled_from("xyz")}
)
key = keys(whole=True) | keys(whole=False)
effects = some.lists(
    some.builds(
        lambda key, values: Put(table="shelves", row={**key, **values}), keys(whole=True), columns
    )
    | some.builds(
        lambda key, values: Change(table="shelves", key=key, values=values),
        key,
        columns.filter(bool),
    )
    | some.builds(
        lambda key, amount: Add(table="shelves", key=key, amounts={"books": amount}),
        key,
        some.integers(-3, 3),
    )
    | some.builds(lambda key: Remove(table="shelves", key=key), key),
    max_size=12,
)


async def test_a_batch_leads_to_the_same_rows_as_its_effects_one_by_one(
    postgres: TestServer,
) -> None:
    async with postgres.fresh() as database, connected(database, "owner") as connection:
        await create_tables(connection, "together", SHELVES)
        await create_tables(connection, "apart", SHELVES)

        async def compare(batch: Sequence[Effect]) -> None:
            await connection.execute("TRUNCATE together.shelves, apart.shelves")
            await ReadTables("together", ()).apply(connection, ORCHARD, batch)
            one_by_one = ReadTables("apart", ())
            for effect in batch:
                await one_by_one.apply(connection, ORCHARD, [effect])
            assert await rows_of(connection, "together") == await rows_of(connection, "apart")

        examples: list[Sequence[Effect]] = []

        @settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
        @given(effects)
        def collect(batch: Sequence[Effect]) -> None:
            examples.append(batch)

        collect()
        for batch in examples:
            await compare(batch)


async def test_the_same_events_make_the_same_rows_however_they_come(
    database: FreshDatabase,
) -> None:
    log, progress = Log(), Progress()
    events = [log.record(name, event) for name, event in long_story(7, 4)]
    async with connected(database, "owner") as connection:
        rows = await rows_however_delivered(
            connection, TABLES, (progress.progress, progress.achievements), events
        )
    assert [row["reached"] for row in rows["progress"]] == [10] * 7
    assert {row["dropped"] for row in rows["progress"]} == {None, "moved on"}


async def test_put_replaces_a_row_as_a_whole(database: FreshDatabase) -> None:
    async with connected(database, "owner") as connection:
        await create_tables(connection, "read", SHELVES)
        where = {"place": 1, "row": 1}
        await apply(connection, "read", ORCHARD, [Put(table="shelves", row={**where, "books": 1})])
        await apply(
            connection, "read", ORCHARD, [Put(table="shelves", row={**where, "label": "a"})]
        )
        row = await connection.fetchrow("SELECT books, label FROM read.shelves")
    assert tuple(row) == (7, "a")


async def test_an_id_that_was_read_and_the_same_that_was_told_are_one_row(
    database: FreshDatabase,
) -> None:
    told = uuid4()
    async with connected(database, "owner") as connection:
        await create_tables(connection, "read", SHELVES)
        await apply(connection, "read", ORCHARD, [Put(table="seats", row={"id": told})])
        read = await connection.fetchval("SELECT id FROM read.seats")
        assert type(read) is not UUID, "it is of the driver's kind"
        changes: list[Effect] = [
            Add(table="seats", key={"id": told}, amounts={"taken": 3}),
            Change(table="seats", key={"id": read}, values={"label": "a"}),
            Add(table="seats", key={"id": read}, amounts={"taken": -1}),
        ]
        await apply(connection, "read", ORCHARD, changes)
        row = await connection.fetchrow("SELECT taken, label FROM read.seats")
    assert tuple(row) == (2, "a")


async def test_a_row_that_is_all_key_may_be_put_twice(database: FreshDatabase) -> None:
    async with connected(database, "owner") as connection:
        await create_tables(connection, "read", SHELVES)
        for _ in range(2):
            await apply(connection, "read", ORCHARD, [Put(table="marks", row={"mark": "seen"})])
        assert await connection.fetchval("SELECT count(*) FROM read.marks") == 1


@pytest.mark.parametrize(
    "effect",
    [
        Put(table="attic", row={"place": 1, "row": 1}),
        Put(table="shelves", row={"place": 1}),
        Put(table="shelves", row={"place": 1, "row": 1, "colour": "red"}),
        Change(table="shelves", key={"colour": "red"}, values={"books": 1}),
    ],
)
async def test_an_effect_that_does_not_fit_the_tables_is_named(
    database: FreshDatabase, effect: Effect
) -> None:
    async with connected(database, "owner") as connection:
        await create_tables(connection, "read", SHELVES)
        with pytest.raises(UnknownColumn):
            await apply(connection, "read", ORCHARD, [effect])


async def test_a_tenant_sees_and_writes_its_own_rows_only(database: FreshDatabase) -> None:
    put: Iterable[Effect] = [Put(table="shelves", row={"place": 1, "row": 1})]
    async with connected(database, "owner") as owner, connected(database, "app") as app:
        await create_tables(owner, "read", SHELVES)
        assert await seen(app, "") == []
        await app.execute("SELECT set_config('app.tenant', $1, false)", ORCHARD)
        await apply(app, "read", ORCHARD, put)
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await apply(app, "read", HARBOUR, put)
        assert len(await seen(app, ORCHARD)) == 1
        assert await seen(app, HARBOUR) == []


async def test_a_worker_writes_for_every_tenant(database: FreshDatabase) -> None:
    put = [Put(table="shelves", row={"place": 1, "row": 1})]
    async with connected(database, "owner") as owner, connected(database, "worker") as worker:
        await create_tables(owner, "pool", SHELVES)
        for tenant in (ORCHARD, HARBOUR):
            await apply(worker, "pool", tenant, put)
        assert await worker.fetchval("SELECT count(*) FROM pool.shelves") == 2


async def test_tables_of_others_events_are_read_only_to_requests(database: FreshDatabase) -> None:
    async with connected(database, "owner") as owner, connected(database, "app") as app:
        await create_tables(owner, "pool", SHELVES)
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await apply(app, "pool", ORCHARD, [Put(table="marks", row={"mark": "mine"})])


async def test_a_schema_made_from_another_tables_file_asks_for_a_rebuild(
    database: FreshDatabase,
) -> None:
    async with connected(database, "owner") as owner:
        assert await create_tables(owner, "pool", SHELVES)
        assert await create_tables(owner, "pool", SHELVES)
        assert not await create_tables(owner, "pool", TABLES)


async def test_a_table_without_its_tenant_is_refused(database: FreshDatabase) -> None:
    async with connected(database, "owner") as owner:
        with pytest.raises(ValueError, match="tenant"):
            await create_tables(owner, "pool", "CREATE TABLE loose (id integer PRIMARY KEY)")
        assert not await owner.fetchval("SELECT to_regnamespace('pool') IS NOT NULL")

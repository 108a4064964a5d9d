"""Appends that are committed together: each stands or falls by itself."""

import asyncio

import pytest

from shared.errors import Conflict
from shared.eventstore import Append
from shared.eventstore.postgres import PostgresEventStore
from shared.ids import TenantId
from tests.fresh_databases import FreshDatabase
from tests.patience import stopwatch
from tests.shared.reading_circle import ANSWER, HARBOUR, ORCHARD, achieved, cause, key, stream
from tests.shared.stores import store_on

pytestmark = pytest.mark.integration

WRITERS = 60
DETECTION_SECONDS = 1.0  # when Postgres looks for a deadlock


async def append(
    store: PostgresEventStore, name: object, expected: int, tenant: TenantId = ORCHARD
) -> bool:
    async with store.transaction(cause(tenant)) as transaction:
        await transaction.append(
            [Append(stream=stream(name), expected_version=expected, events=[achieved(name)])]
        )
        await transaction.keep_answer(key(f"{name} {expected}", tenant=tenant), ANSWER)
    return True


async def version(store: PostgresEventStore, name: object, tenant: TenantId = ORCHARD) -> int:
    async with store.transaction(cause(tenant)) as transaction:
        return (await transaction.read([stream(name)]))[stream(name)].version


async def commits(store: PostgresEventStore) -> int:
    """How many transactions wrote what is in the log."""
    async with store.transaction(cause()) as transaction:
        found = await transaction.db().fetchval("SELECT count(DISTINCT xid) FROM log.events")
        return int(found)


async def test_many_who_append_at_once_share_few_commits(database: FreshDatabase) -> None:
    async with store_on(database, connections_max=4) as store:
        assert all(await asyncio.gather(*(append(store, name, 0) for name in range(WRITERS))))
        assert await commits(store) < WRITERS / 4
        assert [await version(store, name) for name in range(WRITERS)] == [1] * WRITERS


async def test_one_who_comes_too_late_does_not_hold_up_the_others(
    database: FreshDatabase,
) -> None:
    async with store_on(database) as store:
        await append(store, "taken", 0)
        wanted: list[tuple[object, int]] = [(name, 0) for name in range(WRITERS)]
        wanted[20:20] = [("taken", 0), ("missing", 3)]
        found = await asyncio.gather(
            *(append(store, *each) for each in wanted), return_exceptions=True
        )
        lost = {name for (name, _), each in zip(wanted, found, strict=True) if each is not True}
        assert lost == {"taken", "missing"}
        assert all(each is True or isinstance(each, Conflict) for each in found)
        assert [await version(store, name) for name in range(WRITERS)] == [1] * WRITERS


async def test_who_waits_for_a_stranger_waits_alone(database: FreshDatabase) -> None:
    async with store_on(database) as store, store_on(database) as strangers:
        async with strangers.transaction(cause()) as slow:
            await slow.append(
                [Append(stream=stream("held"), expected_version=0, events=[achieved("held")])]
            )
            await slow.db().execute("SELECT 1")  # in the log, and not committed
            seconds = stopwatch()
            waiting = [asyncio.create_task(append(store, "held", 0)) for _ in range(3)]
            for at in range(3):
                await asyncio.gather(*(append(store, name, at) for name in range(WRITERS)))
            assert seconds() < DETECTION_SECONDS
            assert not any(task.done() for task in waiting)
        lost = await asyncio.gather(*waiting, return_exceptions=True)
        assert [type(each) for each in lost] == [Conflict] * 3


async def test_tenants_who_append_at_once_write_their_own_only(database: FreshDatabase) -> None:
    async with store_on(database) as store:
        await asyncio.gather(
            *(
                append(store, f"{tenant} {name}", 0, tenant)
                for name in range(WRITERS)
                for tenant in (ORCHARD, HARBOUR)
            )
        )
        for tenant, other in ((ORCHARD, HARBOUR), (HARBOUR, ORCHARD)):
            for name in range(WRITERS):
                assert await version(store, f"{tenant} {name}", tenant) == 1
                assert await version(store, f"{other} {name}", tenant) == 0

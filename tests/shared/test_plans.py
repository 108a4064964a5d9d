"""What is cheap on an empty log stays cheap on a long one, whenever its plan was made."""

from collections.abc import Sequence

import pytest

from shared.eventstore import Append
from shared.eventstore.postgres import PostgresEventStore
from shared.provisioning import connected
from tests.fresh_databases import FreshDatabase
from tests.shared.reading_circle import achieved, cause, stream
from tests.shared.stores import store_on

pytestmark = pytest.mark.integration

TIMES = 10  # after five, Postgres keeps a plan
EVENTS = 2_000
ROWS_TOUCHED = (
    "SELECT seq_tup_read + coalesce(idx_tup_fetch, 0) FROM pg_stat_user_tables"
    " WHERE relid = 'log.events'::regclass"
)


async def go_on(store: PostgresEventStore, name: str, version: int) -> None:
    async with store.transaction(cause()) as transaction:
        assert (await transaction.read([stream(name)]))[stream(name)].version == version
        await transaction.append(
            [Append(stream=stream(name), expected_version=version, events=[achieved(name)])]
        )


async def grow(store: PostgresEventStore, names: Sequence[int]) -> None:
    async with store.transaction(cause()) as transaction:
        await transaction.append(
            [
                Append(stream=stream(each), expected_version=0, events=[achieved(each)])
                for each in names
            ]
        )


async def touched(store: PostgresEventStore, database: FreshDatabase) -> int:
    async with store.transaction(cause()) as transaction:
        await transaction.db().execute("SELECT pg_stat_force_next_flush()")
    async with connected(database.dsn("owner")) as owner:
        return int(await owner.fetchval(ROWS_TOUCHED))


async def test_a_command_reads_its_own_stream_and_nothing_else(database: FreshDatabase) -> None:
    async with store_on(database, connections_max=1) as store:
        for version in range(TIMES):
            await go_on(store, "ana", version)
        await grow(store, range(EVENTS))
        before = await touched(store, database)
        for version in range(TIMES, 2 * TIMES):
            await go_on(store, "ana", version)
        assert await touched(store, database) - before < EVENTS

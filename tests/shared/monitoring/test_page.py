"""The page of numbers: what is late, held up, or away is seen there, whoever runs the page."""

import re
from collections.abc import AsyncIterator
from datetime import timedelta
from uuid import uuid4

import asyncpg
import pytest

from shared import clock
from shared.eventstore import Append
from shared.eventstore.sequencer import Sequencer
from shared.monitoring import page as page_of_numbers
from shared.monitoring.page import Monitor
from shared.monitoring.sights import COUNTED_MAX, sight_of
from shared.provisioning import connected
from tests.fresh_databases import FreshDatabase
from tests.patience import PATIENCE_SECONDS
from tests.shared.reading_circle import achieved, cause, stream
from tests.shared.stores import store_on

pytestmark = pytest.mark.integration

ROWS_READ = (
    "SELECT seq_tup_read + coalesce(idx_tup_fetch, 0) FROM pg_stat_user_tables"
    " WHERE relid = 'log.events'::regclass"
)


@pytest.fixture
async def worker(database: FreshDatabase) -> AsyncIterator[asyncpg.Pool]:
    async with asyncpg.create_pool(database.dsn("worker"), min_size=1, max_size=4) as pool:
        yield pool


@pytest.fixture
async def owner(database: FreshDatabase) -> AsyncIterator[asyncpg.Connection]:
    async with connected(database.dsn("owner")) as connection:
        yield connection


async def append(database: FreshDatabase, *names: object) -> None:
    async with store_on(database) as store, store.transaction(cause()) as transaction:
        await transaction.append(
            [
                Append(stream=stream(name), expected_version=0, events=[achieved(name)])
                for name in names
            ]
        )


async def number_all(pool: asyncpg.Pool) -> None:
    sequencer = Sequencer(pool)
    await sequencer.run_once()
    await sequencer.close()


def monitor(own: asyncpg.Pool, **others: asyncpg.Pool) -> Monitor:
    return Monitor("matching", own, others, clock.now)


def value(page: bytes, name: str, **labels: str) -> float | None:
    """The value of the sample that has these labels, and perhaps others."""
    for line in page.decode().splitlines():
        sample = re.fullmatch(rf"{name}(?:\{{(.*)\}})? (\S+)", line)
        if sample is not None:
            found = dict(re.findall(r'(\w+)="([^"]*)"', sample[1] or ""))
            if found.items() >= labels.items():
                return float(sample[2])
    return None


async def test_a_quiet_service_has_nothing_that_waits(worker: asyncpg.Pool) -> None:
    page = await monitor(worker).page()
    assert value(page, "fairlead_up_database", service="matching", database="matching") == 1
    for name in ("log_head", "log_unnumbered_events", "timers_due", "parked_oldest_seconds"):
        assert value(page, f"fairlead_{name}", service="matching") == 0


async def test_events_without_numbers_are_counted_until_they_have_some(
    database: FreshDatabase, worker: asyncpg.Pool
) -> None:
    await append(database, "ana", "ben")
    page = await monitor(worker).page()
    assert value(page, "fairlead_log_unnumbered_events") == 2
    assert value(page, "fairlead_log_head") == 0
    await number_all(worker)
    page = await monitor(worker).page()
    assert value(page, "fairlead_log_unnumbered_events") == 0
    assert value(page, "fairlead_log_unnumbered_oldest_seconds") == 0
    assert value(page, "fairlead_log_head") == 2
    assert value(page, "fairlead_sequencer_age_seconds", service="matching") is not None


async def test_a_backlog_is_counted_while_it_is_numbered_page_by_page(
    database: FreshDatabase, worker: asyncpg.Pool
) -> None:
    await append(database, *range(10))
    sequencer = Sequencer(worker, page_events=4)
    await sequencer.number_page()
    assert value(await monitor(worker).page(), "fairlead_log_unnumbered_events") == 6
    await sequencer.close()


async def test_looking_at_a_long_log_does_not_read_it(
    database: FreshDatabase, worker: asyncpg.Pool, owner: asyncpg.Connection
) -> None:
    await append(database, *range(2_000))
    await number_all(worker)
    await append(database, "ana")

    async def read() -> int:
        async with worker.acquire() as connection:
            await connection.execute("SELECT pg_stat_force_next_flush()")
        return int(await owner.fetchval(ROWS_READ))

    async def read_by_looking() -> int:
        before = await read()
        for _ in range(10):
            assert (await sight_of(worker, clock.now())).unnumbered.events == 1
        return await read() - before

    # What others have read may be told late, and is then counted among what was read here.
    assert min([await read_by_looking() for _ in range(3)]) < 200


async def test_counting_stops_where_it_is_clear_that_something_is_wrong(
    owner: asyncpg.Connection, worker: asyncpg.Pool
) -> None:
    await owner.execute("ALTER TABLE log.events NO FORCE ROW LEVEL SECURITY")
    await owner.execute(
        "INSERT INTO log.events (tenant, stream, version, event_id, type, slot, record)"
        " SELECT 'orchard', 'goal-' || n, 1, gen_random_uuid(), 'GoalAchieved', 0, ''"
        " FROM generate_series(1, $1::int) AS n",
        COUNTED_MAX + 100,
    )
    assert (await sight_of(worker, clock.now())).unnumbered.events == COUNTED_MAX


async def test_a_consumer_is_behind_by_what_it_has_not_handled(
    database: FreshDatabase, worker: asyncpg.Pool, owner: asyncpg.Connection
) -> None:
    await append(database, "ana", "ben", "cleo")
    await number_all(worker)
    for consumer in ("directory", "relay"):
        await owner.execute(
            "INSERT INTO log.leases (consumer, source, slot, epoch)"
            " SELECT $1, 'matching', slot, 2 FROM generate_series(0, 63) AS slot",
            consumer,
        )
    page = await monitor(worker).page()
    directory = {"consumer": "directory", "source": "matching"}
    assert value(page, "fairlead_consumer_lag_events", **directory) == 3
    assert 0 < (value(page, "fairlead_consumer_lag_seconds", **directory) or 0) < 60
    assert value(page, "fairlead_lease_epochs_total", **directory) == 128
    assert value(page, "fairlead_relay_lag_events", service="matching") == 3
    assert value(page, "fairlead_consumer_lag_events", consumer="relay") is None
    slots = re.findall(r"fairlead_consumer_slot_lag_events\{", page.decode())
    assert 1 <= len(slots) <= 3


async def test_what_is_parked_and_what_is_late_is_told(
    worker: asyncpg.Pool, owner: asyncpg.Connection
) -> None:
    await owner.execute("CREATE SCHEMA read; GRANT USAGE ON SCHEMA read TO fairlead_worker")
    await owner.execute(
        "CREATE TABLE read.deadlines (tenant text, deadline_id uuid, due_at timestamptz);"
        " GRANT SELECT ON read.deadlines TO fairlead_worker"
    )
    await owner.execute(
        "INSERT INTO read.deadlines VALUES ('orchard', $1, $2)",
        uuid4(),
        clock.now() - timedelta(minutes=5),
    )
    async with worker.acquire() as connection:
        await connection.execute(
            "INSERT INTO log.parked (tenant, consumer, source, slot, number, stream, type, cause,"
            " message, headers, parked_at) VALUES ('orchard', 'directory', 'enrollment', 1, 1,"
            " 'goal-1', 'GoalAchieved', 'no', '', '{}', now() - interval '1 hour')"
        )
    page = await monitor(worker).page()
    assert value(page, "fairlead_timers_due") == 1
    assert value(page, "fairlead_parked_events", consumer="directory", source="enrollment") == 1
    assert (value(page, "fairlead_parked_oldest_seconds") or 0) >= 3_600


async def test_who_keeps_a_transaction_open_is_named(
    database: FreshDatabase, worker: asyncpg.Pool
) -> None:
    async with connected(database.dsn("worker")) as connection, connection.transaction():
        await connection.execute("SET application_name = 'report'")
        page = await monitor(worker).page()
    assert value(page, "fairlead_oldest_transaction_seconds", application="report") is not None


async def test_a_database_that_is_away_is_a_number_too(worker: asyncpg.Pool) -> None:
    gone = asyncpg.create_pool("postgresql://nobody@127.0.0.1:9/nothing", min_size=0)
    async with gone:
        page = await monitor(gone).page()
        assert value(page, "fairlead_up_database", database="matching") == 0
        assert value(page, "fairlead_command_retries_total", service="matching") is not None
    await worker.execute(
        "INSERT INTO log.leases (consumer, source, slot) VALUES ('directory', 'enrollment', 0)"
    )
    away = asyncpg.create_pool("postgresql://nobody@127.0.0.1:9/nothing", min_size=0)
    async with away:
        page = await monitor(worker, enrollment=away).page()
    assert value(page, "fairlead_up_database", database="matching") == 1
    assert value(page, "fairlead_up_database", database="enrollment") == 0
    assert value(page, "fairlead_consumer_lag_events", source="enrollment") is None


async def test_the_database_is_looked_at_once_a_second_at_most(
    database: FreshDatabase, worker: asyncpg.Pool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(page_of_numbers, "KEPT_SECONDS", PATIENCE_SECONDS)  # of a busy machine
    watching = monitor(worker)
    await watching.page()
    await append(database, "ana")
    assert value(await watching.page(), "fairlead_log_unnumbered_events") == 0

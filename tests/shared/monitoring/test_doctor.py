"""The doctor finds each ailment of a database where it was planted, and none where all is well."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import asyncpg
import pytest

from shared import clock
from shared.cli.doctor.findings import Limits
from shared.provisioning import Databases, connected
from shared.runtime.prepare import prepare
from tests.patience import PATIENCE_SECONDS
from tests.shared.monitoring.ailing import (
    AN_HOUR,
    MATCHING,
    NOWHERE,
    an_hour_ago,
    append,
    codes,
    lease,
    look,
    number,
    source,
)

pytestmark = pytest.mark.integration


async def test_a_database_that_is_in_order_has_no_ailment(
    place: Databases, owner: asyncpg.Connection
) -> None:
    assert not owner.is_closed()
    seen = await look(place)
    assert (codes(seen), seen.notes) == ([], ())
    assert seen.is_fine == "0 events, 5 consumers up to date"


async def test_a_server_that_is_away_or_refuses_is_told_apart(place: Databases) -> None:
    away = Databases(server=f"postgresql://postgres@{NOWHERE}/postgres")
    assert codes(await look(away)) == ["database-away"]
    assert codes(await look(replace(place, prefix="nobody"))) == ["database-refuses"]


@pytest.mark.parametrize(
    ("meddle", "code"),
    [
        ("DELETE FROM public.migrations WHERE name LIKE '0004%'", "schema-old"),
        ("INSERT INTO public.migrations VALUES ('9999_later.sql', 'x')", "schema-new"),
        ("UPDATE public.migrations SET digest = 'x' WHERE name LIKE '0001%'", "schema-changed"),
        ("DROP SCHEMA pool CASCADE", "tables-missing"),
        ("COMMENT ON SCHEMA pool IS 'before'", "tables-old"),
    ],
)
async def test_a_database_of_another_form_is_told(
    place: Databases, owner: asyncpg.Connection, meddle: str, code: str
) -> None:
    book = [tuple(row) for row in await owner.fetch("SELECT * FROM public.migrations")]
    await owner.execute(meddle)
    try:
        assert codes(await look(place)) == [code]
    finally:
        await owner.execute("DELETE FROM public.migrations; DROP SCHEMA IF EXISTS pool CASCADE")
        await owner.executemany("INSERT INTO public.migrations VALUES ($1, $2, $3)", book)
        await prepare(MATCHING, place)


async def test_events_that_nobody_numbers_are_told(
    place: Databases, owner: asyncpg.Connection
) -> None:
    await append(owner, "pairing-1", 1, 1)
    seen = await look(place)
    assert codes(seen) == ["sequencer-stalled"]
    assert "1 event without a number, the oldest for 60 minutes" in seen.findings[0].says


async def test_an_event_without_its_predecessor_is_told(
    place: Databases, owner: asyncpg.Connection
) -> None:
    await append(owner, "pairing-1", 2, 1)
    seen = await look(place)
    assert codes(seen) == ["stream-broken"]
    assert "version 2 of pairing-1" in seen.findings[0].says


async def test_who_holds_others_up_is_named(place: Databases, owner: asyncpg.Connection) -> None:
    short = Limits(transaction_seconds=0.2, lock_seconds=0.2)
    async with connected(place.dsn("matching", "worker")) as waiting, owner.transaction():
        await owner.execute("SET application_name = 'a report'")
        await owner.execute("SELECT FROM log.sequencer FOR UPDATE")
        held_up = asyncio.create_task(waiting.execute("SELECT FROM log.sequencer FOR UPDATE"))
        async with asyncio.timeout(PATIENCE_SECONDS):
            while "lock-held" not in codes(seen := await look(place, short)):  # noqa: ASYNC110  # seen from outside
                await asyncio.sleep(0.1)
        held_up.cancel()
        await asyncio.gather(held_up, return_exceptions=True)
    assert {"lock-held", "transaction-open"} == set(codes(seen))
    assert "a report" in seen.findings[0].says
    assert f"pg_terminate_backend({owner.get_server_pid()})" in seen.findings[0].remedy


async def test_late_timers_are_told(place: Databases, owner: asyncpg.Connection) -> None:
    await owner.execute(
        "INSERT INTO read.deadlines (tenant, deadline_id, due_at, kind, subject, payload)"
        " VALUES ('orchard', $1, $2, 'pairing_expiry', $1, '{}')",
        an_hour_ago(1),
        clock.now() - AN_HOUR,
    )
    assert codes(await look(place)) == ["timers-late"]


async def test_a_parked_event_is_told_with_its_cause(
    place: Databases, owner: asyncpg.Connection
) -> None:
    await owner.execute(
        "INSERT INTO log.parked (tenant, consumer, source, slot, number, stream, type, cause,"
        " message, headers, parked_at) VALUES ('orchard', 'pool', 'enrollment', 1, 1, 'person-7',"
        " 'PersonMoved', 'KeyError: site', '', '{}', now() - interval '3 hours')"
    )
    seen = await look(place)
    assert codes(seen) == ["events-parked"]
    assert seen.findings[0].says == (
        "1 event of enrollment parked for pool, the oldest for 3 hours: person-7, KeyError: site"
    )


async def test_clocks_that_differ_are_told(place: Databases) -> None:
    ahead = await look(place, now=lambda: clock.true_now() + timedelta(minutes=3))
    assert codes(ahead) == ["clocks-differ"]


async def test_consumers_that_do_not_follow_are_told(
    place: Databases, owner: asyncpg.Connection
) -> None:
    async with source(place, "sessions") as sessions:
        await number(sessions, 1)
        assert codes(await look(place)) == ["consumer-never-ran"]
        await lease(owner, "journeys", "sessions")
        assert codes(await look(place)) == ["consumer-without-worker"]
        await owner.execute("UPDATE log.leases SET until = now() + interval '1 hour'")
        assert codes(await look(place)) == ["consumer-behind"]
        await owner.execute("UPDATE log.leases SET number = 1 WHERE slot = 5")
        assert codes(await look(place)) == []
        await owner.execute("UPDATE log.leases SET number = 7 WHERE slot = 5")
        assert codes(await look(place)) == ["consumer-ahead"]


async def test_a_relay_that_does_not_publish_is_told(
    place: Databases, owner: asyncpg.Connection
) -> None:
    await number(owner, 1)
    for consumer in ("policies", "offers"):
        await lease(owner, consumer, "matching", number=1, held=True)
    assert codes(await look(place, over_kafka=True)) == ["consumer-never-ran"]
    await lease(owner, "relay", "matching")
    assert codes(await look(place, over_kafka=True)) == ["relay-without-worker"]
    assert codes(await look(place)) == []  # it is not asked for where the log is the bus

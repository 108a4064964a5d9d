"""The doctor finds each ailment where it was planted, and none where nothing is wrong."""

import asyncio
import socket
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from uuid import UUID

import asyncpg
import pytest

from shared import clock
from shared.bus.kafka.topics import Topics, topic_of
from shared.cli.doctor import broker, surroundings
from shared.cli.doctor.database import DatabaseVisit
from shared.cli.doctor.findings import LIMITS, Limits, Seen
from shared.provisioning import SERVICES, Databases, connected
from shared.runtime import service_named
from shared.runtime.prepare import prepare
from shared.runtime.status_page import StatusPage, Watched, served
from shared.settings import BusSettings
from tests.broker import Broker
from tests.fresh_databases import TestServer

pytestmark = pytest.mark.integration

MATCHING = service_named("matching")
AN_HOUR = timedelta(hours=1)
NOWHERE = "127.0.0.1:9"
EMPTIED = "log.events, log.log, log.slot_heads, log.leases, log.parked"


@pytest.fixture(scope="module")
def four(postgres: TestServer) -> Iterator[Databases]:
    with asyncio.Runner() as runner:
        lent = postgres.fresh_four()
        databases = runner.run(lent.__aenter__())
        runner.run(prepare(MATCHING, databases))
        yield databases
        runner.run(lent.__aexit__(None, None, None))


@pytest.fixture
async def place(four: Databases) -> AsyncIterator[Databases]:
    """The databases of this module, empty again after each test."""
    yield four
    async with source(four, "sessions") as sessions, source(four, "matching") as matching:
        for db in (sessions, matching):
            await db.execute(f"TRUNCATE {EMPTIED}")
        await matching.execute("TRUNCATE read.deadlines")


@pytest.fixture
async def owner(place: Databases) -> AsyncIterator[asyncpg.Connection]:
    """May do all, as somebody who meddles."""
    async with source(place, "matching") as connection:
        if not await connection.fetchval(
            "SELECT pg_has_role('fairlead_worker', 'pg_read_all_stats', 'MEMBER')"
        ):
            with suppress(asyncpg.PostgresError):  # tests beside this one may do the same
                await connection.execute("GRANT pg_read_all_stats TO fairlead_worker")
        yield connection


async def look(
    place: Databases,
    limits: Limits = LIMITS,
    now: Callable[[], datetime] = clock.true_now,
    *,
    over_kafka: bool = False,
) -> Seen:
    return await DatabaseVisit(MATCHING, place, limits, now).seen(over_kafka=over_kafka)


def codes(seen: Seen) -> list[str]:
    assert all(finding.says and finding.remedy for finding in seen.findings)
    return [finding.code for finding in seen.findings]


def an_hour_ago(place: int) -> UUID:
    """An id as it was made then: version 7 begins with the time."""
    milliseconds = int((clock.true_now() - AN_HOUR).timestamp() * 1000)
    return UUID(int=(milliseconds << 80) | (7 << 76) | (2 << 62) | place)


async def append(db: asyncpg.Connection, stream: str, version: int, place: int) -> None:
    await db.execute(
        "INSERT INTO log.events (tenant, stream, version, event_id, type, slot, record)"
        " VALUES ('orchard', $1, $2, $3, 'PairingAccepted', 5, '{}')",
        stream,
        version,
        an_hour_ago(place),
    )


async def number(db: asyncpg.Connection, place: int) -> None:
    """An event of an hour ago that has its number, in slot 5."""
    await append(db, f"pairing-{place}", 1, place)
    await db.execute(
        "INSERT INTO log.log (tenant, number, slot, slot_number, event, leaf)"
        " SELECT 'orchard', $1, 5, $1, max(id), '' FROM log.events",
        place,
    )
    await db.execute(
        "INSERT INTO log.slot_heads VALUES (5, $1)"
        " ON CONFLICT (slot) DO UPDATE SET number = excluded.number",
        place,
    )
    await db.execute("UPDATE log.sequencer SET mark = pg_current_snapshot()")


async def lease(
    db: asyncpg.Connection, consumer: str, source: str, *, number: int = 0, held: bool = False
) -> None:
    await db.execute(
        "INSERT INTO log.leases (consumer, source, slot, number, until)"
        " SELECT $1, $2, slot, CASE WHEN slot = 5 THEN $3::bigint ELSE 0 END, $4"
        " FROM generate_series(0, 63) AS slot",
        consumer,
        source,
        number,
        clock.true_now() + (AN_HOUR if held else -AN_HOUR),
    )


@asynccontextmanager
async def source(place: Databases, name: str) -> AsyncIterator[asyncpg.Connection]:
    async with connected(place.administrator(name, place.name(name))) as connection:
        yield connection


async def test_a_database_that_is_in_order_has_no_ailment(
    place: Databases, owner: asyncpg.Connection
) -> None:
    assert not owner.is_closed()
    seen = await look(place)
    assert (codes(seen), seen.notes) == ([], ())
    assert seen.is_fine == "0 events, 4 consumers up to date"


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
        await asyncio.sleep(0.3)
        seen = await look(place, short)
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
    await lease(owner, "policies", "matching", number=1, held=True)
    assert codes(await look(place, over_kafka=True)) == ["consumer-never-ran"]
    await lease(owner, "relay", "matching")
    assert codes(await look(place, over_kafka=True)) == ["relay-without-worker"]
    assert codes(await look(place)) == []  # it is not asked for where the log is the bus


async def test_services_that_are_away_or_not_ready_are_told() -> None:
    page = StatusPage()
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    here, nowhere = f"http://127.0.0.1:{port}", f"http://{NOWHERE}"

    async def fallen() -> str | None:
        return "waiting to start again: sequencer"

    async with served(page, "127.0.0.1", port):
        seen = await surroundings.processes({"matching": here, "sessions": nowhere})
        assert codes(seen) == ["service-not-ready", "service-away"]
        page.is_ready_if(Watched(checks={}, warnings={"loops": fallen}))
        seen = await surroundings.processes({"matching": here})
        assert codes(seen) == ["service-limps"]
        page.is_ready_if(Watched(checks={}))
        assert codes(await surroundings.processes({"matching": here})) == []


def test_a_disk_that_is_nearly_full_is_told(tmp_path: Path) -> None:
    assert codes(surroundings.disk(tmp_path, LIMITS)) == []
    greedy = Limits(disk_free_share=1.0, disk_free_bytes=2**62)
    assert codes(surroundings.disk(tmp_path, greedy)) == ["disk-full"]


async def test_brokers_that_are_away_or_none_at_all_are_told(place: Databases) -> None:
    away = BusSettings(url=f"kafka://{NOWHERE}")
    assert codes(await broker.seen(away, place)) == ["broker-away"]

    async def babble(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        writer.close()

    async with await asyncio.start_server(babble, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        seen = await broker.seen(BusSettings(url=f"kafka://127.0.0.1:{port}"), place)
    assert codes(seen) in (["broker-away"], ["broker-slow"])


@pytest.mark.kafka
async def test_topics_that_do_not_hold_what_they_should_are_told(
    kafka: Broker, place: Databases, owner: asyncpg.Connection
) -> None:
    wanted = kafka.settings(partitions=3)
    small = wanted.model_copy(update={"partitions": 2})
    assert codes(await broker.seen(wanted, place)) == ["topic-missing"] * 4
    async with Topics(small) as topics:
        for service in SERVICES:
            await topics.create(topic_of(small, service))
    assert codes(await broker.seen(wanted, place)) == ["topic-small"] * 4
    seen = await broker.seen(small, place)
    assert (codes(seen), seen.is_fine) == ([], "4 topics with 8 partitions")
    await lease(owner, "relay", "matching", number=3)
    seen = await broker.seen(small, place)
    assert codes(seen) == ["topic-lost-events"]
    assert "lacks at least 3 events" in seen.findings[0].says

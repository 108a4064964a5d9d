"""Numbers are gapless, in order, given once, and kept with the hash of the stored bytes."""

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator
from hashlib import sha256

import asyncpg
import pytest

from shared.codec import CODEC
from shared.envelope import SLOTS
from shared.eventstore import Append, LogEntry
from shared.eventstore.doorbell import APPENDED, NUMBERED, Doorbell, Listener
from shared.eventstore.log_reader import LogReader
from shared.eventstore.memory import MemoryEventStore
from shared.eventstore.postgres import PostgresEventStore
from shared.eventstore.sequencer import BrokenStream, Sequencer, rebase
from shared.ids import TenantId
from tests.fresh_databases import FreshDatabase, TestServer
from tests.patience import PATIENCE_SECONDS
from tests.shared.reading_circle import HARBOUR, ORCHARD, achieved, cause, stream
from tests.shared.stores import pool_of, store_on
from tests.shared.torture import sent

pytestmark = pytest.mark.integration
START = dict.fromkeys(range(SLOTS), 0)


@pytest.fixture
async def worker(database: FreshDatabase) -> AsyncIterator[asyncpg.Pool]:
    async with pool_of(database, "worker") as pool:
        yield pool


@pytest.fixture
async def store(database: FreshDatabase) -> AsyncIterator[PostgresEventStore]:
    async with store_on(database) as store:
        yield store


async def fill(
    store: PostgresEventStore | MemoryEventStore,
    streams: int,
    events: int = 2,
    tenant: TenantId = ORCHARD,
) -> None:
    async with store.transaction(cause(tenant)) as transaction:
        await transaction.append(
            [
                Append(
                    stream=stream(name),
                    expected_version=0,
                    events=[achieved(name, each) for each in range(events)],
                )
                for name in range(streams)
            ]
        )


async def run(pool: asyncpg.Pool, page_events: int = 5_000) -> int:
    sequencer = Sequencer(pool, page_events)
    numbered = await sequencer.run_once()
    await sequencer.close()
    return numbered


async def everything(log: LogReader | MemoryEventStore, limit: int = 70) -> list[LogEntry]:
    entries: list[LogEntry] = []
    positions = dict(START)
    while page := await log.read(positions, limit):
        entries += page
        positions |= {entry.slot: entry.number for entry in page}
    assert {slot: number for slot, number in positions.items() if number} == await log.heads()
    return entries


async def test_numbers_are_gapless_in_each_tenant_and_each_slot(
    store: PostgresEventStore, worker: asyncpg.Pool
) -> None:
    for tenant in (ORCHARD, HARBOUR):
        await fill(store, 100, tenant=tenant)
    assert await run(worker, page_events=30) == 400
    assert await run(worker) == 0
    slots: defaultdict[int, list[int]] = defaultdict(list)
    for entry in await everything(LogReader(worker)):
        slots[entry.slot].append(entry.number)
    assert all(numbers == list(range(1, len(numbers) + 1)) for numbers in slots.values())
    for tenant in (ORCHARD, HARBOUR):
        entries = await LogReader(worker).read_tenant(tenant, 0, 1_000)
        assert [entry.number for entry in entries] == list(range(1, 201))


async def test_a_leaf_is_the_hash_of_the_stored_bytes(
    store: PostgresEventStore, worker: asyncpg.Pool
) -> None:
    await fill(store, 3)
    await run(worker)
    entries = await LogReader(worker).read_tenant(ORCHARD, 0, 100)
    assert len(entries) == 6
    for entry in entries:
        assert entry.leaf == sha256(b"\x00" + entry.record).digest()
        recorded = CODEC.decode(entry.record, slot=0)
        assert (recorded.stream, recorded.version) == (entry.stream, entry.version)
        assert CODEC.encode(recorded) == entry.record


async def test_a_record_that_came_without_its_leaf_gets_it_with_its_number(
    database: FreshDatabase, store: PostgresEventStore, worker: asyncpg.Pool
) -> None:
    await fill(store, 3)
    administrator = await asyncpg.connect(database.server, database=database.name)
    before = "UPDATE log.events SET leaf = NULL WHERE version = 1"  # as earlier versions wrote
    assert await administrator.execute(before) == "UPDATE 3"
    await administrator.close()
    await run(worker)
    for entry in await LogReader(worker).read_tenant(ORCHARD, 0, 100):
        assert entry.leaf == sha256(b"\x00" + entry.record).digest()


async def test_memory_numbers_as_the_sequencer_does(
    store: PostgresEventStore, worker: asyncpg.Pool
) -> None:
    memory = MemoryEventStore("sessions")
    for each in (store, memory):
        await fill(each, 50)
    await run(worker)

    def places(entries: list[LogEntry]) -> set[tuple[int, str]]:
        return {(entry.slot, entry.stream) for entry in entries}

    ours, theirs = await everything(LogReader(worker)), await everything(memory)
    assert places(ours) == places(theirs)
    assert len(ours) == len(theirs) == 100


async def test_slots_share_a_page(store: PostgresEventStore, worker: asyncpg.Pool) -> None:
    await fill(store, 200, events=5)
    await run(worker)
    log = LogReader(worker)
    page = await log.read(START, 128)
    assert {entry.slot for entry in page} == (await log.heads()).keys()
    assert len(page) <= 128
    assert await log.read(await log.heads(), 128) == []


async def test_a_second_sequencer_waits_then_goes_on(
    store: PostgresEventStore, worker: asyncpg.Pool
) -> None:
    await fill(store, 200)
    numbered = await asyncio.gather(*(run(worker, page_events=25) for _ in range(3)))
    assert sum(numbered) == 400
    assert len(await everything(LogReader(worker))) == 400


async def test_an_open_transaction_elsewhere_holds_nobody_up(
    postgres: TestServer, store: PostgresEventStore, worker: asyncpg.Pool
) -> None:
    async with postgres.fresh() as other, store_on(other) as busy:
        async with busy.transaction(cause()) as open_elsewhere, store.transaction(cause()) as slow:
            for transaction in (open_elsewhere, slow):
                await transaction.append(
                    [Append(stream=stream("slow"), expected_version=0, events=[achieved("slow")])]
                )
                await sent(transaction)
            await fill(store, 1)
            async with asyncio.timeout(PATIENCE_SECONDS):  # the others end after it only
                assert await run(worker) == 2
        assert await run(worker) == 1


async def test_a_rolled_back_append_leaves_no_hole(
    store: PostgresEventStore, worker: asyncpg.Pool
) -> None:
    async def fail() -> None:
        async with store.transaction(cause()) as transaction:
            await transaction.append(
                [Append(stream=stream("never"), expected_version=0, events=[achieved("never")])]
            )
            await sent(transaction)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await fail()
    await fill(store, 1)
    assert await run(worker) == 2
    assert [entry.number for entry in await everything(LogReader(worker))] == [1, 2]


async def test_a_missing_version_stops_the_numbers(
    database: FreshDatabase, store: PostgresEventStore, worker: asyncpg.Pool
) -> None:
    await fill(store, 1, events=3)
    administrator = await asyncpg.connect(database.server, database=database.name)
    await administrator.execute("DELETE FROM log.events WHERE version = 2")
    await administrator.close()
    with pytest.raises(BrokenStream):
        await run(worker)
    assert await LogReader(worker).heads() == {}


async def test_after_a_restore_elsewhere_numbers_go_on(
    database: FreshDatabase, store: PostgresEventStore, worker: asyncpg.Pool
) -> None:
    await fill(store, 5)
    await run(worker)
    await fill(store, 5, tenant=HARBOUR)
    administrator = await asyncpg.connect(database.server, database=database.name)
    await administrator.execute(  # as from a cluster that had seen many more transactions
        "UPDATE log.events SET xid = '99999999999';"
        "UPDATE log.sequencer SET mark = '99999999990:99999999990:'"
    )
    assert await run(worker) == 0
    assert await rebase(administrator) == 10
    await administrator.close()
    async with store.transaction(cause()) as transaction:
        await transaction.append(
            [Append(stream=stream(0), expected_version=2, events=[achieved(0)])]
        )
    assert await run(worker) == 1
    assert len(await everything(LogReader(worker))) == 21


async def test_a_reader_of_another_service_may_follow(
    database: FreshDatabase, store: PostgresEventStore, worker: asyncpg.Pool
) -> None:
    await fill(store, 5)
    await run(worker)
    async with pool_of(database, "reader") as reader:
        assert len(await everything(LogReader(reader))) == 10


async def test_an_append_and_a_numbering_ring(
    store: PostgresEventStore, worker: asyncpg.Pool
) -> None:
    appended, numbered = Listener(worker, APPENDED), Listener(worker, NUMBERED)
    for listener in (appended, numbered):
        assert await listener.wait(PATIENCE_SECONDS)  # whoever begins to listen looks at once
    await fill(store, 1)
    assert await appended.wait(PATIENCE_SECONDS)
    assert await run(worker) == 2
    assert await numbered.wait(PATIENCE_SECONDS)
    for listener in (appended, numbered):
        await listener.close()


async def test_a_hundred_rings_are_few_notifications(
    database: FreshDatabase, worker: asyncpg.Pool
) -> None:
    heard: list[object] = []
    connection = await asyncpg.connect(database.dsn("worker"))
    await connection.add_listener(NUMBERED, lambda *_: heard.append(None))
    doorbell = Doorbell(worker, NUMBERED)
    for _ in range(100):
        doorbell.ring()
        await asyncio.sleep(0)
    await doorbell.close()
    await connection.execute("SELECT 1")
    assert 1 <= len(heard) <= 20
    await connection.close()


async def test_a_listener_whose_connection_is_cut_listens_again(
    database: FreshDatabase, worker: asyncpg.Pool
) -> None:
    listener = Listener(worker, NUMBERED)
    assert await listener.wait(PATIENCE_SECONDS)
    administrator = await asyncpg.connect(database.server, database=database.name)
    await administrator.execute(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
        " WHERE usename = 'fairlead_worker' AND datname = current_database()"
    )
    await administrator.close()
    assert await listener.wait(PATIENCE_SECONDS)  # the loss itself is news
    for _ in range(3):
        await listener.wait(0.2)  # listens again; other connections of the pool are cut, too
    doorbell = Doorbell(worker, NUMBERED)
    waiting = asyncio.create_task(listener.wait(PATIENCE_SECONDS))
    await asyncio.sleep(0.05)
    doorbell.ring()
    assert await waiting
    await doorbell.close()
    await listener.close()

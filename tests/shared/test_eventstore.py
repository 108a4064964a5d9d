"""One contract of the log, kept in memory and in Postgres alike."""

import asyncio
from collections.abc import AsyncIterator

import asyncpg
import pytest

from shared.errors import Conflict
from shared.eventstore import Append, EventStore, KeyReused, StoredAnswer, slot_of
from shared.eventstore.memory import MemoryEventStore
from shared.ids import TenantId
from tests.fresh_databases import TestServer
from tests.shared.reading_circle import ANSWER, HARBOUR, ORCHARD, achieved, cause, key, stream
from tests.shared.stores import store_on


@pytest.fixture(params=["memory", pytest.param("postgres", marks=pytest.mark.integration)])
def server(request: pytest.FixtureRequest) -> TestServer | None:
    return request.getfixturevalue("postgres") if request.param == "postgres" else None


@pytest.fixture
async def store(server: TestServer | None) -> AsyncIterator[EventStore]:
    if server is None:
        yield MemoryEventStore("sessions")
        return
    async with server.fresh() as database, store_on(database) as on_postgres:
        yield on_postgres


def adding(name: str, expected: int, *reached: int) -> Append:
    events = [achieved(name, each) for each in reached]
    return Append(stream=stream(name), expected_version=expected, events=events)


async def append(store: EventStore, *appends: Append, tenant: TenantId = ORCHARD) -> None:
    async with store.transaction(cause(tenant)) as transaction:
        await transaction.append(appends)


async def reached(store: EventStore, name: str, tenant: TenantId = ORCHARD) -> list[int]:
    async with store.transaction(cause(tenant)) as transaction:
        history = (await transaction.read([stream(name)]))[stream(name)]
    assert history.version == len(history.events)
    return [event.reached for event in history.events]


async def test_an_unknown_stream_is_empty_at_version_0(store: EventStore) -> None:
    assert await reached(store, "a") == []


async def test_events_come_back_in_their_order(store: EventStore) -> None:
    await append(store, adding("a", 0, 1, 2), adding("b", 0, 7))
    await append(store, adding("a", 2, 3))
    assert await reached(store, "a") == [1, 2, 3]
    assert await reached(store, "b") == [7]


async def test_only_newer_events_are_read_where_older_ones_are_known(store: EventStore) -> None:
    await append(store, adding("a", 0, 1, 2, 3))
    async with store.transaction(cause()) as transaction:
        histories = await transaction.read([stream("a"), stream("b")], {stream("a"): 2})
        all_known = await transaction.read([stream("a")], {stream("a"): 3})
    assert [event.reached for event in histories[stream("a")].events] == [3]
    assert histories[stream("a")].version == 3
    assert histories[stream("b")].version == 0
    assert (all_known[stream("a")].events, all_known[stream("a")].version) == ([], 3)


async def test_what_was_recorded_says_who_where_and_when(store: EventStore) -> None:
    async with store.transaction(cause()) as transaction:
        recorded = await transaction.append([adding("b", 0, 5), adding("a", 0, 1, 2)])
    assert [(each.stream, each.version) for each in recorded] == [
        (stream("b"), 1),
        (stream("a"), 1),
        (stream("a"), 2),
    ]
    first = recorded[0]
    assert (first.type, first.schema, first.service) == ("GoalAchieved", 1, "sessions")
    assert (first.tenant, first.cause, first.event) == (ORCHARD, cause(), achieved("b", 5))
    assert first.slot == slot_of(first.stream)
    assert len({each.event_id for each in recorded}) == 3


@pytest.mark.parametrize(
    ("there", "expected"),
    [(0, 1), (0, 7), (2, 0), (2, 1), (2, 3), (2, 9)],
    ids=["none-1", "none-7", "stale-0", "stale-1", "ahead-by-1", "ahead-by-7"],
)
async def test_a_wrong_expected_version_is_a_conflict(
    store: EventStore, there: int, expected: int
) -> None:
    if there:
        await append(store, adding("a", 0, *range(there)))
    with pytest.raises(Conflict):
        await append(store, adding("a", expected, 99))
    assert await reached(store, "a") == list(range(there))


async def test_two_streams_are_written_together_or_not_at_all(store: EventStore) -> None:
    await append(store, adding("seat", 0, 1))
    with pytest.raises(Conflict):
        await append(store, adding("pairing", 0, 1), adding("seat", 0, 2))
    assert await reached(store, "pairing") == []


async def test_one_transaction_may_append_twice(store: EventStore) -> None:
    async with store.transaction(cause()) as transaction:
        await transaction.append([adding("a", 0, 1)])
        await transaction.append([adding("a", 1, 2)])
    assert await reached(store, "a") == [1, 2]


async def test_a_transaction_sees_what_it_wrote_itself(store: EventStore) -> None:
    async with store.transaction(cause()) as transaction:
        await transaction.append([adding("a", 0, 1)])
        history = (await transaction.read([stream("a")]))[stream("a")]
        assert (history.version, history.events) == (1, [achieved("a", 1)])


async def test_an_error_leaves_nothing_behind(store: EventStore) -> None:
    async def fail() -> None:
        async with store.transaction(cause()) as transaction:
            await transaction.append([adding("a", 0, 1)])
            await transaction.keep_answer(key(), ANSWER)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await fail()
    assert await reached(store, "a") == []
    async with store.transaction(cause()) as transaction:
        assert await transaction.stored_answer(key()) is None


async def test_tenants_share_a_stream_name_and_nothing_else(store: EventStore) -> None:
    await append(store, adding("a", 0, 1))
    await append(store, adding("a", 0, 7), tenant=HARBOUR)
    assert await reached(store, "a") == [1]
    assert await reached(store, "a", tenant=HARBOUR) == [7]


async def test_two_hundred_writers_of_one_stream_leave_no_gap(store: EventStore) -> None:
    async def write(number: int) -> int:
        wins = 0
        for _ in range(3):
            at = len(await reached(store, "a"))
            try:
                await append(store, adding("a", at, number))
                wins += 1
            except Conflict:
                continue
        return wins

    wins = await asyncio.gather(*map(write, range(200)))
    assert 0 < sum(wins) == len(await reached(store, "a"))


async def test_streams_in_opposite_order_wait_for_nobody_for_ever(store: EventStore) -> None:
    async def write(first: str, second: str) -> int:
        wins = 0
        for _ in range(25):
            versions = [len(await reached(store, name)) for name in (first, second)]
            try:
                await append(store, adding(first, versions[0], 1), adding(second, versions[1], 1))
                wins += 1
            except Conflict as conflict:
                deadlocks.append(isinstance(conflict.__cause__, asyncpg.DeadlockDetectedError))
        return wins

    deadlocks: list[bool] = []
    wins = await asyncio.gather(*(write(*pair) for pair in [("a", "b"), ("b", "a")] * 8))
    assert not any(deadlocks)
    assert 0 < sum(wins) == len(await reached(store, "a")) == len(await reached(store, "b"))


async def test_an_answer_is_kept_under_its_key(store: EventStore) -> None:
    async with store.transaction(cause()) as transaction:
        await transaction.keep_answer(key(), ANSWER)
    async with store.transaction(cause()) as transaction:
        assert await transaction.stored_answer(key()) == ANSWER
        assert await transaction.stored_answer(key("second")) is None


async def test_a_key_with_another_body_is_refused(store: EventStore) -> None:
    async with store.transaction(cause()) as transaction:
        await transaction.keep_answer(key(), ANSWER)
    async with store.transaction(cause()) as transaction:
        with pytest.raises(KeyReused):
            await transaction.stored_answer(key(fingerprint="beef"))


async def test_a_key_is_taken_once_however_many_ask(store: EventStore) -> None:
    async def answer(number: int) -> bool:
        try:
            async with store.transaction(cause()) as transaction:
                await transaction.append([adding(f"goal {number}", 0, 1)])
                body = str(number).encode()
                await transaction.keep_answer(
                    key(), StoredAnswer(status=200, headers={}, body=body)
                )
        except Conflict:
            return False
        return True

    won = await asyncio.gather(*map(answer, range(200)))
    assert sum(won) == 1
    async with store.transaction(cause()) as transaction:
        kept = await transaction.stored_answer(key())
    assert kept is not None
    assert int(kept.body) == won.index(True)
    found = [number for number in range(200) if await reached(store, f"goal {number}")]
    assert found == [won.index(True)]


async def test_keys_of_tenants_are_apart(store: EventStore) -> None:
    async with store.transaction(cause()) as transaction:
        await transaction.keep_answer(key(), ANSWER)
    async with store.transaction(cause(HARBOUR)) as transaction:
        assert await transaction.stored_answer(key(tenant=HARBOUR, fingerprint="beef")) is None

"""A consumer holds slots, takes what comes in any disorder, and gives back what it holds."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import timedelta
from pathlib import Path
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as some

from shared import leases
from shared.bus import Bus, Message
from shared.bus.intake import Intake
from shared.envelope import SLOTS
from shared.frozen import frozen
from shared.leases import Holding, Lease, LeaseLost
from shared.projection import Projection
from shared.projector import Projector
from shared.provisioning import connected
from tests.consuming import PACE, Telling, eventually, following, projecting, running, telling
from tests.fresh_databases import FreshDatabase
from tests.patience import PATIENCE_SECONDS
from tests.progress import SOURCE, Log, Progress, achieved, agreed, long_story, projection, stream

# Not those that tell: a story that is told twice would be another one.
CUT_CONNECTIONS = """
SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
WHERE usename = 'fairlead_worker' AND datname = $1 AND query ~ 'log.(leases|parked|applied)'
"""


def message(slot: int, number: int) -> Message:
    return Message(source=SOURCE, slot=slot, number=number, key="k", headers={}, value=b"")


@given(some.randoms(use_true_random=False), some.integers(1, 30), some.integers(1, 4))
def test_whatever_the_disorder_each_slot_comes_once_and_in_order(
    dice: Random, count: int, copies: int
) -> None:
    sent = [message(slot, number) for slot in range(3) for number in range(1, count + 1)] * copies
    dice.shuffle(sent)
    intake = Intake({0: 0, 1: 0, 2: 0}, 1_000)
    got = [each for one in sent for each in intake.take([one])]
    for slot in range(3):
        numbers = [each.number for each in got if each.slot == slot]
        assert numbers == list(range(1, count + 1))
    assert not intake.waits


def test_a_number_too_high_waits_for_the_one_before_it() -> None:
    intake = Intake({0: 4}, 2)
    assert intake.take([message(0, 6), message(0, 7)]) == []
    assert intake.waits
    assert not intake.is_full
    assert [each.number for each in intake.take([message(0, 5)])] == [5, 6, 7]
    assert not intake.waits


def test_what_waits_is_bounded() -> None:
    intake = Intake({0: 0}, 2)
    intake.take([message(0, number) for number in (3, 4, 5)])
    assert intake.is_full


def test_messages_of_slots_that_are_not_held_are_dropped() -> None:
    assert Intake({0: 0}, 10).take([message(1, 1)]) == []


@frozen
class Hall:
    """A service that tells, and tables for those who hear."""

    service: Telling
    bus: Bus
    projection: Projection

    def holding(self, member: str) -> Holding:
        term = timedelta(seconds=PATIENCE_SECONDS)  # no slot changes hands for a slow machine
        return Holding(consumer="progress", source=SOURCE, member=member, term=term)

    async def keep(self, member: str) -> Mapping[int, Lease]:
        async with self.service.pool.acquire() as connection:
            await leases.ensure(connection, "progress", SOURCE)
            return await leases.keep(connection, self.holding(member))

    async def leave(self, member: str) -> None:
        async with self.service.pool.acquire() as connection:
            await leases.leave(connection, self.holding(member))

    async def owners(self) -> set[str | None]:
        rows = await self.service.pool.fetch("SELECT DISTINCT owner FROM log.leases")
        return {row["owner"] for row in rows}

    async def reached(self) -> Sequence[int]:
        rows = await self.service.pool.fetch("SELECT reached FROM progress.progress")
        return [row["reached"] for row in rows]


@pytest.fixture
async def hall(database: FreshDatabase, tmp_path: Path) -> AsyncIterator[Hall]:
    tables = projection(Progress(), tmp_path)
    async with telling(database, tables) as service, following(service.pool) as feed:
        yield Hall(service=service, bus=feed, projection=tables)


@pytest.mark.integration
async def test_of_two_members_each_has_whole_partitions_of_a_topic(hall: Hall) -> None:
    for member in ("one", "two", "one"):
        await hall.keep(member)
    shares = [await hall.keep(member) for member in ("one", "two")]
    for partitions in (2, 8, 64):
        read = [{slot % partitions for slot in share} for share in shares]
        assert sum(map(len, read)) == partitions


async def test_members_share_the_slots_and_those_of_who_leaves_are_free_at_once(
    hall: Hall,
) -> None:
    assert len(await hall.keep("one")) == SLOTS
    assert len(await hall.keep("two")) == 0  # nothing is free yet
    assert len(await hall.keep("one")) == SLOTS // 2
    two = await hall.keep("two")
    assert len(two) == SLOTS // 2
    await hall.leave("one")
    assert len(await hall.keep("two")) == SLOTS


@pytest.mark.integration
async def test_who_takes_over_raises_the_epoch(hall: Hall) -> None:
    first = await hall.keep("one")
    await hall.leave("one")
    second = await hall.keep("two")
    assert all(second[slot].epoch == first[slot].epoch + 1 for slot in range(SLOTS))


@pytest.mark.integration
async def test_a_batch_at_the_wrong_number_has_no_effect(hall: Hall) -> None:
    held = await hall.keep("one")
    projector = Projector(hall.service.pool, hall.projection)
    messages = Log().messages(("ana", agreed("ana")), ("ana", achieved("ana", 3)))
    await projector.handle(hall.holding("one"), held, messages)
    with pytest.raises(LeaseLost):  # it thinks that it is still at the beginning
        await projector.handle(hall.holding("one"), held, messages)
    assert await hall.reached() == [3]


@pytest.mark.integration
async def test_a_stopped_consumer_gives_its_slots_back_at_once(hall: Hall) -> None:
    async def all_are_held() -> bool:
        return await hall.owners() == {"one"}

    async with running(projecting(hall.service, hall.bus, hall.projection)):
        await eventually(all_are_held)
    assert await hall.owners() == {None}


@pytest.mark.integration
async def test_a_consumer_outlives_its_database_connections(
    hall: Hall, database: FreshDatabase
) -> None:
    story = list(long_story(10, 6))

    async def one_is_cut() -> bool:
        return bool(await administrator.fetchval(CUT_CONNECTIONS, database.name))

    async with (
        connected(database.server) as administrator,
        running(projecting(hall.service, hall.bus, hall.projection)),
    ):
        for start in range(0, len(story), 10):
            await hall.service.tell(story[start : start + 10])
            for _ in range(10):  # a batch is over within milliseconds: look often
                await asyncio.sleep(0.002)
                await administrator.fetchval(CUT_CONNECTIONS, database.name)
        async with hall.service.owner.acquire() as owner, owner.transaction():
            await owner.execute("LOCK TABLE log.applied")  # whoever is in a batch stays in it
            await hall.service.tell([("zoe", agreed("zoe"))])
            await eventually(one_is_cut)
        await hall.service.caught_up("progress")
    assert sorted(await hall.reached()) == [0, *[21] * 10]


@pytest.mark.integration
async def test_a_missing_table_stops_the_consumer_instead_of_parking_everything(
    hall: Hall,
) -> None:
    await hall.service.tell([("ana", agreed("ana"))])
    await hall.service.owner.execute("ALTER SCHEMA progress RENAME TO elsewhere")
    async with running(projecting(hall.service, hall.bus, hall.projection)):
        await asyncio.sleep(0.3)
        assert await hall.service.lag("progress") == 1
        assert not await hall.service.pool.fetchval("SELECT count(*) FROM log.parked")
        await hall.service.owner.execute("ALTER SCHEMA elsewhere RENAME TO progress")
        await hall.service.caught_up("progress")
    assert await hall.reached() == [0]


@pytest.mark.integration
async def test_a_large_batch_is_applied_in_parts_that_are_whole_streams(hall: Hall) -> None:
    story = list(long_story(300, 5))
    held = await hall.keep("one")
    messages = Log().messages(*story)
    assert len(messages) > PACE.batch_events_max
    await Projector(hall.service.pool, hall.projection).handle(hall.holding("one"), held, messages)
    assert await hall.reached() == [15] * 300
    versions = await hall.service.pool.fetchval(
        "SELECT version FROM log.applied WHERE stream = $1", stream(1)
    )
    assert versions == 6

"""What cannot be handled is kept with its cause, holds its stream alone, and can be released."""

from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from shared import parking
from shared.applied import Place, is_applied
from shared.bus import Bus
from shared.frozen import frozen
from shared.parking import NothingParked
from shared.projection import Projection
from tests.consuming import Telling, eventually, following, projecting, running, telling
from tests.fresh_databases import FreshDatabase
from tests.progress import (
    ORCHARD,
    POISON,
    SOURCE,
    Progress,
    Told,
    achieved,
    agreed,
    dropped,
    pair,
    projection,
    stream,
)

pytestmark = pytest.mark.integration


@frozen
class Hearing:
    """A consumer of a service's log, and what it has parked."""

    service: Telling
    bus: Bus
    progress: Progress
    projection: Projection

    async def hear(self) -> None:
        """Let the consumer work until it has come to the end."""
        async with running(projecting(self.service, self.bus, self.projection)):
            await self.service.caught_up("progress")

    async def parked(self) -> Sequence[Any]:
        rows: Sequence[Any] = await self.service.pool.fetch(
            "SELECT * FROM log.parked ORDER BY slot, number"
        )
        return rows

    async def reached(self, name: str) -> int:
        reached: int = await self.service.pool.fetchval(
            "SELECT reached FROM progress.progress WHERE pairing_id = $1", pair(name)
        )
        return reached

    async def release_and_hear(self, *, until_parked: int) -> None:
        parked_id = (await self.parked())[0]["id"]
        await parking.release(self.service.pool, parked_id)

        async def is_so() -> bool:
            rows = await self.parked()
            return len(rows) == until_parked and not any(row["release_asked_at"] for row in rows)

        async with running(projecting(self.service, self.bus, self.projection)):
            await eventually(is_so)


@pytest.fixture
async def hearing(database: FreshDatabase, tmp_path: Path) -> AsyncIterator[Hearing]:
    progress = Progress()
    tables = projection(progress, tmp_path)
    async with telling(database, tables) as service, following(service.pool) as feed:
        yield Hearing(service=service, bus=feed, progress=progress, projection=tables)


ANAS: Sequence[Told] = [
    ("ana", agreed("ana")),
    ("ana", achieved("ana", 1)),
    ("ana", dropped("ana", POISON)),
    ("ana", achieved("ana", 2)),
    ("ana", achieved("ana", 4)),
]
BENS: Sequence[Told] = [("ben", agreed("ben")), ("ben", achieved("ben", 7))]


async def test_poison_is_parked_with_its_cause_and_its_stream_behind_it(hearing: Hearing) -> None:
    await hearing.service.tell([*ANAS, *BENS])
    await hearing.hear()
    rows = await hearing.parked()
    assert [row["waiting"] for row in rows] == [False, True, True]
    assert rows[0]["cause"] == "ZeroDivisionError: poison"
    assert (rows[0]["type"], rows[0]["tenant"]) == ("GoalDropped", ORCHARD)
    assert await hearing.reached("ana") == 1
    assert await hearing.reached("ben") == 7


async def test_what_comes_later_for_a_held_stream_waits_too(hearing: Hearing) -> None:
    await hearing.service.tell(ANAS)
    await hearing.hear()
    await hearing.service.tell([("ana", achieved("ana", 8)), *BENS])
    await hearing.hear()
    assert [row["waiting"] for row in await hearing.parked()] == [False, True, True, True]
    assert await hearing.reached("ben") == 7


async def test_a_released_stream_is_replayed_in_order_once_it_is_cured(hearing: Hearing) -> None:
    await hearing.service.tell(ANAS)
    await hearing.hear()
    hearing.progress.cured = True
    await hearing.release_and_hear(until_parked=0)
    assert await hearing.reached("ana") == 7
    await hearing.service.tell([("ana", achieved("ana", 8))])
    await hearing.hear()
    assert await hearing.reached("ana") == 15


async def test_a_release_before_the_cure_parks_again_and_counts(hearing: Hearing) -> None:
    await hearing.service.tell(ANAS)
    await hearing.hear()
    await hearing.release_and_hear(until_parked=3)
    rows = await hearing.parked()
    assert [(row["attempts"], row["waiting"]) for row in rows] == [(2, False), (1, True), (1, True)]
    assert await hearing.reached("ana") == 1


async def test_bytes_that_cannot_be_decoded_are_parked(hearing: Hearing) -> None:
    await hearing.service.tell([*ANAS[:2], *BENS])
    await hearing.service.spoil("ana", 2)
    await hearing.hear()
    (row,) = await hearing.parked()
    assert row["message"] == b"\xff"
    assert row["cause"].startswith("Undecodable: ")
    assert (row["type"], row["stream"]) == ("GoalAchieved", stream("ana"))
    assert await hearing.reached("ben") == 7


async def test_a_row_that_breaks_a_rule_of_its_table_is_parked(hearing: Hearing) -> None:
    await hearing.service.tell([*ANAS[:2], ("ana", achieved("ana", 1_000_000)), *BENS])
    await hearing.hear()
    (row,) = await hearing.parked()
    assert row["cause"].startswith("CheckViolationError: ")
    assert await hearing.reached("ana") == 1
    assert await hearing.reached("ben") == 7


async def test_a_held_stream_is_not_applied_beyond_its_poison(hearing: Hearing) -> None:
    await hearing.service.tell([*ANAS, *BENS])
    await hearing.hear()

    async def applied(name: str, version: int) -> bool:
        place = Place(tenant=ORCHARD, source=SOURCE, stream=stream(name), version=version)
        async with hearing.service.pool.acquire() as connection:
            return await is_applied(connection, ["progress"], place)

    assert await applied("ana", 2)
    assert not await applied("ana", 3)
    assert await applied("ben", 2)


async def test_gauges_count_what_failed_and_what_waits(hearing: Hearing) -> None:
    await hearing.service.tell(ANAS)
    await hearing.hear()
    (count,) = await parking.parked_counts(hearing.service.pool)
    assert (count.consumer, count.source) == ("progress", SOURCE)
    assert (count.failed, count.waiting) == (1, 2)


async def test_nothing_parked_cannot_be_released(hearing: Hearing) -> None:
    with pytest.raises(NothingParked):
        await parking.release(hearing.service.pool, 404)

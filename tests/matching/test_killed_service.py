"""Matching killed in the middle of a run: it is worked out by whoever comes next, and told once."""

import asyncio
import gzip
from collections.abc import AsyncIterator, Awaitable, Callable
from inspect import isawaitable
from pathlib import Path
from typing import Any

import asyncpg
import httpx
import pytest

from services.matching.verifier import verify
from shared.auth import Role
from shared.frozen import frozen
from shared.ids import new_id
from shared.provisioning import Databases
from tests import world as worlds
from tests.matching.alone import Alone
from tests.matching.cast import COHORT, PROGRAM
from tests.matching.standing import Standstill, is_there
from tests.matching.town import PIA, Town, silent
from tests.patience import PATIENCE_SECONDS
from tests.ports import kept_ports
from tests.world import TENANT

pytestmark = pytest.mark.integration

NONE, ONCE = (0, 0), (1, 1)  # records, and events that name one
KEPT = """
SELECT (SELECT count(*) FROM log.records), count(*) FROM log.events
WHERE type = 'MatchingRunCompleted'
"""
LAPSE = "UPDATE log.timers SET next_at = clock_timestamp()"
RECORD = "SELECT subject::text, digest, document FROM log.records"


@frozen
class House:
    """Matching as a process, what it hears, and a view into its database."""

    town: Town
    alone: Alone
    database: asyncpg.Connection

    def pia(self) -> httpx.AsyncClient:
        token = self.town.world.issuer.mint(TENANT, str(PIA), (Role.PROGRAM_MANAGER,))
        headers = {"Authorization": f"Bearer {token}", "Idempotency-Key": str(new_id())}
        return httpx.AsyncClient(base_url=self.alone.address, headers=headers, timeout=30)

    async def get(self, path: str) -> dict[str, Any]:
        async with self.pia() as pia:
            answer = await pia.get(path)
        assert answer.is_success, answer.text
        found: dict[str, Any] = answer.json()
        return found

    async def asked(self) -> str:
        """A run is asked for: its id."""
        async with self.pia() as pia:
            request = {"program_id": str(PROGRAM), "cohort_id": str(COHORT)}
            answer = await pia.post("/v1/matching-runs", json=request)
        assert answer.status_code == 202, answer.text
        return str(answer.json()["operation_id"])

    async def succeeded(self, run_id: str) -> None:
        async def over() -> bool:
            status = (await self.get(f"/v1/operations/{run_id}"))["status"]
            assert status in {"running", "succeeded"}
            return bool(status == "succeeded")

        await eventually(over)

    async def kept(self) -> tuple[int, int]:
        records, completed = await self.database.fetchrow(KEPT)
        return records, completed


@pytest.fixture
async def house(databases: Databases, tmp_path: Path) -> AsyncIterator[House]:
    """Ben waits for Ana; nobody has begun to listen yet."""
    empty = tmp_path / "empty.sql"
    empty.write_text("SELECT 1;")
    told = [silent(name, empty) for name in ("enrollment", "sessions")]
    standstill = Standstill(folder=tmp_path / "stand", stage="scored")
    with kept_ports(1) as (port,):
        alone = Alone(standstill=standstill, databases=databases, port=port, keys=tmp_path)
        async with worlds.running(told, databases, tmp_path) as world:
            town = Town(world=world)
            await town.begins()
            await town.join({"ana": 1}, ["ben"])
            database = await asyncpg.connect(databases.dsn("matching", "worker"))
            house = House(town=town, alone=alone, database=database)
            try:
                yield house
            finally:
                alone.kill()
                await database.close()


async def move_in(house: House, crash_at: str = "") -> None:
    """Matching begins, hears of both, and has a policy."""

    async def listed() -> bool:
        rosters = await house.get(f"/v1/cohorts/{COHORT}/rosters")
        return len(rosters["items"]) == 2

    house.alone.begin(crash_at)
    await eventually(house.alone.is_ready)
    async with house.pia() as pia:

        async def is_set() -> bool:
            path = f"/v1/programs/{PROGRAM}/matching-policy"
            return (await pia.put(path, json={"reason": "first policy"})).is_success

        await eventually(is_set)
    await eventually(listed)


async def eventually(holds: Callable[[], bool | Awaitable[bool]]) -> None:
    async with asyncio.timeout(PATIENCE_SECONDS):
        while True:
            held = holds()
            if await held if isawaitable(held) else held:
                return
            await asyncio.sleep(0.05)


async def assert_told_once(house: House, run_id: str) -> None:
    assert await house.kept() == ONCE
    record = await house.database.fetchrow(RECORD)
    run = await house.get(f"/v1/matching-runs/{run_id}")
    assert (run["state"], run["record_digest"]) == ("draft", record["digest"])
    report = verify(gzip.decompress(record["document"]))
    assert (record["subject"], report.holds, report.whole) == (run_id, True, True)


async def test_a_run_outlives_the_service_that_worked_it_out(house: House) -> None:
    standstill = house.alone.standstill
    standstill.sell(1)
    await move_in(house)
    run_id = await house.asked()
    await eventually(lambda: len(standstill.standing()) == 1)
    (worker,) = standstill.standing()
    house.alone.kill()
    await eventually(lambda: not is_there(worker))
    assert await house.kept() == NONE
    house.alone.begin()
    await eventually(house.alone.is_ready)
    await house.succeeded(run_id)
    await assert_told_once(house, run_id)
    await house.succeeded(await house.asked())  # the cohort's turn was given back


async def test_a_record_is_there_with_the_event_that_names_it_wherever_the_service_dies(
    house: House,
) -> None:
    await move_in(house, crash_at="beside: before it is written")
    run_id = await house.asked()
    await eventually(house.alone.died)
    assert await house.kept() == NONE
    for point, kept in (("append: before commit", NONE), ("append: after commit", ONCE)):
        await house.database.execute(LAPSE)  # the claim of who died, which others wait for
        house.alone.begin(crash_at=point)
        await eventually(house.alone.died)
        assert (point, await house.kept()) == (point, kept)
    house.alone.begin()
    await eventually(house.alone.is_ready)
    await house.succeeded(run_id)
    await assert_told_once(house, run_id)

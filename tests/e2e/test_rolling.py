"""Copies of a service beside each other: they share the work, and are replaced under load."""

import asyncio
import signal
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import field
from pathlib import Path
from random import Random

import aiohttp
import pytest

from shared.auth import Role
from shared.envelope import SLOTS
from shared.frozen import frozen
from shared.ids import new_id
from tests.e2e import fleet as fleets
from tests.e2e.fleet import Copy, Fleet
from tests.e2e.house import eventually

pytestmark = [pytest.mark.e2e, pytest.mark.integration]

SEED = 20260105
CLIENTS = 6
LEASE_SECONDS = 8.0  # longer than a busy machine takes to notice
PAGES = ("/readyz", "/livez", "/metrics")
ATTEMPTS_MAX = 200
PAUSE_SECONDS = 0.05
APART_SECONDS = 0.03  # a steady load: starting a process needs the machine, too
END_SECONDS_MAX = 2.0  # one is promised; the machine of a test may be busy
RETRIED = {503}
OWNERS = """
SELECT consumer, source, split_part(owner, '-', -2)::int AS pid, count(*) AS slots FROM log.leases
WHERE until > clock_timestamp() GROUP BY 1, 2, 3
"""
CREATED = "SELECT record FROM log.events WHERE tenant = $1 AND type = 'ProgramCreated'"
BEHIND = """
SELECT slot, number FROM unnest($1::smallint[], $2::bigint[]) AS head (slot, number)
WHERE number > (SELECT min(l.number) FROM log.leases l
                WHERE l.source = 'enrollment' AND l.slot = head.slot)
"""
HEADS = "SELECT slot, number FROM log.slot_heads"
UNNUMBERED = (
    "SELECT FROM log.events e WHERE NOT EXISTS (SELECT FROM log.log l WHERE l.event = e.id)"
)


@frozen
class Crew:
    """Two copies of what answers and two of what works behind it."""

    fleet: Fleet
    apis: Sequence[Copy]
    workers: Sequence[Copy]  # of metrics, which hears enrollment


@pytest.fixture(scope="module")
def crew() -> Iterator[Crew]:
    with (
        tempfile.TemporaryDirectory() as folder,
        fleets.assembled(Path(folder), BUS__LEASE_SECONDS=str(LEASE_SECONDS)) as fleet,
    ):
        apis = [fleet.api("enrollment") for _ in range(2)]
        workers = [fleet.worker("metrics") for _ in range(2)]
        sequencing = fleet.worker("enrollment")
        for copy in (*apis, *workers, sequencing):
            copy.ready()
        yield Crew(fleet=fleet, apis=apis, workers=workers)


@frozen
class Load:
    """Clients that create one program after the other until they are told to stop."""

    addresses: Sequence[str]
    token: str
    over: asyncio.Event = field(default_factory=asyncio.Event)
    created: list[str] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)
    retried: list[str] = field(default_factory=list)

    async def sent(self, number: int) -> None:
        chance = Random(f"{SEED}-{number}")
        async with aiohttp.ClientSession() as http:
            while not self.over.is_set():
                await self._create(http, chance, f"program {number}-{chance.random()}")
                await asyncio.sleep(APART_SECONDS)

    async def _create(self, http: aiohttp.ClientSession, chance: Random, name: str) -> None:
        """One command under one key, wherever it is answered, until it is."""
        headers = {"Authorization": f"Bearer {self.token}", "Idempotency-Key": str(new_id())}
        place = chance.randrange(len(self.addresses))
        for attempt in range(ATTEMPTS_MAX):
            address = self.addresses[(place + attempt) % len(self.addresses)]
            try:
                async with http.post(
                    f"{address}/v1/programs", json={"name": name}, headers=headers
                ) as answer:
                    if answer.status not in RETRIED:
                        told = await answer.json()
                        kept = self.created if answer.ok else self.failed
                        kept.append(told["program_id"] if answer.ok else str(told))
                        return
                    self.retried.append(str(answer.status))
            except aiohttp.ClientConnectionError as error:
                self.retried.append(type(error).__name__)
            await asyncio.sleep(PAUSE_SECONDS)
        self.failed.append(f"{name}: no answer after {ATTEMPTS_MAX} attempts")


async def replaced(copies: Sequence[Copy], *, rounds: int) -> list[float]:
    """Each copy ended and started again, one after the other; how long each took to end."""
    took = []
    for _ in range(rounds):
        for copy in copies:
            took.append(await asyncio.to_thread(copy.end))
            copy.start()
            await asyncio.to_thread(copy.ready)
    return took


def roll(crew: Crew, rounds: int) -> None:
    """Replace every copy while clients write: no answer lost, no event lost, none doubled."""
    fleet, tenant = crew.fleet, f"rolling-{new_id()}"
    token = fleet.issuer.mint(tenant, str(new_id()), (Role.PROGRAM_MANAGER,))
    load = Load(addresses=[api.address for api in crew.apis], token=token)

    async def under_load() -> list[float]:
        clients = [asyncio.create_task(load.sent(number)) for number in range(CLIENTS)]
        took = await asyncio.gather(
            replaced(crew.apis, rounds=rounds), replaced(crew.workers[:1], rounds=rounds)
        )
        load.over.set()
        await asyncio.gather(*clients)
        return [*took[0], *took[1]]

    took = asyncio.run(under_load())
    assert load.failed == []
    assert max(took) < END_SECONDS_MAX
    rows = fleet.ask("enrollment", CREATED, tenant)
    stored = [row["record"].decode() for row in rows]
    assert len(load.created) == len(set(load.created)) == len(stored) > 10 * rounds
    assert all(any(one in record for record in stored) for one in load.created[:50])
    eventually(lambda: not fleet.ask("enrollment", UNNUMBERED))
    heads = fleet.ask("enrollment", HEADS)
    reached = ([row["slot"] for row in heads], [row["number"] for row in heads])
    eventually(lambda: not fleet.ask("metrics", BEHIND, *reached))
    assert fleet.differences("metrics") == []


def test_copies_are_replaced_under_load_and_no_command_fails(crew: Crew) -> None:
    roll(crew, rounds=1)


@pytest.mark.slow
def test_copies_are_replaced_again_and_again_under_load(crew: Crew) -> None:
    roll(crew, rounds=5)


def test_two_workers_share_the_slots_and_one_takes_over_from_one_that_was_killed(
    crew: Crew,
) -> None:
    first, second = crew.workers

    def shares(*copies: Copy) -> bool:
        """Whether these copies hold all slots of every consumer, and each holds as many."""
        rows = crew.fleet.ask("metrics", OWNERS)
        pairs = {(row["consumer"], row["source"]) for row in rows}
        wanted = {(*pair, copy.pid, SLOTS // len(copies)) for pair in pairs for copy in copies}
        return bool(rows) and {tuple(row) for row in rows} == wanted

    eventually(lambda: shares(first, second))
    eventually(lambda: {first.status(page) for page in PAGES} == {200})
    first.end(signal.SIGKILL)
    killed = time.monotonic()
    eventually(lambda: shares(second))
    assert time.monotonic() - killed < 2 * LEASE_SECONDS
    first.start()
    first.ready()
    eventually(lambda: shares(first, second))
    assert first.end() < END_SECONDS_MAX
    ended = time.monotonic()
    eventually(lambda: shares(second))  # what is given back need not lapse
    assert time.monotonic() - ended < LEASE_SECONDS
    first.start()
    first.ready()

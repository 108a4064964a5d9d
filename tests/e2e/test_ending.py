"""Services that are told to end, and services that are killed: nothing is lost, nothing twice."""

import asyncio
import json
import signal
import socket
import tempfile
from collections.abc import Iterator
from pathlib import Path
from subprocess import Popen
from urllib.parse import urlsplit

import aiohttp
import httpx
import pytest

from shared.auth import Role
from shared.ids import new_id
from tests.e2e import house as houses
from tests.e2e.house import Caller, House, eventually, granted
from tests.patience import PATIENCE_SECONDS, ended

pytestmark = [pytest.mark.e2e, pytest.mark.integration]

STREAMS = 200
END_SECONDS_MAX = 1.0
CREATED = "SELECT count(*) FROM log.events WHERE tenant = $1 AND type = 'ProgramCreated'"


@pytest.fixture(scope="module")
def own_house() -> Iterator[House]:
    """Services of our own: we end them."""
    with tempfile.TemporaryDirectory() as folder, houses.opened(Path(folder)) as running:
        yield running


def manager(house: House, tenant: str) -> Caller:
    return house.caller(tenant, new_id(), Role.PROGRAM_MANAGER)


async def followed(caller: Caller, path: str, process: Popen[bytes]) -> tuple[list[str], float]:
    """What many event streams tell until they end, and how long a process told to end takes."""
    headers = {"Authorization": f"Bearer {caller.token}"}
    address = caller.addresses["metrics"] + path
    open_now = asyncio.Semaphore(0)

    async def follow(http: aiohttp.ClientSession) -> str:
        told = b""
        async with http.get(address, headers=headers) as answer:
            assert answer.status == httpx.codes.OK
            async for part in answer.content.iter_any():
                if not told:
                    open_now.release()
                told += part
        return told.decode()

    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as http:
        streams = [asyncio.create_task(follow(http)) for _ in range(STREAMS)]
        async with asyncio.timeout(PATIENCE_SECONDS):
            for _ in streams:
                await open_now.acquire()
        took = await asyncio.to_thread(ended, process, process.terminate)
        return await asyncio.gather(*streams), took


def last_id(told: str) -> str:
    return [line.removeprefix("id: ") for line in told.splitlines() if line.startswith("id: ")][-1]


def test_200_streams_are_told_end_within_a_second_and_go_on_where_they_ended(
    own_house: House,
) -> None:
    mia = manager(own_house, f"ending-{new_id()}")
    program = granted(mia.post("enrollment", "/v1/programs", {"name": "Across"}))["program_id"]
    path = f"/v1/programs/{program}/events"
    eventually(lambda: mia.get("metrics", f"/v1/programs/{program}/funnel").is_success)
    process = own_house.system.processes["metrics"]
    endings, took = asyncio.run(followed(mia, path, process))
    assert took < END_SECONDS_MAX
    assert process.returncode in {0, -signal.SIGTERM}  # in order, then by the signal itself
    for told in endings:
        assert told.endswith("event: server.closing\nretry: 1000\ndata: {}\n\n")

    charter = {"text": "We ask.", "hours_per_month": 4}  # while nobody listens
    granted(mia.put("enrollment", f"/v1/programs/{program}/agreements/mentee", charter))
    with own_house.again("metrics"):
        headers = {"Authorization": f"Bearer {mia.token}", "Last-Event-ID": last_id(endings[0])}
        address = own_house.system.addresses["metrics"] + path
        with httpx.stream("GET", address, headers=headers, timeout=60) as answer:
            happened = next(line for line in answer.iter_lines() if "AgreementPublished" in line)
    assert json.loads(happened.removeprefix("data: "))["type"] == "AgreementPublished"


def test_a_service_killed_after_it_committed_and_before_it_was_heard_did_it_once(
    own_house: House,
) -> None:
    tenant, key = f"killed-{new_id()}", str(new_id())
    mia, process = manager(own_house, tenant), own_house.system.processes["enrollment"]
    place = urlsplit(own_house.system.addresses["enrollment"])
    body = b'{"name":"Across"}'
    request = (
        f"POST /v1/programs HTTP/1.1\r\nHost: {place.netloc}\r\nIdempotency-Key: {key}\r\n"
        f"Authorization: Bearer {mia.token}\r\nContent-Type: application/json\r\n"
        f"Content-Length: {len(body)}\r\n\r\n"
    )
    with socket.create_connection((place.hostname or "", place.port or 0)) as deaf:
        deaf.sendall(request.encode() + body)  # and whatever is answered is never read
        eventually(lambda: own_house.value("enrollment", CREATED, tenant))
        process.send_signal(signal.SIGKILL)
        process.wait()
    with own_house.again("enrollment"):
        again = mia.post("enrollment", "/v1/programs", {"name": "Across"}, key)
        assert again.status_code == httpx.codes.CREATED
        assert again.headers["idempotent-replayed"] == "true"
        shown = granted(mia.get("enrollment", again.headers["location"]))
        assert shown["name"] == "Across"
        assert own_house.value("enrollment", CREATED, tenant) == 1
        assert own_house.differences("enrollment") == []

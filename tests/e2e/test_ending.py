"""Services that are told to end, and services that are killed: nothing is lost, nothing twice."""

import json
import signal
import socket
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Semaphore
from urllib.parse import urlsplit

import httpx
import pytest

from shared.auth import Role
from shared.ids import new_id
from tests.e2e import house as houses
from tests.e2e.house import Caller, House, eventually, granted

pytestmark = [pytest.mark.e2e, pytest.mark.integration]

STREAMS = 50
END_SECONDS_MAX = 1.0
CREATED = "SELECT count(*) FROM log.events WHERE tenant = $1 AND type = 'ProgramCreated'"


@pytest.fixture(scope="module")
def own_house() -> Iterator[House]:
    """Services of our own: we end them."""
    with tempfile.TemporaryDirectory() as folder, houses.opened(Path(folder)) as running:
        yield running


def manager(house: House, tenant: str) -> Caller:
    return house.caller(tenant, new_id(), Role.PROGRAM_MANAGER)


def followed(caller: Caller, path: str, opened: Semaphore) -> str:
    """Everything that one event stream tells until it ends by itself."""
    told = ""
    headers = {"Authorization": f"Bearer {caller.token}"}
    address = caller.addresses["metrics"] + path
    with httpx.stream("GET", address, headers=headers, timeout=60) as answer:
        assert answer.status_code == httpx.codes.OK
        for text in answer.iter_text():
            if not told:
                opened.release()
            told += text
    return told


def last_id(told: str) -> str:
    return [line.removeprefix("id: ") for line in told.splitlines() if line.startswith("id: ")][-1]


def test_50_streams_are_told_end_within_a_second_and_go_on_where_they_ended(
    own_house: House,
) -> None:
    mia = manager(own_house, f"ending-{new_id()}")
    program = granted(mia.post("enrollment", "/v1/programs", {"name": "Across"}))["program_id"]
    path = f"/v1/programs/{program}/events"
    eventually(lambda: mia.get("metrics", f"/v1/programs/{program}/funnel").is_success)
    opened, process = Semaphore(0), own_house.system.processes["metrics"]
    with ThreadPoolExecutor(STREAMS) as pool:
        streams = [pool.submit(followed, mia, path, opened) for _ in range(STREAMS)]
        for _ in streams:
            assert opened.acquire(timeout=60)
        began = time.monotonic()
        process.send_signal(signal.SIGTERM)
        process.wait(10 * END_SECONDS_MAX)
        took = time.monotonic() - began
        endings = [stream.result(timeout=10) for stream in streams]
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

"""What a trace costs: the same requests to a service that is traced and to one that is not."""

import asyncio
import re
from collections.abc import Callable
from contextlib import ExitStack
from itertools import count
from typing import Any

import httpx
import msgspec

from shared.ids import fresh_id
from tests.bench.figures import Figure, Report
from tests.bench.load import loaded, request
from tests.bench.processes import HOST, program_manager, service_process
from tests.bench.servers import durable_place
from tests.collector import collecting

SECONDS = 1.0  # short turns, so that what else the machine does is the same for both
ROUNDS = 21
CONNECTIONS = 4
MICROSECONDS = 1e6
NOTES = (
    "CPU time of the service's own process, with the thread that sends spans in batches to a",
    "collector; both processes take turns, so a busy machine is busy for both.",
)
Requests = Callable[[], bytes]


def _read(token: str) -> Requests:
    headers = f"Host: {HOST}\r\nAuthorization: Bearer {token}\r\n"
    said = f"GET /v1/competencies?limit=1 HTTP/1.1\r\n{headers}\r\n".encode()
    return lambda: said


def _command(token: str) -> Requests:
    places = count()

    def make() -> bytes:
        body = {
            "code": f"bench.{fresh_id().hex[-12:]}.{next(places)}",
            "name": "Social perceptiveness",
            "category": "skills",
            "description": "Being aware of others' reactions.",
        }
        headers = (f"Authorization: Bearer {token}", f"Idempotency-Key: {fresh_id()}")
        return request("/v1/competencies", HOST, headers, msgspec.json.encode(body))

    return make


def _cpu_seconds(port: int) -> float:
    page = httpx.get(f"http://{HOST}:{port}/metrics").text
    found = re.search(r"^process_cpu_seconds_total (\S+)$", page, re.MULTILINE)
    assert found is not None
    return float(found[1])


def _microseconds(port: int, make: Requests, seconds: float) -> float:
    before = _cpu_seconds(port)
    load = asyncio.run(loaded(HOST, port, make, connections=CONNECTIONS, seconds=seconds))
    spent = _cpu_seconds(port) - before
    return spent / len(load.seconds) * MICROSECONDS


def measure(*, small: bool = False) -> list[Report]:
    """Microseconds of CPU a request, without and with a trace of it."""
    seconds, rounds = (0.3, 1) if small else (SECONDS, ROUNDS)
    runs: dict[str, list[float]] = {}
    with ExitStack() as stack:
        collector = stack.enter_context(collecting())
        place = stack.enter_context(durable_place())
        token = program_manager(place)

        def started(**settings: str) -> int:
            service = service_process(place, "enrollment", with_worker=False, **settings)
            return stack.enter_context(service)

        ports = {"off": started(), "on": started(TRACING__ENDPOINT=collector.address)}
        requests = {"a read": _read(token), "a command": _command(token)}
        for port in ports.values():
            for make in requests.values():
                _microseconds(port, make, min(1.0, seconds))
        for turn in range(rounds):
            for name, make in requests.items():
                for state in list(ports)[:: 1 if turn % 2 else -1]:
                    spent = _microseconds(ports[state], make, seconds)
                    runs.setdefault(f"{name}, traces {state}", []).append(spent)
    return [_report(runs)]


def _report(runs: dict[str, list[float]]) -> Report:
    figures: list[Figure] = []
    targets: dict[str, Any] = {}
    for name in ("a read", "a command"):
        off, on = runs[f"{name}, traces off"], runs[f"{name}, traces on"]
        cost = [with_it - without for without, with_it in zip(off, on, strict=True)]
        figures += [
            Figure(name=f"{name}, traces off", unit="us", runs=off),
            Figure(name=f"{name}, traces on", unit="us", runs=on, against=f"{name}, traces off"),
            Figure(name=f"{name}, cost of its trace", unit="us", runs=cost),
        ]
        targets[f"{name}, cost of its trace"] = "at most 300 us"
    return Report(title="A trace (CPU a request)", figures=figures, targets=targets, notes=NOTES)

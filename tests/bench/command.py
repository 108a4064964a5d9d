"""A command through HTTP, whole, against a bare route that inserts one row and commits."""

import asyncio
from collections.abc import Callable
from contextlib import ExitStack
from functools import partial
from itertools import count

import msgspec

from shared.ids import fresh_id
from tests.bench.figures import Figure, Report
from tests.bench.load import Load, loaded, request
from tests.bench.processes import HOST, bare_process, program_manager, service_process
from tests.bench.servers import durable_place

SECONDS = 4.0
ROUNDS = 5
CONNECTIONS = (1, 8, 32)
WARM_SECONDS = 1.0
NOTES = (
    "The command has a signed token, a role, an idempotency key, an event, its read table, and a",
    "log line, and its service numbers the events meanwhile; the bare route has none of these.",
)
Requests = Callable[[], bytes]


def _competency(place: int) -> bytes:
    return msgspec.json.encode(
        {
            "code": f"bench.{place}",
            "name": "Social perceptiveness",
            "category": "skills",
            "description": "Being aware of others' reactions and understanding why they react so.",
        }
    )


def _bare_requests() -> Requests:
    places = count()
    return lambda: request("/competencies", HOST, (), _competency(next(places)))


def _commands(token: str) -> Requests:
    places = count()

    def make() -> bytes:
        headers = (f"Authorization: Bearer {token}", f"Idempotency-Key: {fresh_id()}")
        return request("/v1/competencies", HOST, headers, _competency(next(places)))

    return make


def _run(port: int, make: Requests, connections: int, seconds: float) -> Load:
    return asyncio.run(loaded(HOST, port, make, connections=connections, seconds=seconds))


def measure(*, small: bool = False) -> list[Report]:
    """Requests a second and their times at 1, 8 and 32 connections."""
    seconds, rounds = (0.3, 1) if small else (SECONDS, ROUNDS)
    runs: dict[str, list[float]] = {}
    with ExitStack() as stack:
        place = stack.enter_context(durable_place())
        name = place.databases.name("enrollment")
        bare = place.databases.administrator("enrollment", name)
        ports = (
            stack.enter_context(bare_process(place, bare)),
            stack.enter_context(service_process(place, "enrollment")),
        )
        programs = (
            ("bare route", ports[0], _bare_requests()),
            ("command", ports[1], _commands(program_manager(place))),
        )
        for _, port, make in programs:
            _run(port, make, 8, min(WARM_SECONDS, seconds))
        for _ in range(rounds):
            for connections in CONNECTIONS:
                for who, port, make in programs:
                    load = _run(port, make, connections, seconds)
                    put = partial(_put, runs, f"{who}, {connections}")
                    put("requests/s", load.per_second)
                    put("p50", load.percentile(50))
                    put("p99", load.percentile(99))
    return [_report(runs, *each) for each in (("requests/s", ""), ("p50", "ms"), ("p99", "ms"))]


def _put(runs: dict[str, list[float]], name: str, what: str, value: float) -> None:
    runs.setdefault(f"{what} {name}", []).append(value)


def _report(runs: dict[str, list[float]], what: str, unit: str) -> Report:
    figures = []
    for connections in CONNECTIONS:
        for who, against in (("bare route", ""), ("command", f"bare route, {connections}")):
            name = f"{who}, {connections}"
            found = runs[f"{what} {name}"]
            figures.append(Figure(name=name, unit=unit or what, runs=found, against=against))
    is_pace = not unit
    targets = {"command, 32": "at least 0.5x"} if is_pace else {}
    title = f"A command through HTTP (connections): {what}"
    return Report(title=title, figures=figures, targets=targets, notes=NOTES if is_pace else ())

"""A command through HTTP, whole, against a bare route that inserts one row and commits."""

import asyncio
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from functools import partial
from itertools import count

import msgspec

from shared.frozen import frozen
from shared.ids import fresh_id
from tests.bench import cpu
from tests.bench.figures import Figure, Report
from tests.bench.load import Load, loaded, request
from tests.bench.processes import HOST, bare_process, program_manager, service_process
from tests.bench.servers import Place, durable_place

SECONDS = 4.0
ROUNDS = 5
CONNECTIONS = (1, 8, 32)
WARM_SECONDS = 1.0
NOTES = (
    "The command has a signed token, a role, an idempotency key, an event, its read table, and a",
    "log line, and its service's own loops run in the same process: events are numbered meanwhile.",
    "The bare route has none of these. Both are one process under the same server and event loop,",
    "with ten connections, each commit waits for the disk; the load comes from a third process.",
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


@frozen
class _Program:
    """What is put under load, and where its processor time is counted."""

    name: str
    port: int
    pid: int
    make: Requests


def _run(program: _Program, connections: int, seconds: float) -> Load:
    return asyncio.run(
        loaded(HOST, program.port, program.make, connections=connections, seconds=seconds)
    )


def measure(*, small: bool = False) -> list[Report]:
    """Requests a second, their times and their costs at 1, 8 and 32 connections."""
    seconds, rounds = (0.3, 1) if small else (SECONDS, ROUNDS)
    runs: dict[str, list[float]] = {}
    with ExitStack() as stack:
        place = stack.enter_context(durable_place())
        programs = _programs(place, stack)
        postgres = asyncio.run(cpu.postmaster(place.databases.server))
        for program in programs:
            _run(program, 8, min(WARM_SECONDS, seconds))
        for _ in range(rounds):
            for connections in CONNECTIONS:
                for program in programs:
                    used = cpu.seconds_of(program.pid), cpu.seconds_of_server(postgres)
                    load = _run(program, connections, seconds)
                    put = partial(_put, runs, f"{program.name}, {connections}")
                    put("requests/s", load.per_second)
                    put("p50", load.percentile(50))
                    put("p99", load.percentile(99))
                    answered = len(load.seconds) / 1e6
                    put("service", (cpu.seconds_of(program.pid) - used[0]) / answered)
                    put("Postgres", (cpu.seconds_of_server(postgres) - used[1]) / answered)
    kinds = (("requests/s", ""), ("p50", "ms"), ("p99", "ms"), ("service", "us"))
    return [_report(runs, *each) for each in (*kinds, ("Postgres", "us"))]


def _programs(place: Place, stack: ExitStack) -> Sequence[_Program]:
    name = place.databases.name("enrollment")
    bare = place.databases.administrator("enrollment", name)
    return (
        _Program(
            name="bare route",
            port=stack.enter_context(bare_process(place, bare)),
            pid=cpu.own_child("tests.bench.bare_service:app"),
            make=_bare_requests(),
        ),
        _Program(
            name="command",
            port=stack.enter_context(service_process(place, "enrollment")),
            pid=cpu.own_child("shared.cli"),
            make=_commands(program_manager(place)),
        ),
    )


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
    about = f"processor time of {what}" if unit == "us" else what
    title = f"A command through HTTP (connections): {about}"
    return Report(title=title, figures=figures, targets=targets, notes=NOTES if is_pace else ())

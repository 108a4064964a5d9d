"""The promises of this system, each looked at after something was broken and has healed."""

import asyncio
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack

import asyncpg

from shared import clock
from shared.http import signing
from shared.provisioning import SERVICES
from shared.runtime import service_named
from shared.runtime.application import DEVELOPMENT_SECRET
from shared.runtime.rebuilding import rebuilt
from tests.faults.calls import Call
from tests.faults.play import Play
from tests.faults.published import misheard
from tests.faults.stage import Stage
from tests.faults.told import Entry, gaps, told
from tests.quiet import under_way

CONVERGED_SECONDS_MAX = 30.0
LOOK_SECONDS = 0.1
EXAMPLES_MAX = 5
MANY_EFFECTS = ("/v1/people/imports",)  # row by row: a repeated one does what is left of it

_PARKED = "SELECT count(*) FROM log.parked"


def converged(stage: Stage) -> tuple[float, Sequence[str]]:
    """Wait until every consumer has handled every event; how long it took, and what is behind."""
    began = time.monotonic()
    while behind := asyncio.run(_behind(stage)):
        if time.monotonic() > began + CONVERGED_SECONDS_MAX:
            break
        time.sleep(LOOK_SECONDS)
    return time.monotonic() - began, behind


def broken(stage: Stage, play: Play, *, parked: int = 0) -> Mapping[str, Sequence[str]]:
    """What does not hold, by promise; `parked` messages are expected to stand."""
    log = told(stage, play.tenant)
    found = {
        "HTTP": play.ledger.faults,
        "G1": _lost(play, log),
        "G2": [*_twice(play, log), *play.replayed()],
        "G3": differences(stage),
        "G4": [*_disordered(stage, log), *misheard(stage)],
        "G5": _overfull(log["matching"]),
        "G6": [str(each) for entries in log.values() for each in entries if not each.is_genuine],
        "G9": _readable(stage, play),
        "G10": _parked(stage, parked),
    }
    return {promise: list(texts)[:EXAMPLES_MAX] for promise, texts in found.items() if texts}


async def _behind(stage: Stage) -> Sequence[str]:
    async with AsyncExitStack() as stack:
        databases: dict[str, asyncpg.Connection] = {}
        for service in SERVICES:
            name = stage.databases.name(service)
            database = await asyncpg.connect(stage.databases.administrator(service, name))
            stack.push_async_callback(database.close)
            databases[service] = database
        services = [service_named(name) for name in SERVICES]
        over_kafka = stage.broker is not None
        return await under_way(services, databases, clock.now(), over_kafka=over_kafka)


def _lost(play: Play, log: Mapping[str, Sequence[Entry]]) -> Sequence[str]:
    """Calls that were granted, and whose effect is not in the log."""
    heads = {(s, entry.stream): entry.version for s, entries in log.items() for entry in entries}
    return [
        f"{call}: {stream} should be at {version}, is at {heads.get((service, stream))}"
        for call in play.ledger.calls
        if call.is_ok
        for service, stream, version in _written(play.tenant, call)
        if heads.get((service, stream), 0) < version
    ]


def _written(tenant: str, call: Call) -> Sequence[tuple[str, str, int]]:
    """What a call's token of consistency says it wrote."""
    token = call.headers.get("consistency-token")
    if token is None:
        return ()
    purpose = f"consistency\x1f{tenant}"
    payload = signing.verify(DEVELOPMENT_SECRET.encode(), purpose, token).decode()
    service, *rest = payload.split("\x1f")
    return [(service, *pair) for pair in zip(rest[::2], map(int, rest[1::2]), strict=True)]


def _twice(play: Play, log: Mapping[str, Sequence[Entry]]) -> Sequence[str]:
    """Keys with the effects of several attempts, and refused calls with any effect."""
    by_key: dict[tuple[str, str], set[str]] = {}
    for service, entries in log.items():
        for entry in entries:
            if ":" not in entry.actor:  # what follows from it carries the same correlation
                key = service, str(entry.correlation_id)
                by_key.setdefault(key, set()).add(str(entry.causation_id))
    found = []
    for call in play.ledger.calls:
        effects = len(by_key.get((call.service, call.key), ()))
        if effects > 1 and not call.path.startswith(MANY_EFFECTS):
            found.append(f"{call}: {effects} attempts had effects")
        if effects and call.is_refused:
            found.append(f"{call}: refused, and done")
    return found


def differences(stage: Stage) -> Sequence[str]:
    """How rebuilt read tables differ from the live ones, row for row."""

    async def compared() -> Sequence[str]:
        return [
            f"{service} {report.projection}.{each.table}: {each}"
            for service in SERVICES
            async for report in rebuilt(service_named(service), stage.databases, switch=False)
            for each in report.differences
        ]

    return asyncio.run(compared())


def _disordered(stage: Stage, log: Mapping[str, Sequence[Entry]]) -> Sequence[str]:
    found = [f"{service}: {count} gaps" for service in SERVICES if (count := gaps(stage, service))]
    for service, entries in log.items():
        versions: dict[str, int] = {}
        last: dict[str, int] = {}
        for entry in entries:
            if entry.number is None or entry.slot_number is None:
                found.append(f"{service}: {entry.stream} {entry.version} has no number")
                continue
            if entry.version != versions.get(entry.stream, 0) + 1:
                found.append(f"{service}: {entry.stream} {entry.version} comes out of order")
            if entry.slot_number <= last.get(entry.stream, 0):
                found.append(f"{service}: {entry.stream} {entry.version} is delivered too early")
            versions[entry.stream], last[entry.stream] = entry.version, entry.slot_number
    return found


def _overfull(entries: Sequence[Entry]) -> Sequence[str]:
    """Seats given at any point of the log beyond those that there were."""
    seats: dict[str, int] = {}
    taken: Counter[str] = Counter()
    found = []
    for entry in entries:
        match entry.type:
            case "ParticipantListed" | "SeatsChanged":
                seats[entry.stream] = entry.fact["seats"]
            case "SeatReserved":
                taken[entry.stream] += 1
            case "SeatReleased":
                taken[entry.stream] -= 1
            case _:
                continue
        if not 0 <= taken[entry.stream] <= seats.get(entry.stream, 0):
            found.append(f"{entry.stream}: {taken[entry.stream]} of {seats.get(entry.stream)}")
    return found


def _readable(stage: Stage, play: Play) -> Sequence[str]:
    """Erased people of whom a name or a key is left."""
    identity = "SELECT count(*) FROM vault.identity WHERE person_id::text = ANY ($1)"
    keys = (
        "SELECT count(*) FROM vault.subject_keys WHERE subject = ANY ($1) AND destroyed_at IS NULL"
    )
    asked = [("enrollment", identity), *((service, keys) for service in SERVICES)]
    return [
        f"{service}: {left} left by {query.split()[3]}"
        for service, query in asked
        if (left := stage.value(service, query, play.erased()))
    ]


def _parked(stage: Stage, expected: int) -> Sequence[str]:
    counts = {service: int(str(stage.value(service, _PARKED))) for service in SERVICES}
    return [] if sum(counts.values()) == expected else [f"parked: {counts}, expected {expected}"]

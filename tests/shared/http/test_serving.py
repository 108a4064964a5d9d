"""A real server: streams that end in time, uploads that are cut, probes, and the clock."""

import asyncio
import signal
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from io import StringIO
from pathlib import Path

import asyncpg
import httpx
import pytest
import structlog
import uvicorn

from shared import clock
from shared.auth import Role
from shared.http import DrainingServer, edge
from shared.http.operators import _without_text
from shared.settings import HttpSettings, Settings
from tests.fresh_databases import FreshDatabase
from tests.patience import PATIENCE_SECONDS, stopwatch
from tests.shared.http.goals_service import GoalsWorld, goals_world, key

pytestmark = pytest.mark.integration

GOAL = "0198c5a4-7f3e-7c1a-9d52-2b8f6a1c2b3d"


@asynccontextmanager
async def served(world: GoalsWorld) -> AsyncIterator[tuple[DrainingServer, httpx.AsyncClient]]:
    listener = socket.create_server(("127.0.0.1", 0))
    config = uvicorn.Config(world.app, log_config=None, access_log=False)
    server = DrainingServer(config, world.app.state.closing)
    serving = asyncio.create_task(server._serve([listener]))
    async with asyncio.timeout(PATIENCE_SECONDS):
        while not server.started and not serving.done():  # noqa: ASYNC110  # uvicorn sets no event
            await asyncio.sleep(0.01)
    if serving.done():
        await serving
    port = listener.getsockname()[1]
    limits = httpx.Limits(max_connections=100)
    base = f"http://127.0.0.1:{port}"
    async with httpx.AsyncClient(base_url=base, limits=limits, timeout=30) as client:
        yield server, client
    server.should_exit = True
    await serving
    listener.close()


async def test_50_open_streams_are_told_and_end_within_a_second(world: GoalsWorld) -> None:
    headers = world.signed_in()
    opened = asyncio.Semaphore(0)

    async def follow(client: httpx.AsyncClient) -> str:
        told = ""
        async with client.stream("GET", f"/v1/goals/{GOAL}/changes", headers=headers) as stream:
            assert stream.headers["content-type"].startswith("text/event-stream")
            async for text in stream.aiter_text():
                if not told:
                    opened.release()
                told += text
        return told

    async with served(world) as (server, client):
        following = [asyncio.create_task(follow(client)) for _ in range(50)]
        async with asyncio.timeout(PATIENCE_SECONDS):
            for _ in following:
                await opened.acquire()
        seconds = stopwatch()
        server.handle_exit(signal.SIGTERM, None)
        endings = await asyncio.gather(*following)
    assert seconds() < 1
    for told in endings:
        assert told.startswith(f'id: {GOAL}\nevent: goal.changed\ndata: {{"reached":1')
        assert told.endswith("event: server.closing\nretry: 1000\ndata: {}\n\n")


async def test_a_stream_begins_with_blanks_for_proxies_that_wait_for_them(
    world: GoalsWorld,
) -> None:
    path = f"/v1/goals/{GOAL}/changes?pad=2048"
    async with (
        served(world) as (server, client),
        client.stream("GET", path, headers=world.signed_in()) as stream,
    ):
        assert stream.headers["x-accel-buffering"] == "no"
        assert len(await anext(stream.aiter_raw())) > 2048
        server.handle_exit(signal.SIGTERM, None)


async def test_200_megabytes_are_refused_and_the_server_goes_on(world: GoalsWorld) -> None:
    async def much() -> AsyncIterator[bytes]:
        for _ in range(200):
            yield b" " * 2**20

    headers = {**world.signed_in(), "Content-Length": str(200 * 2**20)}
    async with served(world) as (_, client):
        answer = await client.post("/v1/imports", content=much(), headers=headers)
        assert answer.status_code == 413
        assert answer.json()["code"] == "content_too_large"
        assert (await client.get("/livez")).text == "ok"


async def test_a_process_that_is_ending_is_not_ready(world: GoalsWorld) -> None:
    assert (await world.client.get("/readyz")).text == "ok\n"
    told = await world.client.get("/readyz?verbose")
    assert "[+] shutdown: ok" in told.text
    world.app.state.closing.begin()
    ending = await world.client.get("/readyz?verbose")
    assert ending.status_code == 503
    assert "[-] shutdown: the process is ending" in ending.text
    assert (await world.client.get("/livez")).status_code == 200


async def test_a_part_that_does_not_answer_is_named(world: GoalsWorld) -> None:
    async def broken() -> str | None:
        raise ConnectionRefusedError

    async def behind() -> str | None:
        return "61 s behind"

    checks = {"database": broken, "worker": behind}
    world.app.state.ports = replace(world.ports, checks=checks)
    told = await world.client.get("/readyz?verbose")
    assert told.status_code == 503
    assert "[-] database: ConnectionRefusedError" in told.text
    assert "[-] worker: 61 s behind" in told.text


async def test_requests_are_counted_by_route_and_never_by_id(world: GoalsWorld) -> None:
    await world.client.get(f"/v1/goals/{GOAL}", headers=world.signed_in())
    told = (await world.client.get("/metrics")).text
    assert 'http_route="/v1/goals/{goal_id}"' in told
    assert GOAL not in told


async def test_the_clock_of_a_demo_goes_forward_only(
    world: GoalsWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clock, "_offset", timedelta())
    headers = world.signed_in()
    later = clock.now() + timedelta(days=30)
    moved = await world.client.put(
        "/v1/development/clock", json={"now": later.isoformat()}, headers=headers
    )
    assert moved.json()["now"] >= later.isoformat()[:19]
    assert moved.json()["now"].endswith("Z")
    back = await world.client.put(
        "/v1/development/clock", json={"now": "2020-01-01T00:00:00Z"}, headers=headers
    )
    assert (back.status_code, back.json()["code"]) == (422, "clock_runs_forward")
    assert back.json()["errors"][0]["pointer"] == "/now"
    assert (await world.client.get("/v1/goals", headers=headers)).status_code == 200


async def test_a_parked_event_is_seen_and_released_by_its_own_tenants_operator(
    world: GoalsWorld,
) -> None:
    worker = await asyncpg.connect(world.database.dsn("worker"))
    await worker.execute(
        "INSERT INTO log.parked"
        " (tenant, consumer, source, slot, number, stream, type, cause, message, headers)"
        " VALUES ('orchard', 'pool', 'matching', 1, 7, 'pairing-1', 'X', 'unknown type', '', '{}')"
    )
    for consumer in ("pool", "one that is no more"):
        await worker.execute(
            "INSERT INTO log.leases VALUES ($1, 'matching', 1, 'w', 1, now(), 6)", consumer
        )
    operator = world.signed_in(Role.OPERATOR)

    async def head() -> dict[int, int]:
        return {1: 9}

    world.app.state.ports = replace(
        world.ports, heads={"matching": head}, hearing=[("pool", "matching"), ("late", "matching")]
    )
    lag = await world.client.get("/v1/ops/lag", headers=operator)
    assert lag.json()["items"] == [
        {"consumer": "late", "source": "matching", "applied": 0, "published": 9, "behind": 9},
        {"consumer": "pool", "source": "matching", "applied": 6, "published": 9, "behind": 3},
    ]
    (parked,) = (await world.client.get("/v1/ops/parked", headers=operator)).json()["items"]
    place = f"/v1/ops/parked/{parked['id']}/release"
    foreign = world.signed_in(Role.OPERATOR, tenant="harbour")
    assert (await world.client.put(place, headers=foreign)).status_code == 404
    assert (await world.client.put(place, headers=world.signed_in(Role.AUDITOR))).status_code == 403
    assert (await world.client.put(place, headers=operator)).status_code == 202
    asked = await worker.fetchval("SELECT release_asked_at FROM log.parked")
    assert asked is not None
    await worker.close()


async def test_a_streams_timeline_is_for_those_who_oversee_it(world: GoalsWorld) -> None:
    answer = await world.client.post(
        "/v1/goals", json={}, headers={**world.signed_in(), **key("k")}
    )
    path = f"/v1/ops/streams/goal-{answer.headers['location'].rpartition('/')[2]}"
    told = await world.client.get(path, headers=world.signed_in(Role.OPERATOR))
    assert [entry["type"] for entry in told.json()["items"]] == ["GoalAchieved"]
    foreign = await world.client.get(path, headers=world.signed_in(Role.OPERATOR, tenant="harbour"))
    assert foreign.json()["items"] == []
    mentor = await world.client.get(path, headers=world.signed_in(Role.MENTOR))
    assert mentor.status_code == 403


def test_a_timeline_shows_that_text_exists_and_never_the_text() -> None:
    sealed = {"subject": "a", "purpose": "session", "nonce": "n", "ciphertext": "c"}
    told = _without_text({"notes": [{**sealed, "commitment": "k"}], "seats": 3})
    assert told == {"notes": [{"sealed": True, "purpose": "session"}], "seats": 3}


async def test_a_browser_of_a_named_origin_may_call(
    database: FreshDatabase, tmp_path: Path
) -> None:
    settings = Settings(http=HttpSettings(allowed_origins=["https://app.test"]))
    async with goals_world(database, tmp_path, settings) as world:
        preflight = {
            "Origin": "https://app.test",
            "Access-Control-Request-Method": "POST",
            "Access-Control-Request-Headers": "idempotency-key",
        }
        allowed = await world.client.options("/v1/goals", headers=preflight)
        assert allowed.headers["access-control-allow-origin"] == "https://app.test"
        other = {**preflight, "Origin": "https://evil.test"}
        refused = await world.client.options("/v1/goals", headers=other)
        assert "access-control-allow-origin" not in refused.headers
        assert refused.headers["content-type"] == "application/problem+json"


async def test_a_request_is_one_log_line_that_tells_no_secret(
    world: GoalsWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = StringIO()
    monkeypatch.setattr(edge, "log", structlog.wrap_logger(structlog.WriteLogger(told)))
    headers = {**world.signed_in(), **key("k")}
    answer = await world.client.post("/v1/goals", json={"title": "canary"}, headers=headers)
    lines = [line for line in told.getvalue().splitlines() if "request answered" in line]
    assert len(lines) == 1
    assert answer.headers["x-request-id"] in lines[0]
    assert answer.headers["trace-id"] in lines[0]
    assert "canary" not in lines[0]
    assert headers["Authorization"] not in lines[0]


@pytest.mark.parametrize(
    "authorization", [[], [""], ["Bearer"], ["Bearer "], ["Basic YTpi"], ["Bearer a.b.c"]]
)
async def test_whoever_does_not_say_who_they_are_gets_401(
    world: GoalsWorld, authorization: list[str]
) -> None:
    headers = [("Authorization", value) for value in authorization]
    answer = await world.client.get("/v1/goals", headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (401, "unauthenticated")
    assert answer.headers["www-authenticate"] == "Bearer"


async def test_two_tokens_are_none(world: GoalsWorld) -> None:
    mine, another = world.signed_in(), world.signed_in(subject="ben")
    headers = [*mine.items(), *another.items()]
    assert (await world.client.get("/v1/goals", headers=headers)).status_code == 401


async def test_headers_that_claim_an_identity_are_ignored(world: GoalsWorld) -> None:
    headers = {"X-User-Id": "ana", "X-Tenant": "orchard", "X-HTTP-Method-Override": "GET"}
    assert (await world.client.get("/v1/goals", headers=headers)).status_code == 401
    headers = {**world.signed_in(), "X-HTTP-Method-Override": "DELETE"}
    assert (await world.client.get("/v1/goals", headers=headers)).status_code == 200

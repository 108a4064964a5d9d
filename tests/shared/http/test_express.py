"""The short way answers what the long way answers."""

from typing import Any
from uuid import uuid4

import httpx
import pytest
from fastapi import FastAPI
from fastapi.routing import iter_route_contexts
from starlette.types import Message, Scope

from services.enrollment.main import SERVICE
from shared.auth import Role
from shared.http import create_service
from shared.http.express import lanes_of
from tests.shared.http.goals_service import GoalsWorld, key

LONG_WAY = {"Content-Encoding": "identity"}  # allowed, and asked for by nobody
JSON = {"Content-Type": "application/json"}
CASES: dict[str, tuple[int, str, str, bytes | None, dict[str, str]]] = {
    "created": (201, "POST", "/v1/goals", b'{"limit": 3}', JSON),
    "charset": (201, "POST", "/v1/goals", b"{}", {"Content-Type": "Application/JSON; a=b"}),
    "no key": (400, "POST", "/v1/goals", b"{}", {**JSON, "Idempotency-Key": ""}),
    "no content": (422, "POST", "/v1/goals", b"", JSON),
    "no object": (422, "POST", "/v1/goals", b"[]", JSON),
    "null": (422, "POST", "/v1/goals", b"null", JSON),
    "not json": (400, "POST", "/v1/goals", b'{"limit":', JSON),
    "twice": (400, "POST", "/v1/goals", b'{"limit": 1, "limit": 2}', JSON),
    "wrong values": (422, "POST", "/v1/goals", b'{"limit": 0, "title": 3, "other": 1}', JSON),
    "wrong type": (415, "POST", "/v1/goals", b"{}", {"Content-Type": "text/plain"}),
    "no type": (415, "POST", "/v1/goals", b"{}", {}),
    "too large": (413, "POST", "/v1/goals", b'"' + b"x" * 2_000_000 + b'"', JSON),
    "wrong id": (422, "POST", "/v1/goals/7/steps", b"{}", JSON),
    "refused": (409, "POST", f"/v1/goals/{uuid4()}/second-step", b"{}", JSON),
    "no role": (403, "PUT", f"/v1/goals/{uuid4()}/finish", b"{}", {**JSON, "If-Match": '"1"'}),
    "absent": (404, "GET", f"/v1/goals/{uuid4()}", None, {}),
    "absent id": (422, "GET", "/v1/goals/7", None, {}),
    "broken": (500, "GET", "/v1/breakage", None, {}),
    "outage": (503, "GET", "/v1/outage", None, {}),
    "signed out": (401, "GET", "/v1/breakage", None, {"Authorization": "Bearer no"}),
    "unknown path": (404, "GET", "/v1/nothing", None, {}),
    "unknown query": (422, "GET", "/v1/goals?leest=3", None, {}),
    "wrong method": (405, "PATCH", "/v1/goals", b"{}", JSON),
    "probe": (200, "GET", "/livez", None, {}),
    "file": (200, "POST", "/v1/imports", b"one,two", {"Content-Type": "text/csv"}),
}


def told(answer: httpx.Response) -> tuple[int, Any, set[str]]:
    body: Any = answer.text
    if "json" in answer.headers.get("content-type", ""):
        body = answer.json()
        if isinstance(body, dict):
            body.pop("trace_id", None)
    return answer.status_code, body, set(answer.headers)


@pytest.mark.integration
@pytest.mark.parametrize("case", CASES)
async def test_both_ways_lead_to_the_same_answer(world: GoalsWorld, case: str) -> None:
    status, method, path, content, headers = CASES[case]
    signed = world.signed_in(Role.MENTEE)
    short, long = [
        await world.client.request(
            method,
            path,
            content=content,
            headers={**signed, **key(str(uuid4())), **headers, **way},
        )
        for way in ({}, LONG_WAY)
    ]
    assert short.status_code == status
    assert told(short) == told(long)


@pytest.mark.integration
async def test_one_key_is_one_request_on_both_ways(world: GoalsWorld) -> None:
    headers = {**world.signed_in(), **key("one"), **JSON}
    first, again = [
        await world.client.post("/v1/goals", content=b'{"limit": 3}', headers={**headers, **way})
        for way in ({}, LONG_WAY)
    ]
    assert again.headers["idempotent-replayed"] == "true"
    assert again.headers["location"] == first.headers["location"]


async def test_most_routes_of_a_service_have_a_short_way() -> None:
    app = create_service(SERVICE)
    lanes = lanes_of(app)
    commands = [
        (method, str(context.path).replace("{", "x").replace("}", "x"))
        for context in iter_route_contexts(app.routes)
        for method in context.methods or ()
        if method in {"POST", "PUT"} and str(context.path).startswith("/v1")
    ]
    short = [each for each in commands if lanes[each[0]].lane(each[1]) is not None]
    assert len(short) > len(commands) * 0.9


async def test_a_path_belongs_to_the_route_that_was_declared_first() -> None:
    app = create_service(SERVICE)
    lanes = lanes_of(app)
    for context in iter_route_contexts(app.routes):
        path = str(context.path).replace("{", "x").replace("}", "x")
        for method in context.methods or ():
            lane = lanes[method].lane(path)
            assert lane is None or lane.route is first_for(app, method, path)


def first_for(app: FastAPI, method: str, path: str) -> object:
    return next(
        context.original_route
        for context in iter_route_contexts(app.routes)
        if method in (context.methods or ()) and context.path_regex.match(path)
    )


@pytest.mark.integration
async def test_a_body_in_many_parts_is_read_whole(world: GoalsWorld) -> None:
    parts = [b'{"lim', b'it": 3', b"}"]
    told: list[Message] = []

    async def receive() -> Message:
        return {"type": "http.request", "body": parts.pop(0), "more_body": bool(parts)}

    async def send(message: Message) -> None:
        told.append(message)

    headers = {**world.signed_in(), **key("one"), **JSON, "Content-Length": "13"}
    scope: Scope = {
        "type": "http",
        "method": "POST",
        "path": "/v1/goals",
        "query_string": b"",
        "root_path": "",
        "headers": [(name.lower().encode(), text.encode()) for name, text in headers.items()],
    }
    await world.app(scope, receive, send)
    assert told[0]["status"] == 201

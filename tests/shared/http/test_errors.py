"""Every error has one form, whoever found it."""

import httpx
import pytest

from shared.auth import Role
from tests.shared.http.goals_service import GoalsWorld, key

pytestmark = pytest.mark.integration

JSON = {"Content-Type": "application/json"}
MEMBERS = {
    "type",
    "title",
    "status",
    "detail",
    "instance",
    "code",
    "remedy",
    "trace_id",
    "errors",
}


def assert_problem(response: httpx.Response, status: int, code: str) -> None:
    assert response.status_code == status, response.text
    assert response.headers["content-type"] == "application/problem+json"
    problem = response.json()
    assert set(problem) == MEMBERS
    assert problem["status"] == status
    assert problem["code"] == code, problem
    assert problem["type"] == f"/v1/problems/{code}"
    assert problem["trace_id"] == response.headers["trace-id"]


async def test_an_unknown_path_is_told_as_a_problem(world: GoalsWorld) -> None:
    assert_problem(await world.client.get("/v1/nothing"), 404, "path_unknown")


async def test_a_trailing_slash_is_another_path(world: GoalsWorld) -> None:
    answer = await world.client.get("/v1/goals/", headers=world.signed_in())
    assert_problem(answer, 404, "path_unknown")


async def test_a_wrong_method_is_told_all_methods_of_the_address(world: GoalsWorld) -> None:
    answer = await world.client.delete("/v1/goals")
    assert_problem(answer, 405, "method_not_allowed")
    assert answer.headers["allow"] == "GET, POST"


@pytest.mark.parametrize(
    "body",
    [
        b'{"limit":',
        b'{"limit": 1, "limit": 2}',
        b'{"limit": NaN}',
        b"\xef\xbb\xbf{}",
        b'{"title": "\xff"}',
        b'{"title": "\\ud800"}',
        b"[" * 100_000,
        '{"limit": 1}'.encode("utf-16"),
    ],
)
async def test_a_body_that_two_readers_may_read_differently_is_refused(
    world: GoalsWorld, body: bytes
) -> None:
    headers = {**world.signed_in(), **key("k"), **JSON}
    answer = await world.client.post("/v1/goals", content=body, headers=headers)
    assert_problem(answer, 400, "malformed")


async def test_every_wrong_value_is_pointed_at(world: GoalsWorld) -> None:
    headers = {**world.signed_in(), **key("k")}
    body = {"limit": 0, "status": "done"}
    answer = await world.client.post("/v1/goals", json=body, headers=headers)
    assert_problem(answer, 422, "request_invalid")
    told = {(each["source"], each["pointer"], each["code"]) for each in answer.json()["errors"]}
    assert told == {
        ("body", "/limit", "greater_than_equal"),
        ("body", "/status", "unknown_field"),
    }


@pytest.mark.parametrize("limit", [True, "7", 7.5, 2**63, None, []])
async def test_a_number_is_not_guessed(world: GoalsWorld, limit: object) -> None:
    headers = {**world.signed_in(), **key("k")}
    answer = await world.client.post("/v1/goals", json={"limit": limit}, headers=headers)
    assert_problem(answer, 422, "request_invalid")


async def test_a_malformed_id_in_the_path_is_pointed_at(world: GoalsWorld) -> None:
    answer = await world.client.get("/v1/goals/7", headers=world.signed_in())
    assert_problem(answer, 422, "request_invalid")
    assert answer.json()["errors"][0]["pointer"] == "/goal_id"


async def test_a_misspelt_filter_is_not_silently_no_filter(world: GoalsWorld) -> None:
    answer = await world.client.get("/v1/goals?leest=3&limit=5", headers=world.signed_in())
    assert_problem(answer, 422, "request_invalid")
    (fault,) = answer.json()["errors"]
    assert (fault["pointer"], fault["code"]) == ("/leest", "unknown_parameter")
    assert "least" in fault["detail"]


@pytest.mark.parametrize(
    ("path", "source", "pointer"),
    [
        ("/v1/ops/streams/goal-%00", "path", "/stream"),
        ("/v1/goals?cursor=a%00b", "query", "/cursor"),
    ],
)
async def test_what_no_text_holds_is_pointed_at(
    world: GoalsWorld, path: str, source: str, pointer: str
) -> None:
    answer = await world.client.get(path, headers=world.signed_in(Role.OPERATOR))
    assert_problem(answer, 422, "request_invalid")
    (fault,) = answer.json()["errors"]
    told = fault["source"], fault["pointer"], fault["code"]
    assert told == (source, pointer, "character_not_allowed")


@pytest.mark.parametrize("content_type", ["text/plain", "application/x-www-form-urlencoded"])
async def test_another_content_type_is_not_read(world: GoalsWorld, content_type: str) -> None:
    headers = {**world.signed_in(), **key("k"), "Content-Type": content_type}
    answer = await world.client.post("/v1/goals", content=b"limit=3", headers=headers)
    assert_problem(answer, 415, "content_type_unsupported")


async def test_a_compressed_body_is_not_unpacked(world: GoalsWorld) -> None:
    headers = {**world.signed_in(), **key("k"), **JSON, "Content-Encoding": "gzip"}
    answer = await world.client.post("/v1/goals", content=b"\x1f\x8b", headers=headers)
    assert_problem(answer, 415, "content_type_unsupported")


async def test_a_body_past_the_limit_is_refused(world: GoalsWorld) -> None:
    headers = {**world.signed_in(), **key("k"), **JSON}
    answer = await world.client.post("/v1/goals", content=b" " * 1_000_001, headers=headers)
    assert_problem(answer, 413, "content_too_large")


async def test_a_body_of_unsaid_length_is_counted_as_it_comes(world: GoalsWorld) -> None:
    sent = 0

    async def endless() -> object:
        nonlocal sent
        while sent < 200_000_000:
            sent += 65_536
            yield b" " * 65_536

    headers = {**world.signed_in(), **key("k"), **JSON}
    answer = await world.client.post("/v1/goals", content=endless(), headers=headers)  # type: ignore[arg-type]  # an async generator is one
    assert_problem(answer, 413, "content_too_large")


async def test_an_import_may_be_larger(world: GoalsWorld) -> None:
    answer = await world.client.post(
        "/v1/imports", content=b"x" * 2_000_000, headers=world.signed_in()
    )
    assert answer.json()["reached"] == 2_000_000


async def test_a_fault_of_ours_tells_nothing_of_its_cause(world: GoalsWorld) -> None:
    answer = await world.client.get("/v1/breakage", headers=world.signed_in())
    assert_problem(answer, 500, "unexpected")
    assert "secret detail" not in answer.text
    assert "RuntimeError" not in answer.text


async def test_a_database_that_is_away_asks_to_come_back(world: GoalsWorld) -> None:
    answer = await world.client.get("/v1/outage", headers=world.signed_in())
    assert_problem(answer, 503, "database_away")
    assert int(answer.headers["retry-after"]) > 0


async def test_a_refusal_says_what_it_is_and_what_to_do(world: GoalsWorld) -> None:
    headers = world.signed_in()
    goal = (await world.client.post("/v1/goals", json={}, headers={**headers, **key("k")})).headers
    answer = await world.client.post(
        f"{goal['location']}/steps", json={"limit": 1}, headers=headers
    )
    assert_problem(answer, 409, "goal_full")
    assert answer.json()["detail"] == "This goal is reached."
    assert answer.json()["remedy"]


async def test_a_role_that_lacks_is_403_and_a_goal_that_lacks_is_404(world: GoalsWorld) -> None:
    path = "/v1/goals/0198c5a4-7f3e-7c1a-9d52-2b8f6a1c2b3d"
    missing = await world.client.get(path, headers=world.signed_in())
    assert_problem(missing, 404, "not_found")
    forbidden = await world.client.put(f"{path}/finish", json={}, headers=world.signed_in())
    assert_problem(forbidden, 403, "role_missing")
    unconditional = await world.client.put(
        f"{path}/finish", json={}, headers=world.signed_in(Role.MENTOR)
    )
    assert_problem(unconditional, 428, "precondition_missing")


async def test_the_page_of_a_code_is_served_for_people_and_programs(world: GoalsWorld) -> None:
    told = (await world.client.get("/v1/problems/goal_full")).status_code
    assert told == 404  # a test's own class belongs to no service
    program = await world.client.get("/v1/problems/request_invalid")
    assert program.json()["status"] == 422
    person = await world.client.get("/v1/problems/request_invalid", headers={"Accept": "text/html"})
    assert person.headers["content-type"].startswith("text/html")
    assert "request_invalid" in person.text

"""Keys, versions, and tokens: what a command's answer carries and what it obeys."""

import asyncio

import asyncpg
import pytest

from shared.auth import Role
from shared.ids import new_id
from tests.shared.http.goals_service import GoalsWorld, key

pytestmark = pytest.mark.integration


async def begun(world: GoalsWorld, name: str = "begin") -> str:
    answer = await world.client.post(
        "/v1/goals", json={}, headers={**world.signed_in(), **key(name)}
    )
    assert answer.status_code == 201, answer.text
    return answer.headers["location"]


async def events_of(world: GoalsWorld) -> int:
    connection = await asyncpg.connect(world.database.dsn("worker"))
    count = await connection.fetchval("SELECT count(*) FROM log.events")
    await connection.close()
    return int(count)


async def test_an_answer_carries_its_version_and_what_to_wait_for(world: GoalsWorld) -> None:
    answer = await world.client.post(
        "/v1/goals", json={}, headers={**world.signed_in(), **key("k")}
    )
    assert answer.status_code == 201
    assert answer.headers["etag"] == '"1"'
    assert answer.headers["location"].startswith("/v1/goals/")
    assert answer.headers["consistency-token"]
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["x-request-id"] != answer.headers["trace-id"]


async def test_what_was_written_is_read_at_once(world: GoalsWorld) -> None:
    path = await begun(world)
    answer = await world.client.get(path, headers=world.signed_in())
    assert answer.json() == {"reached": 1, "version": 1}
    assert answer.headers["etag"] == '"1"'


async def test_a_route_that_refuses_by_now_gives_the_answer_of_then(world: GoalsWorld) -> None:
    path = f"{await begun(world)}/second-step"
    headers = {**world.signed_in(), **key("second")}
    first = await world.client.post(path, json={}, headers=headers)
    again = await world.client.post(path, json={}, headers=headers)
    assert (first.status_code, again.status_code) == (200, 200)
    assert again.headers["idempotent-replayed"] == "true"
    assert again.content == first.content
    other = await world.client.post(path, json={}, headers={**headers, **key("third")})
    assert other.status_code == 409


async def test_what_starts_something_needs_a_key(world: GoalsWorld) -> None:
    answer = await world.client.post("/v1/goals", json={}, headers=world.signed_in())
    assert answer.status_code == 400
    assert answer.json()["code"] == "idempotency_key_missing"


@pytest.mark.parametrize("bad", ["", "x" * 256, "a b", '"open', "tab\there", '""'])
async def test_a_key_is_visible_ascii_of_255_characters_at_most(
    world: GoalsWorld, bad: str
) -> None:
    answer = await world.client.post(
        "/v1/goals", json={}, headers={**world.signed_in(), **key(bad)}
    )
    assert answer.status_code == 400
    assert answer.json()["code"] == "idempotency_key_malformed"


async def test_a_quoted_key_is_the_same_as_a_bare_one(world: GoalsWorld) -> None:
    headers = world.signed_in()
    first = await world.client.post("/v1/goals", json={}, headers={**headers, **key('"k-1"')})
    again = await world.client.post("/v1/goals", json={}, headers={**headers, **key("k-1")})
    assert again.headers["idempotent-replayed"] == "true"
    assert "idempotent-replayed" not in first.headers
    assert again.content == first.content
    for name in ("etag", "location", "consistency-token"):
        assert again.headers[name] == first.headers[name]
    assert await events_of(world) == 1


async def test_a_key_with_other_content_is_refused(world: GoalsWorld) -> None:
    headers = {**world.signed_in(), **key("k")}
    await world.client.post("/v1/goals", json={"limit": 1}, headers=headers)
    answer = await world.client.post("/v1/goals", json={"limit": 2}, headers=headers)
    assert answer.status_code == 422
    assert answer.json()["code"] == "key_reused"


async def test_a_key_is_one_callers_own(world: GoalsWorld) -> None:
    for somebody in (
        world.signed_in(),
        world.signed_in(subject="ben"),
        world.signed_in(tenant="harbour"),
    ):
        answer = await world.client.post("/v1/goals", json={}, headers={**somebody, **key("k")})
        assert "idempotent-replayed" not in answer.headers
    assert await events_of(world) == 3


async def test_a_key_for_two_goals_is_two_requests(world: GoalsWorld) -> None:
    one, other = await begun(world, "1"), await begun(world, "2")
    headers = {**world.signed_in(), **key("step")}
    await world.client.post(f"{one}/steps", json={}, headers=headers)
    answer = await world.client.post(f"{other}/steps", json={}, headers=headers)
    assert answer.json()["code"] == "key_reused"


async def test_one_key_sent_20_times_at_once_has_one_effect(world: GoalsWorld) -> None:
    headers = {**world.signed_in(), **key("k")}
    answers = await asyncio.gather(
        *(world.client.post("/v1/goals", json={}, headers=headers) for _ in range(20))
    )
    told = {answer.status_code for answer in answers}
    assert told <= {201, 409}
    places = {a.headers["location"] for a in answers if a.status_code == 201}
    assert len(places) == 1
    assert await events_of(world) == 1


async def test_a_refusal_is_answered_again_and_a_fault_of_form_is_not(world: GoalsWorld) -> None:
    path = await begun(world)
    headers = {**world.signed_in(), **key("step")}
    invalid = await world.client.post(f"{path}/steps", json={"limit": 0}, headers=headers)
    assert invalid.status_code == 422
    refused = await world.client.post(f"{path}/steps", json={"limit": 1}, headers=headers)
    assert (refused.status_code, refused.json()["code"]) == (409, "goal_full")
    again = await world.client.post(f"{path}/steps", json={"limit": 1}, headers=headers)
    assert again.headers["idempotent-replayed"] == "true"
    assert again.headers["content-type"] == "application/problem+json"
    assert again.json()["code"] == "goal_full"


async def test_a_change_of_what_has_changed_since_is_refused(world: GoalsWorld) -> None:
    path = await begun(world)
    headers = {**world.signed_in(Role.MENTOR), "If-Match": '"1"'}
    done = await world.client.put(f"{path}/finish", json={}, headers=headers)
    assert (done.status_code, done.headers["etag"]) == (200, '"2"')
    stale = await world.client.put(f"{path}/finish", json={}, headers=headers)
    assert (stale.status_code, stale.json()["code"]) == (412, "stale")


@pytest.mark.parametrize(
    ("tag", "status"), [('W/"1"', 412), ('"one"', 412), ("1", 400), ('"1", "2"', 400), ("*", 200)]
)
async def test_if_match_wants_one_strong_tag(world: GoalsWorld, tag: str, status: int) -> None:
    path = await begun(world)
    headers = {**world.signed_in(Role.MENTOR), "If-Match": tag}
    answer = await world.client.put(f"{path}/finish", json={}, headers=headers)
    assert answer.status_code == status


async def test_many_commands_are_answered_one_by_one(world: GoalsWorld) -> None:
    path = await begun(world)
    headers = {**world.signed_in(), **key("many")}
    body = {"limit": 3}
    answer = await world.client.post(f"{path}/steps-of-many", json=body, headers=headers)
    assert answer.status_code == 207
    assert [goal["reached"] for goal in answer.json()["goals"]] == [2, 3]
    assert answer.json()["refused"] == 1
    again = await world.client.post(f"{path}/steps-of-many", json=body, headers=headers)
    assert again.headers["idempotent-replayed"] == "true"
    assert again.content == answer.content
    assert await events_of(world) == 3


async def test_an_event_says_who_by_which_right_and_following_from_what(world: GoalsWorld) -> None:
    path = await begun(world)
    correlation = new_id()
    headers = {
        **world.signed_in(Role.MENTOR, Role.OPERATOR),
        "If-Match": '"1"',
        "X-Correlation-Id": str(correlation),
        "Traceparent": "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
    }
    answer = await world.client.put(f"{path}/finish", json={}, headers=headers)
    assert answer.headers["trace-id"] == "4bf92f3577b34da6a3ce929d0e0e4736"
    assert answer.headers["x-correlation-id"] == str(correlation)
    stream = "goal-" + path.rpartition("/")[2]
    timeline = await world.client.get(
        f"/v1/ops/streams/{stream}", headers=world.signed_in(Role.AUDITOR)
    )
    last = timeline.json()["items"][-1]
    assert (last["actor"], last["right"], last["version"]) == ("ana", "mentor", 2)
    assert last["correlation_id"] == str(correlation)
    assert last["causation_id"] == answer.headers["x-request-id"]


async def test_a_hostile_correlation_id_is_left_out(world: GoalsWorld) -> None:
    headers = {"X-Correlation-Id": "x\\n\\u0000", "Traceparent": "00-zz"}
    answer = await world.client.get("/livez", headers=headers)
    assert answer.headers["x-correlation-id"] == answer.headers["x-request-id"]


async def test_an_operation_is_begun_with_its_command_and_seen_by_who_asked(
    world: GoalsWorld,
) -> None:
    headers = world.signed_in()
    begun_ = await world.client.post("/v1/reviews", json={}, headers={**headers, **key("r")})
    assert begun_.status_code == 202
    place = begun_.headers["location"]
    running = await world.client.get(place, headers=headers)
    assert running.json()["status"] == "running"
    assert running.headers["retry-after"] == "1"
    other = await world.client.get(place, headers=world.signed_in(subject="ben"))
    assert other.status_code == 404
    foreign = await world.client.get(
        place, headers=world.signed_in(Role.OPERATOR, tenant="harbour")
    )
    assert foreign.status_code == 404

"""Lists, cursors, and reads that wait for what was written."""

import asyncio

import asyncpg
import pytest

from shared import clock
from shared.http.consistency import token_of
from shared.http.models import pack_position, unpack_position
from shared.http.ports import Ports
from shared.ids import TenantId, new_id
from tests.patience import PATIENCE_SECONDS
from tests.shared.http.goals_service import SECRET, GoalsWorld, key

pytestmark = pytest.mark.integration


async def with_goals(world: GoalsWorld, count: int) -> None:
    """Goals that have come 1, 2, 3 … steps far."""
    headers = world.signed_in()
    for steps in range(count):
        answer = await world.client.post(
            "/v1/goals", json={}, headers={**headers, **key(f"goal-{steps}")}
        )
        for _ in range(steps):
            await world.client.post(f"{answer.headers['location']}/steps", json={}, headers=headers)


async def test_a_list_is_read_to_its_end_page_by_page(world: GoalsWorld) -> None:
    await with_goals(world, 5)
    seen: list[int] = []
    url = "/v1/goals?limit=2"
    while url:
        page = await world.client.get(url, headers=world.signed_in())
        seen += [goal["reached"] for goal in page.json()["items"]]
        cursor = page.json()["next_cursor"]
        link = page.headers.get("link", "")
        assert bool(cursor) == bool(link)
        url = link.partition(">")[0].removeprefix("<")
    assert seen == [1, 2, 3, 4, 5]


@pytest.mark.parametrize("limit", ["0", "201", "-1", "1e9", "1000000000000", "x", "\u0661"])
async def test_a_limit_is_a_number_from_1_to_200(world: GoalsWorld, limit: str) -> None:
    answer = await world.client.get("/v1/goals", params={"limit": limit}, headers=world.signed_in())
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["pointer"] == "/limit"


async def test_a_cursor_is_good_for_its_own_list_only(world: GoalsWorld) -> None:
    await with_goals(world, 3)
    mine = world.signed_in()
    first = await world.client.get("/v1/goals?limit=1", headers=mine)
    cursor = first.json()["next_cursor"]
    good = await world.client.get("/v1/goals", params={"cursor": cursor}, headers=mine)
    assert [goal["reached"] for goal in good.json()["items"]] == [2, 3]
    flipped = cursor[:-2] + ("AA" if cursor[-2:] != "AA" else "BB")
    for query, who in (
        ({"cursor": cursor, "least": 1}, mine),
        ({"cursor": flipped}, mine),
        ({"cursor": cursor[4:]}, mine),
        ({"cursor": "\u2603"}, mine),
        ({"cursor": cursor}, world.signed_in(tenant="harbour")),
    ):
        answer = await world.client.get("/v1/goals", params=query, headers=who)
        assert (answer.status_code, answer.json()["code"]) == (400, "cursor_rejected")


async def test_positions_come_back_as_what_they_are() -> None:
    position = (clock.now(), clock.now().date(), new_id(), "text", 7, None)
    assert unpack_position(pack_position(position)) == position


async def test_another_tenant_sees_nothing(world: GoalsWorld) -> None:
    await with_goals(world, 2)
    answer = await world.client.get("/v1/goals", headers=world.signed_in(tenant="harbour"))
    assert answer.json() == {"items": [], "next_cursor": None}


async def test_what_was_seen_is_not_sent_again(world: GoalsWorld) -> None:
    answer = await world.client.post(
        "/v1/goals", json={}, headers={**world.signed_in(), **key("k")}
    )
    path = answer.headers["location"]
    headers = {**world.signed_in(), "If-None-Match": '"7", W/"1"'}
    unchanged = await world.client.get(path, headers=headers)
    assert (unchanged.status_code, unchanged.content) == (304, b"")
    await world.client.post(f"{path}/steps", json={}, headers=world.signed_in())
    assert (await world.client.get(path, headers=headers)).status_code == 200


def told_by_matching(stream: str, version: int, tenant: str = "orchard") -> str:
    matching = Ports.__new__(Ports)
    object.__setattr__(matching, "service", "matching")
    object.__setattr__(matching, "secret", SECRET)
    return token_of(matching, TenantId(tenant), [(stream, version)])


async def applied(world: GoalsWorld, stream: str, version: int) -> None:
    connection = await asyncpg.connect(world.database.dsn("worker"))
    await connection.execute(
        "INSERT INTO log.applied VALUES ('orchard', 'pool', 'matching', $1, $2)", stream, version
    )
    await connection.close()


async def test_a_token_of_our_own_is_satisfied_at_once(world: GoalsWorld) -> None:
    answer = await world.client.post(
        "/v1/goals", json={}, headers={**world.signed_in(), **key("k")}
    )
    headers = {**world.signed_in(), "Consistency-Token": answer.headers["consistency-token"]}
    read = await world.client.get(answer.headers["location"], headers=headers)
    assert read.status_code == 200


async def test_a_read_waits_for_what_another_service_wrote(
    world: GoalsWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shared.http.consistency.WAIT_MAX_SECONDS", PATIENCE_SECONDS)
    headers = {
        **world.signed_in(),
        "Consistency-Token": told_by_matching("pairing-1", 3),
        "Prefer": "wait=90",
    }
    read = asyncio.create_task(world.client.get("/v1/goals", headers=headers))
    await asyncio.sleep(0.2)
    assert not read.done()
    await applied(world, "pairing-1", 3)
    answer = await read
    assert answer.status_code == 200
    assert answer.headers["preference-applied"] == "wait=90"


async def test_a_read_that_would_be_stale_says_so(
    world: GoalsWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shared.http.consistency.WAIT_DEFAULT_SECONDS", 2 * PATIENCE_SECONDS)
    await applied(world, "pairing-1", 2)
    headers = {
        **world.signed_in(),
        "Consistency-Token": told_by_matching("pairing-1", 3),
        "Prefer": "wait=0",
    }
    async with asyncio.timeout(PATIENCE_SECONDS):
        answer = await world.client.get("/v1/goals", headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (409, "projection_behind")
    assert answer.headers["retry-after"] == "1"


@pytest.mark.parametrize("token", ["garbage", "", "AAAA"])
async def test_a_token_that_we_did_not_make_is_refused(world: GoalsWorld, token: str) -> None:
    headers = {**world.signed_in(), "Consistency-Token": token}
    answer = await world.client.get("/v1/goals", headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (400, "consistency_token_rejected")


async def test_a_token_of_another_tenant_is_refused(world: GoalsWorld) -> None:
    headers = {
        **world.signed_in(),
        "Consistency-Token": told_by_matching("pairing-1", 1, "harbour"),
    }
    answer = await world.client.get("/v1/goals", headers=headers)
    assert answer.status_code == 400

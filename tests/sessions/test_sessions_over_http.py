"""Sessions and journeys over HTTP, on a real Postgres."""

from datetime import timedelta

import pytest

from shared import clock
from shared.auth import Role
from shared.ids import new_id
from tests.sessions.companions import (
    Company,
    get,
    key,
    post,
    put,
    session_held,
    session_planned,
)

pytestmark = [pytest.mark.integration, pytest.mark.asyncio(loop_scope="package")]


async def test_a_pair_finds_its_journey_as_soon_as_it_is_paired(fairlead: Company) -> None:
    couple = await fairlead.paired()
    for person in (couple.ana, couple.ben):
        own = await get(person, "/v1/journeys")
        assert [journey["pairing_id"] for journey in own["items"]] == [
            str(couple.pairing.pairing_id)
        ]
    journey = await get(couple.ana, couple.path)
    assert journey["phase"] == "active"
    assert [plan["place"] for plan in journey["plan"]] == [1, 2, 3, 4]
    assert (journey["every_days"], journey["review_every_days"]) == (30, 90)


async def test_a_session_is_planned_moved_and_cancelled(fairlead: Company) -> None:
    couple = await fairlead.paired()
    starts_at = clock.now() + timedelta(days=5)
    session_id = await session_planned(couple, starts_at)
    one = f"{couple.path}/sessions/{session_id}"
    later = (starts_at + timedelta(hours=2)).isoformat()
    moved = await post(couple.ben, f"{one}/rescheduling", {"starts_at": later})
    assert moved["status"] == "planned"
    await post(couple.ana, f"{one}/cancellation", None)
    session = await get(couple.ben, one)
    assert (session["status"], session["moves"]) == ("cancelled", 1)
    assert (session["planned_by"], session["told_by"]) == ("mentee", "mentee")


async def test_the_playbook_fits_the_place_and_the_time(fairlead: Company) -> None:
    couple = await fairlead.paired()
    session_id = await session_planned(couple, clock.now() + timedelta(days=5), minutes=45)
    agenda = await get(couple.ben, f"{couple.path}/sessions/{session_id}/agenda")
    assert (agenda["place"], agenda["minutes"]) == (1, 45)
    assert sum(item["minutes"] for item in agenda["items"]) == 45


async def test_a_session_is_held_once_it_has_begun(fairlead: Company) -> None:
    couple = await fairlead.paired()
    session_id = await session_planned(couple, clock.now() + timedelta(days=5))
    one = f"{couple.path}/sessions/{session_id}"
    refused = await post(couple.ben, f"{one}/holding", {}, 409)
    assert refused["code"] == "session_not_started"
    refused = await post(couple.ben, f"{one}/absence", {"absent": "mentee"}, 409)
    assert refused["code"] == "session_not_started"
    held = await session_held(couple)
    journey = await get(couple.ana, couple.path)
    assert journey["sessions_held"] == 1
    assert journey["last_met_at"] is not None
    again = await post(couple.ana, f"{couple.path}/sessions/{held}/holding", {})
    assert again["status"] == "held"


async def test_a_journey_is_closed_after_its_fourth_session(fairlead: Company) -> None:
    couple = await fairlead.paired()
    for place in range(1, 5):
        refused = await post(couple.ana, f"{couple.path}/completion", None, 409)
        assert refused["code"] == "sessions_missing"
        session_id = await session_held(couple)
        session = await get(couple.ana, f"{couple.path}/sessions/{session_id}")
        assert session["place"] == place
    closed = await post(couple.ana, f"{couple.path}/completion", None)
    assert closed["phase"] == "completed"
    starts_at = (clock.now() + timedelta(days=1)).isoformat()
    refused = await post(couple.ana, f"{couple.path}/sessions", {"starts_at": starts_at}, 409)
    assert refused["code"] == "journey_over"


async def test_a_pair_chooses_its_cadence(fairlead: Company) -> None:
    couple = await fairlead.paired()
    body = {"every_days": 14, "review_every_days": 60}
    cadence = await put(couple.ben, f"{couple.path}/cadence", body)
    assert (cadence["every_days"], cadence["review_every_days"]) == (14, 60)
    await put(couple.ben, f"{couple.path}/cadence", {**body, "every_days": 1}, 422)


async def test_a_change_to_something_older_is_told_so(fairlead: Company) -> None:
    couple = await fairlead.paired()
    seen = await couple.ana.get(couple.path)
    await session_planned(couple, clock.now() + timedelta(days=5))
    body = {"every_days": 14, "review_every_days": 60}
    stale = await couple.ben.put(
        f"{couple.path}/cadence", json=body, headers={"If-Match": seen.headers["etag"]}
    )
    assert (stale.status_code, stale.json()["code"]) == (412, "stale")
    now = await couple.ana.get(couple.path)
    assert now.headers["etag"] != seen.headers["etag"]
    headers = {"If-Match": now.headers["etag"]}
    fresh = await couple.ben.put(f"{couple.path}/cadence", json=body, headers=headers)
    assert fresh.status_code == 200
    unchanged = {"If-None-Match": fresh.headers["etag"]}
    assert (await couple.ana.get(couple.path, headers=unchanged)).status_code == 304


async def test_one_request_sent_twice_plans_one_session(fairlead: Company) -> None:
    couple = await fairlead.paired()
    once = key()
    body = {"starts_at": (clock.now() + timedelta(days=5)).isoformat()}
    answers = [
        await couple.ana.post(f"{couple.path}/sessions", json=body, headers=once) for _ in range(2)
    ]
    assert answers[0].content == answers[1].content
    assert answers[1].headers["idempotent-replayed"] == "true"
    assert len((await get(couple.ana, f"{couple.path}/sessions"))["items"]) == 1
    other = await couple.ana.post(
        f"{couple.path}/sessions", json={**body, "free": True}, headers=once
    )
    assert (other.status_code, other.json()["code"]) == (422, "key_reused")
    keyless = await couple.ana.post(f"{couple.path}/sessions", json=body)
    assert keyless.status_code == 400


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"starts_at": "2026-05-04T13:00:00"},
        {"starts_at": "2026-05-04T13:00:00Z", "room": "3"},
        {"starts_at": "2026-05-04T13:00:00Z", "minutes": 5},
        {"starts_at": "soon"},
        {"starts_at": 1_780_000_000},
        {"starts_at": "9999-12-31T23:59:59-14:00"},
        {"starts_at": "2099-05-04T13:00:00Z"},
    ],
)
async def test_a_session_without_a_proper_time_is_not_planned(
    fairlead: Company, body: dict[str, object]
) -> None:
    couple = await fairlead.paired()
    refused = await post(couple.ana, f"{couple.path}/sessions", body, 422)
    assert refused["errors"]


async def test_a_list_is_read_page_by_page(fairlead: Company) -> None:
    couple = await fairlead.paired()
    for day in range(1, 6):
        await session_planned(couple, clock.now() + timedelta(days=day))
    first = await couple.ana.get(f"{couple.path}/sessions", params={"limit": 2})
    found, cursor = first.json()["items"], first.json()["next_cursor"]
    assert 'rel="next"' in first.headers["link"]
    while cursor:
        page = await couple.ana.get(
            f"{couple.path}/sessions", params={"limit": 2, "cursor": cursor}
        )
        found += page.json()["items"]
        cursor = page.json()["next_cursor"]
    starts = [session["starts_at"] for session in found]
    assert len(found) == 5
    assert starts == sorted(starts)


async def test_strangers_find_nothing(fairlead: Company) -> None:
    couple, others = await fairlead.paired(), await fairlead.paired()
    assert (await get(others.ana, couple.path, 404))["code"] == "journey_unknown"
    body = {"starts_at": (clock.now() + timedelta(days=5)).isoformat()}
    assert (await post(others.ana, f"{couple.path}/sessions", body, 404))["code"]
    elsewhere = await fairlead.client(couple.pairing.mentee_person, Role.MENTEE, tenant="vineyard")
    await get(elsewhere, couple.path, 404)
    assert (await get(elsewhere, "/v1/journeys"))["items"] == []
    await get(couple.ana, f"/v1/journeys/{new_id()}", 404)
    nobody = await couple.ana.get(couple.path, headers={"Authorization": "Bearer nonsense"})
    assert nobody.status_code == 401


async def test_staff_look_on_but_do_not_write(fairlead: Company) -> None:
    couple = await fairlead.paired()
    body = {"starts_at": (clock.now() + timedelta(days=5)).isoformat()}
    for onlooker in (fairlead.mia, fairlead.ed):
        await get(onlooker, couple.path)
        refused = await post(onlooker, f"{couple.path}/sessions", body, 403)
        assert refused["code"] == "not_of_this_pair"


async def test_a_manager_lists_the_journeys_of_their_own_program(fairlead: Company) -> None:
    couple = await fairlead.paired()
    path = f"/v1/programs/{fairlead.program_id}/journeys"
    for onlooker in (fairlead.mia, fairlead.ed):
        listed = await get(onlooker, f"{path}?limit=200&late=false&phase=active")
        assert str(couple.pairing.pairing_id) in {
            journey["pairing_id"] for journey in listed["items"]
        }
    assert (await get(fairlead.mia, f"{path}?late=true"))["items"] == []
    await get(couple.ana, path, 403)
    await get(fairlead.mia, f"/v1/programs/{new_id()}/journeys", 404)
    stranger = await fairlead.client(new_id(), Role.PROGRAM_MANAGER)
    await get(stranger, path, 404)
    await get(stranger, couple.path, 404)


async def test_the_log_says_who_acted_and_by_what_right(fairlead: Company) -> None:
    couple = await fairlead.paired()
    await session_held(couple)
    db = fairlead.world.connections["sessions"]
    stream = f"journey-{couple.pairing.pairing_id}"
    query = "SELECT convert_from(record, 'UTF8')::jsonb AS r FROM log.events WHERE stream = $1"
    rows = await db.fetch(
        f"SELECT r ->> 'type', r ->> 'actor', r ->> 'right' FROM ({query})", stream
    )
    told = {tuple(row) for row in rows}
    assert ("JourneyStarted", "reactor:accompany", "reaction") in told
    ana, ben = couple.pairing.mentee_person, couple.pairing.mentor_person
    assert ("SessionScheduled", str(ana), "mentee of the pairing") in told
    assert ("SessionHeld", str(ben), "mentor of the pairing") in told

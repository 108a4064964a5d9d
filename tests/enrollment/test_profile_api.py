from uuid import UUID

import pytest

from shared.auth import Role
from tests.enrollment.office import Office, create, granted, refused, row, send, table

pytestmark = [pytest.mark.integration, pytest.mark.asyncio(loop_scope="session")]
NOBODY = UUID(int=7)


async def competency(office: Office, code: str) -> str:
    body = {"code": code, "name": code, "category": "skills"}
    made: str = granted(await create(office.hr, "/v1/competencies", body))["id"]
    return made


async def test_a_profile_is_written_and_read_back(office: Office) -> None:
    (ana,) = await office.hire(1)
    client = office.client(ana)
    listening = await competency(office, "listening")
    body = {
        "expertise": [{"competency_id": listening, "level": 4}],
        "growth_goals": [listening],
        "learning_style": "doing",
        "interests": ["climbing"],
        "languages": ["en", "pt"],
    }
    path = f"/v1/people/{ana}/profile"
    assert granted(await client.put(path, json=body))["version"] == 1
    assert granted(await client.put(path, json=body))["version"] == 1
    shown = await client.get(path)
    view = granted(shown)
    assert {name: view[name] for name in body} == body
    assert shown.headers["etag"] == '"1"'
    unchanged = await client.get(path, headers={"If-None-Match": '"1"'})
    assert unchanged.status_code == 304


async def test_a_profile_uses_only_words_of_the_vocabulary(office: Office) -> None:
    (ana,) = await office.hire(1)
    client = office.client(ana)
    retired = await competency(office, "stenography")
    granted(await office.hr.post(f"/v1/competencies/{retired}/retirement"))
    path = f"/v1/people/{ana}/profile"
    unknown = await client.put(path, json={"target_roles": [str(NOBODY)]})
    problem = refused(unknown, 422, "term_unknown")
    assert problem["errors"][0]["pointer"] == "/target_roles/0"
    old = await client.put(path, json={"growth_goals": [retired]})
    assert refused(old, 422, "term_retired")["errors"][0]["pointer"] == "/growth_goals/0"


async def test_only_oneself_writes_a_profile_and_strangers_do_not_read_it(office: Office) -> None:
    ana, ben = await office.hire(2)
    path = f"/v1/people/{ana}/profile"
    refused(await office.client(ben).put(path, json={}), 404, "somebody_else")
    refused(await office.client(ben).get(path), 404, "somebody_else")
    refused(await office.hr.put(path, json={}), 403, "person_needed")
    manager = office.client(ben, Role.PROGRAM_MANAGER)
    assert granted(await manager.get(path))["version"] == 0


async def test_who_left_writes_no_profile(office: Office) -> None:
    (ana,) = await office.hire(1)
    granted(await office.hr.post(f"/v1/people/{ana}/departure"))
    answer = await office.client(ana).put(f"/v1/people/{ana}/profile", json={})
    refused(answer, 404, "person_not_found")


async def test_accommodations_are_read_by_nobody_else(office: Office) -> None:
    ana, ben = await office.hire(2)
    path = f"/v1/people/{ana}/accommodations"
    body = {
        "remote_only": True,
        "needs": ["captions"],
        "unavailable": ["morning"],
        "note": "I hear little on the left.",
    }
    client = office.client(ana)
    assert granted(await client.put(path, json=body))["version"] == 1
    assert granted(await client.put(path, json=body))["version"] == 1
    view = granted(await client.get(path))
    assert {name: view[name] for name in body} == body
    for role in (Role.PROGRAM_MANAGER, Role.AUDITOR, Role.SPONSOR):
        refused(await office.client(ben, role).get(path), 404, "somebody_else")
    profile = await office.client(ben, Role.PROGRAM_MANAGER).get(f"/v1/people/{ana}/profile")
    assert "captions" not in profile.text
    records = await office.database.fetch(
        "SELECT record FROM log.events WHERE type = 'AccommodationDeclared' AND tenant = $1",
        office.tenant,
    )
    assert not any(b"left" in each["record"] for each in records)


async def test_a_mentor_declares_seats_and_hours(office: Office) -> None:
    (ben,) = await office.hire(1)
    client = office.client(ben)
    body = {
        "seats": 2,
        "hours_per_month": 6,
        "periods": ["afternoon"],
        "supports": ["captions"],
    }
    granted(await client.put(f"/v1/people/{ben}/capacity", json=body))
    assert granted(await client.get(f"/v1/people/{ben}/profile"))["capacity"] == body
    too_many = await client.put(f"/v1/people/{ben}/capacity", json={**body, "seats": 11})
    refused(too_many, 422, "request_invalid")


async def test_the_line_manager_or_a_sponsor_grants_protected_hours(office: Office) -> None:
    report = granted(await send(office.hr, table(row(1, "E-2"), row(2), row(3))))
    ana, ben, cleo = (each["person_id"] for each in report["results"])
    path = f"/v1/people/{ana}/protected-hours"
    granted(await office.client(ben).put(path, json={"hours_per_month": 4}))
    granted(await office.client(cleo, Role.SPONSOR).put(path, json={"hours_per_month": 6}))
    seen = granted(await office.client(ana).get(f"/v1/people/{ana}/profile"))
    assert seen["protected_hours"] == {"hours_per_month": 6, "granted_by": cleo}
    for client in (office.client(cleo), office.client(ana, Role.SPONSOR)):
        answer = await client.put(path, json={"hours_per_month": 99})
        refused(answer, 403, "not_their_manager")

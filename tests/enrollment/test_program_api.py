from datetime import timedelta
from uuid import UUID

import pytest

from shared import clock
from shared.auth import Role
from tests.enrollment.office import PUBLISHED, Office, calendar, create, granted, refused

pytestmark = [pytest.mark.integration, pytest.mark.asyncio(loop_scope="session")]
ELSEWHERE = UUID(int=7)


async def test_a_program_is_created_published_and_opened(office: Office) -> None:
    (ana,) = await office.hire(1)
    manager = office.client(ana, Role.PROGRAM_MANAGER)
    program = await office.program(manager)
    shown = await manager.get(f"/v1/programs/{program}")
    view = granted(shown)
    assert view["status"] == "open"
    assert view["charter"]["objectives"][0]["code"] == "break-silos"
    assert view["agreements"] == [
        {"part": "mentee", "agreement_version": 1},
        {"part": "mentor", "agreement_version": 1},
    ]
    assert [(each["person_id"], each["role"], each["function"]) for each in view["governance"]] == [
        (ana, "program_manager", "sales")
    ]
    assert shown.headers["etag"] == f'"{view["version"]}"'
    listed = granted(await manager.get("/v1/programs", params={"status": "open"}))
    assert [each["program_id"] for each in listed["items"]] == [program]


async def test_a_document_that_is_put_again_keeps_its_version(office: Office) -> None:
    (ana,) = await office.hire(1)
    manager = office.client(ana, Role.PROGRAM_MANAGER)
    path = f"/v1/programs/{await office.program(manager)}"
    again = await manager.put(f"{path}/rubric", json=PUBLISHED["rubric"])
    assert granted(again)["rubric_version"] == 1
    other = {**PUBLISHED["rubric"], "accept_from": 70}
    assert granted(await manager.put(f"{path}/rubric", json=other))["rubric_version"] == 2


async def test_every_version_of_an_agreement_can_be_read_later(office: Office) -> None:
    (ana,) = await office.hire(1)
    manager = office.client(ana, Role.PROGRAM_MANAGER)
    path = f"/v1/programs/{await office.program(manager)}/agreements/mentor"
    granted(await manager.put(path, json={"text": "We listen more.", "hours_per_month": 4}))
    assert granted(await manager.get(path))["text"] == "We listen more."
    assert granted(await manager.get(f"{path}/versions/1"))["text"] == "We listen."
    refused(await manager.get(f"{path}/versions/3"), 404, "not_found")


async def test_only_its_own_program_manager_changes_a_program(office: Office) -> None:
    ana, ben = await office.hire(2)
    manager = office.client(ana, Role.PROGRAM_MANAGER)
    other = office.client(ben, Role.PROGRAM_MANAGER)
    employee = office.client(ben)
    charter = f"/v1/programs/{await office.program(manager)}/charter"
    refused(await other.put(charter, json=PUBLISHED["charter"]), 403, "not_your_program")
    refused(await employee.put(charter, json=PUBLISHED["charter"]), 403, "role_missing")
    named = {"person_id": ben, "role": "program_manager", "function": "sales"}
    granted(await manager.post(charter.replace("charter", "governance"), json=named))
    granted(await other.put(charter, json=PUBLISHED["charter"]))


async def test_another_tenant_sees_no_program(office: Office) -> None:
    (ana,) = await office.hire(1)
    manager = office.client(ana, Role.PROGRAM_MANAGER)
    path = f"/v1/programs/{await office.program(manager)}"
    stranger = office.client(ana, Role.PROGRAM_MANAGER, tenant="meadow")
    refused(await stranger.get(path), 404, "not_found")
    refused(await stranger.post(f"{path}/opening"), 404, "program_not_found")
    assert granted(await stranger.get("/v1/programs"))["items"] == []


async def test_a_program_that_is_not_there_is_not_found(office: Office) -> None:
    manager = office.client(ELSEWHERE, Role.PROGRAM_MANAGER)
    refused(await manager.get(f"/v1/programs/{ELSEWHERE}"), 404, "not_found")
    refused(await manager.post(f"/v1/programs/{ELSEWHERE}/opening"), 404, "program_not_found")


async def test_a_program_without_objectives_is_not_opened(office: Office) -> None:
    manager = office.client(ELSEWHERE, Role.PROGRAM_MANAGER)
    made = granted(await create(manager, "/v1/programs", {"name": "Empty"}))
    path = f"/v1/programs/{made['program_id']}"
    refused(await manager.post(f"{path}/opening"), 409, "objectives_missing")
    body = {"name": "Spring", "calendar": calendar(clock.now())}
    refused(await create(manager, f"{path}/cohorts", body), 409, "program_not_open")


async def test_unknown_fields_and_a_rubric_of_rank_alone_are_told(office: Office) -> None:
    (ana,) = await office.hire(1)
    manager = office.client(ana, Role.PROGRAM_MANAGER)
    path = f"/v1/programs/{await office.program(manager)}"
    charter = {**PUBLISHED["charter"], "colour": "blue"}
    problem = refused(await manager.put(f"{path}/charter", json=charter), 422, "request_invalid")
    assert [(each["pointer"], each["code"]) for each in problem["errors"]] == [
        ("/colour", "unknown_field")
    ]
    rank = {"criteria": [{"code": "tenure", "weight": 1}], "accept_from": 50}
    problem = refused(await manager.put(f"{path}/rubric", json=rank), 422, "rank_alone")
    assert problem["errors"][0]["pointer"] == "/criteria"


async def test_a_stale_change_is_refused(office: Office) -> None:
    (ana,) = await office.hire(1)
    manager = office.client(ana, Role.PROGRAM_MANAGER)
    path = f"/v1/programs/{await office.program(manager)}"
    seen = (await manager.get(path)).headers["etag"]
    other = {"modules": ["coaching"], "required": []}
    granted(await manager.put(f"{path}/training", json=other, headers={"If-Match": seen}))
    again = await manager.put(f"{path}/training", json=other, headers={"If-Match": seen})
    refused(again, 412, "stale")


async def test_creating_with_one_key_twice_makes_one_program(office: Office) -> None:
    manager = office.client(ELSEWHERE, Role.PROGRAM_MANAGER)
    key = {"Idempotency-Key": "once"}
    first = await manager.post("/v1/programs", json={"name": "Once"}, headers=key)
    second = await manager.post("/v1/programs", json={"name": "Once"}, headers=key)
    assert granted(first) == granted(second)
    assert second.headers["idempotent-replayed"] == "true"
    assert len(granted(await manager.get("/v1/programs"))["items"]) == 1
    other = await manager.post("/v1/programs", json={"name": "Twice"}, headers=key)
    refused(other, 422, "key_reused")


async def test_a_cohort_follows_its_calendar_by_itself(office: Office) -> None:
    (ana,) = await office.hire(1)
    manager = office.client(ana, Role.PROGRAM_MANAGER)
    program = await office.program(manager)
    body = {"name": "Autumn", "calendar": calendar(clock.now() + timedelta(days=2))}
    made = granted(await create(manager, f"/v1/programs/{program}/cohorts", body))
    assert made["stage"] == "scheduled"
    path = f"/v1/cohorts/{made['cohort_id']}"
    for days, stage in ((3, "applications"), (14, "matching"), (16, "journey"), (150, "closed")):
        await office.world.pass_time(timedelta(days=days))
        assert granted(await manager.get(path))["stage"] == stage
    listed = granted(await manager.get("/v1/cohorts", params={"stage": "closed"}))
    assert [each["cohort_id"] for each in listed["items"]] == [made["cohort_id"]]


async def test_a_calendar_out_of_order_names_the_date(office: Office) -> None:
    (ana,) = await office.hire(1)
    manager = office.client(ana, Role.PROGRAM_MANAGER)
    program = await office.program(manager)
    dates = calendar(clock.now())
    body = {"name": "Odd", "calendar": {**dates, "kick_off_at": dates["applications_open_at"]}}
    answer = await create(manager, f"/v1/programs/{program}/cohorts", body)
    problem = refused(answer, 422, "calendar_out_of_order")
    assert problem["errors"][0]["pointer"] == "/calendar/kick_off_at"

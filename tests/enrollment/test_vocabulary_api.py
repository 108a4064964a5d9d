from pathlib import Path
from uuid import UUID

import httpx
import pytest

from shared.auth import Role
from tests.enrollment.office import Office, create, granted, refused

pytestmark = [pytest.mark.integration, pytest.mark.asyncio(loop_scope="session")]
NOBODY = UUID(int=7)
LISTENING = {
    "code": "2.A.1.b",
    "name": "Active Listening",
    "category": "skills",
    "description": "Giving full attention.",
}
CONTENT = b"""element_id\tkind\tname\tdescription
2.A.1.a\tskills\tReading Comprehension\tUnderstanding written sentences.
2.A.1.b\tskills\tActive Listening\tGiving full attention.
\tskills\tNobody knows\t
"""
OCCUPATIONS = b"""onetsoc_code\ttitle\tdescription
11-1011.00\tChief Executives\tDetermine and formulate policies.
11-1021.00\tGeneral and Operations Managers\tPlan and direct.
"""
PUBLISHED_TABLES = Path(__file__).parents[3] / "shared" / "data" / "onet"


async def upload(client: httpx.AsyncClient, path: str, raw: bytes) -> httpx.Response:
    headers = {"Content-Type": "text/tab-separated-values"}
    return await client.post(path, content=raw, headers=headers)


async def test_a_competency_is_defined_listed_and_retired(office: Office) -> None:
    curator = office.client(NOBODY, Role.PROGRAM_MANAGER)
    made = await create(curator, "/v1/competencies", LISTENING)
    path = made.headers["location"]
    assert granted(made)["version"] == 1
    assert granted(await curator.get(path))["name"] == "Active Listening"
    again = await create(curator, "/v1/competencies", LISTENING)
    assert (granted(again)["id"], granted(again)["version"]) == (granted(made)["id"], 1)
    assert granted(await curator.post(f"{path}/retirement"))["retired"] is True
    current = await curator.get("/v1/competencies", params={"retired": "false"})
    assert granted(current)["items"] == []
    reworded = await create(curator, "/v1/competencies", {**LISTENING, "name": "Listening"})
    refused(reworded, 409, "competency_is_retired")


async def test_employees_read_the_vocabulary_but_do_not_write_it(office: Office) -> None:
    employee = office.client(NOBODY)
    refused(await create(employee, "/v1/competencies", LISTENING), 403, "role_missing")
    refused(await upload(employee, "/v1/competencies:import", CONTENT), 403, "role_missing")
    assert granted(await employee.get("/v1/competencies"))["items"] == []
    refused(await employee.get(f"/v1/competencies/{NOBODY}"), 404, "not_found")


async def test_a_table_of_competencies_is_imported_once(office: Office) -> None:
    first = granted(await upload(office.hr, "/v1/competencies:import", CONTENT))
    assert [first[name] for name in ("rows", "defined", "unchanged", "failed")] == [3, 2, 0, 1]
    assert [(each["row"], each["code"]) for each in first["bad_rows"]] == [(4, "missing")]
    second = granted(await upload(office.hr, "/v1/competencies:import", CONTENT))
    assert [second[name] for name in ("rows", "defined", "unchanged", "failed")] == [3, 0, 2, 1]
    found = await office.hr.get("/v1/competencies", params={"search": "listening"})
    assert [each["code"] for each in granted(found)["items"]] == ["2.A.1.b"]


async def test_lists_go_on_where_the_page_before_ended(office: Office) -> None:
    granted(await upload(office.hr, "/v1/competencies:import", CONTENT))
    first = await office.hr.get("/v1/competencies", params={"limit": 1})
    cursor = granted(first)["next_cursor"]
    second = await office.hr.get("/v1/competencies", params={"limit": 1, "cursor": cursor})
    codes = [each["code"] for page in (first, second) for each in granted(page)["items"]]
    assert codes == ["2.A.1.a", "2.A.1.b"]
    assert granted(second)["next_cursor"] is None


async def test_target_roles_are_imported_and_name_competencies(office: Office) -> None:
    told = granted(await upload(office.hr, "/v1/target-roles:import", OCCUPATIONS))
    assert told["defined"] == 2
    listening = granted(await create(office.hr, "/v1/competencies", LISTENING))["id"]
    lead = {"code": "lead", "title": "Team lead", "competencies": [listening]}
    made = await create(office.hr, "/v1/target-roles", lead)
    shown = granted(await office.hr.get(made.headers["location"]))
    assert shown["competencies"] == [listening]
    unknown = await create(office.hr, "/v1/target-roles", {**lead, "competencies": [str(NOBODY)]})
    problem = refused(unknown, 422, "term_unknown")
    assert problem["errors"][0]["pointer"] == "/competencies/0"


async def test_a_file_that_is_no_table_is_refused(office: Office) -> None:
    broken = await upload(office.hr, "/v1/competencies:import", b"code;name\n")
    refused(broken, 422, "term_file_unreadable")


@pytest.mark.skipif(not PUBLISHED_TABLES.exists(), reason="the published tables are not here")
async def test_the_published_tables_are_taken_whole(office: Office) -> None:
    for path, name in (
        ("/v1/competencies:import", "content_model.tsv"),
        ("/v1/target-roles:import", "occupations.tsv"),
    ):
        raw = (PUBLISHED_TABLES / name).read_bytes()
        told = granted(await upload(office.hr, path, raw))
        assert told["defined"] > 300
        assert told["bad_rows"] == []

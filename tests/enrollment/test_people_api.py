import asyncio
from collections.abc import Iterable
from uuid import UUID

import asyncpg
import pytest

from services.enrollment.domain.intake import Known
from services.enrollment.queries import people
from shared.auth import Role
from shared.database import Database
from tests.consuming import eventually
from tests.enrollment.office import HEADER, Office, granted, refused, row, send, table

pytestmark = [pytest.mark.integration, pytest.mark.asyncio(loop_scope="session")]
NOBODY = UUID(int=7)
COUNTS = ("rows", "created", "updated", "unchanged", "left", "failed")


def counts(report: dict[str, int]) -> list[int]:
    return [report[name] for name in COUNTS]


async def test_a_file_of_employees_is_taken_and_reported_row_by_row(office: Office) -> None:
    report = granted(await send(office.hr, table(row(1, "E-2"), row(2), row(3, mail="nobody"))))
    assert counts(report) == [3, 2, 0, 0, 0, 1]
    ana, ben, bad = report["results"]
    assert bad["faults"][0]["column"] == "work_email"
    assert bad["faults"][0]["remedy"]
    seen = granted(await office.hr.get(f"/v1/people/{ana['person_id']}"))
    assert seen["manager_id"] == ben["person_id"]
    assert seen["identity"]["employee_number"] == "E-1"
    kept = await office.hr.get(f"/v1/people/imports/{report['import_id']}")
    assert granted(kept) == report


async def test_the_same_file_again_changes_nothing(office: Office) -> None:
    raw = table(row(1, "E-2"), row(2))
    granted(await send(office.hr, raw))
    before = await office.events()
    report = granted(await send(office.hr, raw))
    assert counts(report) == [2, 0, 0, 2, 0, 0]
    assert await office.events() == before


async def test_the_same_import_under_its_key_is_answered_as_before_even_after_an_erasure(
    office: Office,
) -> None:
    key = {"Idempotency-Key": "import-of-monday", "Content-Type": "text/csv"}
    raw = table(row(1))
    first = granted(await office.hr.post("/v1/people/imports", content=raw, headers=key))
    person = first["results"][0]["person_id"]
    granted(await office.hr.post(f"/v1/people/{person}/erasure"))
    before = await office.events()
    again = await office.hr.post("/v1/people/imports", content=raw, headers=key)
    assert again.headers["idempotent-replayed"] == "true"
    assert again.json() == first
    assert await office.events() == before


async def test_a_dry_run_says_the_same_and_does_nothing(office: Office) -> None:
    raw = table(row(1, "E-2"), row(2), row(3, hired="soon"))
    told = granted(await send(office.hr, raw, dry_run="true"))
    assert counts(told) == [3, 2, 0, 0, 0, 1]
    assert await office.events() == []
    assert counts(granted(await send(office.hr, raw))) == counts(told)


async def test_of_a_thousand_rows_the_forty_bad_ones_are_explained(office: Office) -> None:
    rows = [
        row(
            number,
            f"E-{number // 8 or 1}" if number > 1 else "",
            hired="" if number % 25 == 0 else "2020-01-15",
        )
        for number in range(1, 1_001)
    ]
    report = granted(await send(office.hr, table(*rows)))
    assert counts(report) == [1_000, 960, 0, 0, 0, 40]
    bad = [each for each in report["results"] if each["result"] == "failed"]
    assert [each["row"] for each in bad] == [number + 1 for number in range(25, 1_001, 25)]
    assert {each["faults"][0]["code"] for each in bad} == {"missing"}
    assert (await office.events()).count("PersonRegistered") == 960


async def test_movers_are_moved_and_leavers_leave(office: Office) -> None:
    granted(await send(office.hr, table(row(1), row(2), row(3))))
    changed = table(row(1, function="finance"), row(2, first="Anna"), row(3, status="terminated"))
    report = granted(await send(office.hr, changed))
    assert counts(report) == [3, 0, 2, 0, 1, 0]
    assert (await office.events())[3:] == ["PersonMoved", "IdentityCorrected", "PersonLeft"]
    assert counts(granted(await send(office.hr, changed))) == [3, 0, 0, 3, 0, 0]
    back = granted(await send(office.hr, table(row(3))))
    assert counts(back) == [1, 0, 1, 0, 0, 0]


async def test_headers_can_be_mapped_and_a_form_is_a_file_too(office: Office) -> None:
    raw = table(row(1)).replace(b"employee_number,", b"Personalnummer,", 1)
    refused(await send(office.hr, raw), 422, "columns_missing")
    mapping = {"mapping": '{"Personalnummer": "employee_number"}'}
    answer = await office.hr.post("/v1/people/imports", files={"file": raw}, params=mapping)
    assert counts(granted(answer)) == [1, 1, 0, 0, 0, 0]
    broken = await send(office.hr, raw, mapping="[1]")
    refused(broken, 422, "mapping_unknown")


async def test_a_file_that_is_none_is_refused_and_changes_nothing(office: Office) -> None:
    refused(await send(office.hr, b""), 422, "file_empty")
    refused(await send(office.hr, b"\xff\xfe\x00"), 422, "file_not_text")
    refused(await send(office.hr, table('"E-1')), 422, "file_unreadable")
    refused(await send(office.hr, b"name\nAna\n"), 422, "columns_missing")
    json = await office.hr.post("/v1/people/imports", json={"rows": []})
    refused(json, 415, "content_type_unsupported")
    form = await office.hr.post("/v1/people/imports", files={"other": b"x"})
    refused(form, 422, "file_missing")
    assert await office.events() == []


async def test_only_the_hr_platform_imports(office: Office) -> None:
    manager = office.client(NOBODY, Role.PROGRAM_MANAGER)
    refused(await send(manager, table(row(1))), 403, "role_missing")


async def test_names_stand_in_no_event(office: Office) -> None:
    granted(await send(office.hr, table(row(1, first="Quetzalcoatl"))))
    records = await office.database.fetch(
        "SELECT record FROM log.events WHERE tenant = $1", office.tenant
    )
    assert records
    assert not any(
        b"Quetzal" in each["record"] or b"person1@" in each["record"] for each in records
    )


async def test_an_employee_can_be_pushed_and_changed_in_part(office: Office) -> None:
    whole = {
        "first_name": "Ana",
        "last_name": "Ferreira",
        "work_email": "ana@example.org",
        "function": "sales",
        "level": "junior",
        "site": "Porto",
        "hired_on": "2025-01-15",
    }
    made = granted(await office.hr.put("/v1/people/E-1", json=whole))
    assert made["standing"] == "active"
    moved = granted(await office.hr.put("/v1/people/E-1", json={"site": "Lyon"}))
    assert (moved["person_id"], moved["version"]) == (made["person_id"], 2)
    again = granted(await office.hr.put("/v1/people/E-1", json={"site": "Lyon"}))
    assert again["version"] == 2
    seen = granted(await office.hr.get(f"/v1/people/{made['person_id']}"))
    assert (seen["site"], seen["level"], seen["identity"]["first_name"]) == (
        "Lyon",
        "junior",
        "Ana",
    )
    gone = granted(await office.hr.put("/v1/people/E-1", json={"employment_status": "terminated"}))
    assert gone["standing"] == "left"


async def test_of_two_changes_at_once_none_is_lost_in_silence(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    granted(await send(office.hr, table(row(1))))
    both, known = asyncio.Barrier(2), people.known

    async def known_together(db: Database, numbers: Iterable[str]) -> dict[str, Known]:
        found = await known(db, numbers)
        await both.wait()
        return found

    monkeypatch.setattr(people, "known", known_together)
    changes = ({"site": "Lyon"}, {"last_name": "Okafor"})
    answers = await asyncio.gather(
        *(office.hr.put("/v1/people/E-1", json=change) for change in changes)
    )
    assert sorted(answer.status_code for answer in answers) == [200, 409]
    refused(max(answers, key=lambda answer: answer.status_code), 409, "recorded_meanwhile")


async def test_an_unchanged_employee_does_not_come_back_from_an_erasure(office: Office) -> None:
    granted(await send(office.hr, table(row(1))))
    eraser = await asyncpg.connect(office.world.databases.dsn("enrollment", "worker"))
    waiting = "SELECT EXISTS (SELECT FROM pg_locks WHERE NOT granted AND locktype <> 'advisory')"
    try:
        async with eraser.transaction():
            await eraser.execute("DELETE FROM vault.identity WHERE tenant = $1", office.tenant)
            pushed = asyncio.create_task(office.hr.put("/v1/people/E-1", json={"site": "Porto"}))
            await eventually(lambda: office.database.fetchval(waiting))
    finally:
        await eraser.close()
    refused(await pushed, 409, "recorded_meanwhile")
    identities = "SELECT count(*) FROM vault.identity WHERE tenant = $1"
    assert await office.database.fetchval(identities, office.tenant) == 0


async def test_a_new_employee_needs_every_value(office: Office) -> None:
    problem = refused(await office.hr.put("/v1/people/E-1", json={}), 422, "request_invalid")
    assert [each["pointer"] for each in problem["errors"]] == [
        "/first_name",
        "/last_name",
        "/work_email",
        "/function",
        "/level",
        "/site",
        "/hired_on",
    ]
    gone = await office.hr.put("/v1/people/E-1", json={"colour": "blue"})
    refused(gone, 422, "request_invalid")


async def test_many_employees_are_pushed_each_by_itself(office: Office) -> None:
    await office.hire(1)
    ben = {
        "employee_number": "E-2",
        "first_name": "Ben",
        "last_name": "Okafor",
        "work_email": "ben@example.org",
        "function": "finance",
        "level": "senior",
        "site": "Lyon",
        "hired_on": "2019-06-01",
        "manager_employee_number": "E-1",
    }
    items = [ben, {"employee_number": "E-1", "level": "senior"}, {"employee_number": "E-3"}]
    answer = await office.hr.post("/v1/people:batch", json={"items": items})
    assert answer.status_code == 207
    told = granted(answer)["items"]
    assert [(each["index"], each["status"], each["result"]) for each in told] == [
        (0, 201, "created"),
        (1, 200, "unchanged"),
        (2, 422, "failed"),
    ]


async def test_who_somebody_is_is_told_only_to_those_who_may_know(office: Office) -> None:
    ana, ben = await office.hire(2)
    path = f"/v1/people/{ana}"
    for client in (office.client(ana), office.client(ben, Role.PROGRAM_MANAGER), office.hr):
        assert granted(await client.get(path))["identity"]["first_name"] == "Ana"
    auditor = office.client("auditor", Role.AUDITOR)
    assert granted(await auditor.get(path))["identity"] is None
    refused(await office.client(ben).get(path), 404, "somebody_else")
    stranger = office.client("hr", Role.HR_PLATFORM, tenant="meadow")
    refused(await stranger.get(path), 404, "not_found")
    refused(await office.client(ben).get("/v1/people"), 403, "role_missing")
    found = await office.hr.get("/v1/people", params={"employee_number": "E-2"})
    assert [each["person_id"] for each in granted(found)["items"]] == [ben]


async def test_an_erased_person_leaves_a_pseudonym_and_nothing_else(office: Office) -> None:
    (ana,) = await office.hire(1)
    note = {"note": "I cannot climb stairs.", "needs": ["step-free"]}
    granted(await office.client(ana).put(f"/v1/people/{ana}/accommodations", json=note))
    erased = granted(await office.hr.post(f"/v1/people/{ana}/erasure"))
    assert erased["standing"] == "erased"
    seen = granted(await office.hr.get(f"/v1/people/{ana}"))
    assert (seen["identity"], seen["standing"]) == (None, "erased")
    identities = "SELECT count(*) FROM vault.identity WHERE tenant = $1"
    assert await office.database.fetchval(identities, office.tenant) == 0
    keys = "SELECT bool_and(wrapped_key IS NULL) FROM vault.subject_keys WHERE tenant = $1"
    assert await office.database.fetchval(keys, office.tenant)
    granted(await office.hr.post(f"/v1/people/{ana}/erasure"))
    report = granted(await send(office.hr, table(row(1))))
    assert report["created"] == 1
    assert report["results"][0]["person_id"] != ana


async def test_nobody_unknown_departs_or_is_erased(office: Office) -> None:
    for way in ("departure", "erasure"):
        answer = await office.hr.post(f"/v1/people/{NOBODY}/{way}")
        refused(answer, 404, "person_not_found")


async def test_a_header_alone_is_a_file_without_employees(office: Office) -> None:
    report = granted(await send(office.hr, f"{HEADER}\r\n".encode()))
    assert counts(report) == [0, 0, 0, 0, 0, 0]


async def test_two_files_at_once_record_each_employee_once(office: Office) -> None:
    raw = table(*(row(number) for number in range(1, 101)))
    answers = await asyncio.gather(*(send(office.hr, raw) for _ in range(4)))
    assert {answer.status_code for answer in answers} <= {200, 409}
    for answer in answers:
        if answer.status_code == 409:
            refused(answer, 409, "recorded_meanwhile")
    assert counts(granted(await send(office.hr, raw))) == [100, 0, 0, 100, 0, 0]
    assert (await office.events()).count("PersonRegistered") == 100

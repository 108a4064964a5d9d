"""Employees from a file, over HTTP: every row is applied or explained, never half of one."""

import asyncio
from collections.abc import Mapping
from typing import Annotated, Final
from uuid import UUID

import msgspec
from fastapi import Query
from pydantic import Field, TypeAdapter, ValidationError
from starlette.requests import Request as HttpRequest
from starlette.responses import Response

from services.enrollment.api.directory import RecordedMeanwhile, carry_out
from services.enrollment.api.uploads import FileMissing, file_body, uploaded
from services.enrollment.domain.intake import Plan, Planned, Result, managers_and_employees, plan
from services.enrollment.domain.people_file import (
    FIELDS,
    BadRow,
    ColumnsMissing,
    FileEmpty,
    FileNotText,
    FileUnreadable,
    MappingUnknown,
    PeopleFile,
    read_file,
)
from services.enrollment.queries import people
from shared import clock
from shared.auth import Role
from shared.database import Database
from shared.errors import MentorshipError, NotFound
from shared.eventstore import StoredAnswer
from shared.http import (
    IMPORT_BYTES_MAX,
    BoundCommands,
    Commands,
    Reads,
    Routes,
    View,
    item_problem,
    problems,
    require,
)
from shared.http.commands import json_of
from shared.http.ports import ports_of
from shared.ids import new_id

router: Final = Routes("people")
DIRECTORY: Final = require(Role.HR_PLATFORM)


class FaultView(View):
    column: str = Field(description="Empty if it is about the row.", examples=["hired_on"])
    code: str = Field(examples=["not_a_date"])
    detail: str
    remedy: str


class RowView(View):
    row: int = Field(description="The header is row 1.")
    result: Result
    person_id: UUID | None
    manager_pending: bool = Field(description="The manager's own row failed: mend it, send both.")
    faults: list[FaultView]


class ImportReport(View):
    """What a file of employees came to, row by row; it names nobody."""

    import_id: UUID
    dry_run: bool
    rows: int
    created: int
    updated: int
    unchanged: int
    left: int
    failed: int
    ignored_columns: list[str]
    results: list[RowView]


_EXAMPLE: Final = (
    "employee_number,first_name,last_name,work_email,department,title,location,time_zone,"
    "hired_at,manager_employee_number,employment_status\r\n"
    "E-10027,Ana,Ferreira,ana.ferreira@example.org,engineering,senior,Porto,Europe/Lisbon,"
    "2021-04-12,E-10002,active\r\n"
)


@router.post(
    "/v1/people/imports",
    response_model=ImportReport,
    responses=problems(
        RecordedMeanwhile,
        FileNotText,
        FileEmpty,
        FileUnreadable,
        ColumnsMissing,
        MappingUnknown,
        FileMissing,
    ),
    dependencies=[DIRECTORY],
    max_body_size=IMPORT_BYTES_MAX,
    openapi_extra=file_body("text/csv", _EXAMPLE),
)
async def import_people(
    request: HttpRequest,
    commands: Commands,
    *,
    dry_run: bool = False,
    mapping: Annotated[
        str | None,
        Query(
            max_length=4000,
            description="JSON: the field for a header of yours, such as "
            '{"Personalnummer": "employee_number"}. Fields: ' + ", ".join(FIELDS),
        ),
    ] = None,
) -> Response:
    """Take employees from a CSV file; with `dry_run` only say what would become of each row."""
    raw = await uploaded(request, ("text/csv", "text/plain", "application/csv"))
    # Thousands of rows take a moment, in which others want to be answered.
    file = await asyncio.to_thread(read_file, raw, _mapping(mapping))

    async def work() -> StoredAnswer:
        async with commands.db() as db:
            known = await people.known(db, managers_and_employees(file.rows))
        wanted = await asyncio.to_thread(plan, file.rows, file.bad, known, new_id)
        refused: Mapping[int, MentorshipError] = {}
        if not dry_run:
            refused = await carry_out(ports_of(request), commands, wanted[0])
        report = _report(file, wanted, refused, dry_run=dry_run)
        if not dry_run:
            await _keep(commands, report)
        return StoredAnswer(status=200, headers={}, body=json_of(report))

    return await commands.once(work)


@router.get(
    "/v1/people/imports/{import_id}",
    response_model=ImportReport,
    responses=problems(NotFound),
    dependencies=[DIRECTORY],
)
async def show_people_import(import_id: UUID, reads: Reads) -> Response:
    """What an earlier file came to."""

    async def query(db: Database) -> ImportReport | None:
        text = await db.fetchval(
            "SELECT (result -> 'report')::text FROM log.operations"
            " WHERE operation_id = $1 AND kind = 'people_import'",
            import_id,
        )
        return None if text is None else ImportReport.model_validate_json(text)

    return await reads.one(query)


def _mapping(text: str | None) -> Mapping[str, str]:
    if not text:
        return {}
    try:
        return TypeAdapter(dict[str, str]).validate_json(text)
    except ValidationError as error:
        message = "The mapping is a JSON object of texts: your header, then the field."
        raise MappingUnknown(message, field="/mapping") from error


def _report(
    file: PeopleFile, wanted: Plan, refused: Mapping[int, MentorshipError], *, dry_run: bool
) -> ImportReport:
    planned, bad = wanted
    results = [_applied(row, refused.get(row.row)) for row in planned]
    results += [_failed(row) for row in bad]
    results.sort(key=lambda result: result.row)
    count = {kind: sum(each.result is kind for each in results) for kind in Result}
    return ImportReport(
        import_id=new_id(),
        dry_run=dry_run,
        rows=len(results),
        created=count[Result.CREATED],
        updated=count[Result.UPDATED],
        unchanged=count[Result.UNCHANGED],
        left=count[Result.LEFT],
        failed=count[Result.FAILED],
        ignored_columns=list(file.ignored_columns),
        results=results,
    )


def _applied(row: Planned, refusal: MentorshipError | None) -> RowView:
    faults: list[FaultView] = []
    if refusal is not None:
        told = item_problem(refusal)
        faults = [FaultView(column="", code=told.code, detail=told.detail, remedy=told.remedy)]
    return RowView(
        row=row.row,
        result=row.result if refusal is None else Result.FAILED,
        person_id=row.person_id,
        manager_pending=row.manager_pending,
        faults=faults,
    )


def _failed(row: BadRow) -> RowView:
    faults = [FaultView.model_validate(fault) for fault in row.faults]
    return RowView(
        row=row.number,
        result=Result.FAILED,
        person_id=None,
        manager_pending=False,
        faults=faults,
    )


async def _keep(commands: BoundCommands, report: ImportReport) -> None:
    """Keep the report where operations are kept, so that it can be asked for again."""
    url = f"/v1/people/imports/{report.import_id}"
    result = {"url": url, "report": msgspec.Raw(report.model_dump_json().encode())}
    async with commands.db() as db:
        await db.execute(
            "INSERT INTO log.operations (tenant, operation_id, kind, status, result,"
            " created_by, created_at, finished_at)"
            " VALUES ($1, $2, 'people_import', 'succeeded', $3::text::jsonb, $4, $5, $5)",
            commands.caller.tenant,
            report.import_id,
            msgspec.json.encode(result).decode(),
            commands.caller.subject,
            clock.now(),
        )

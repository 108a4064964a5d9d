"""Employees pushed over HTTP, one or many at a time; what is left out stays as it was."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Annotated, Final, Literal
from uuid import UUID

from fastapi import Path
from pydantic import Field
from starlette.requests import Request as HttpRequest
from starlette.responses import Response

from services.enrollment.api.directory import (
    AnyStep,
    RecordedMeanwhile,
    carry_out,
    departure,
    keep_identities,
)
from services.enrollment.api.directory import recording as record_employee
from services.enrollment.api.people_import import DIRECTORY, FaultView
from services.enrollment.api.words import Line, PlainDate
from services.enrollment.domain.employee import Employee, read_employee
from services.enrollment.domain.intake import (
    Plan,
    Planned,
    Result,
    managers_and_employees,
    plan,
)
from services.enrollment.domain.people_file import BadRow, Row
from services.enrollment.domain.person import PersonNotFound, Standing
from services.enrollment.queries import enrollments, people
from shared.command_handler import Outcome
from shared.database import Database
from shared.eventstore import StoredAnswer, Transaction
from shared.http import Commands, Request, Routes, View, item_problem, problems
from shared.http.commands import json_of
from shared.http.ports import ports_of
from shared.http.protocol_errors import Fault, RequestInvalid
from shared.ids import new_id

router: Final = Routes("people")
Number = Annotated[str, Field(min_length=1, max_length=64, pattern=r"^[^\s\x00-\x1f\x7f]+$")]
_BATCH_MAX: Final = 500


class EmployeeBody(Request):
    """What may be said of an employee; a new one needs all but the last three."""

    first_name: Line | None = Field(default=None, examples=["Ana"])
    last_name: Line | None = Field(default=None, examples=["Ferreira"])
    work_email: Line | None = Field(default=None, examples=["ana.ferreira@example.org"])
    function: Line | None = Field(default=None, examples=["engineering"])
    level: Line | None = Field(default=None, examples=["senior"])
    site: Line | None = Field(default=None, examples=["Porto"])
    hired_on: PlainDate | None = Field(default=None, examples=["2021-04-12"])
    time_zone: Line | None = Field(default=None, examples=["Europe/Lisbon"])
    manager_employee_number: Number | None = Field(
        default=None, description="Null says that there is none.", examples=["E-10002"]
    )
    employment_status: Literal["active", "terminated"] | None = None


class NumberedEmployee(EmployeeBody):
    employee_number: Number = Field(examples=["E-10027"])


class EmployeeBatch(Request):
    items: list[NumberedEmployee] = Field(min_length=1, max_length=_BATCH_MAX)


class PersonReceipt(View):
    """A person as a command left them."""

    person_id: UUID
    standing: Standing
    version: int


class PushedItem(View):
    index: int
    status: int = Field(examples=[200, 201, 422])
    result: Result
    person_id: UUID | None
    faults: list[FaultView]


class PushedBatch(View):
    items: list[PushedItem]


def person_receipt(person_id: UUID, outcome: Outcome) -> PersonReceipt:
    """What is told of a person after a command."""
    standing: Standing = outcome.states[0].standing
    return PersonReceipt(person_id=person_id, standing=standing, version=outcome.versions[0])


async def _planned(db: Database, employees: Sequence[tuple[str, EmployeeBody]]) -> Plan:
    """What these pushes come to, as rows of a file would; the row is the place in the list."""
    numbers = [number for number, _ in employees]
    before = await people.as_written(db, numbers)
    rows: list[Row] = []
    bad: list[BadRow] = []
    for place, (number, body) in enumerate(employees):
        read = read_employee(_merged(before.get(number, {}), number, body))
        if isinstance(read, Employee):
            rows.append(Row(number=place, employee=read))
        else:
            bad.append(BadRow(number=place, employee_number=number, faults=read))
    known = await people.known(db, managers_and_employees(rows))
    planned, misled = plan(rows, bad, known, new_id)
    return [_made_from(row, before) for row in planned], misled


def _made_from(row: Planned, before: Mapping[str, Mapping[str, str]]) -> Planned:
    """What was left out stays as it was: so it must still be so when this is recorded."""
    written = before.get(row.employee.number)
    return row if written is None else replace(row, made_from=written["content_hash"])


def _merged(before: Mapping[str, str], number: str, body: EmployeeBody) -> dict[str, str]:
    said = body.model_dump(mode="json", exclude_unset=True)
    said["employee_number"] = number
    return {**before, **{column: value or "" for column, value in said.items()}}


@router.put(
    "/v1/people/{person}",
    response_model=PersonReceipt,
    responses=problems(PersonNotFound, RecordedMeanwhile),
    dependencies=[DIRECTORY],
)
async def push_person(
    person: Annotated[Number, Path(description="The employee number.")],
    body: EmployeeBody,
    commands: Commands,
) -> Response:
    """Record one employee; values that are left out stay as they were."""
    async with commands.db() as db:
        planned, bad = await _planned(db, [(person, body)])
        if bad:
            raise _invalid(bad[0])
        row = planned[0]
        if row.person_id is None:
            raise PersonNotFound
        steps: Sequence[AnyStep] = (record_employee(row),)
        if not row.employee.employed:
            unfinished = await enrollments.unfinished(db, person_ids=[row.person_id])
            steps = departure(row.person_id, unfinished.get(row.person_id, ()))

    async def also(transaction: Transaction) -> None:
        if row.employee.employed:
            await keep_identities(transaction, [row])

    show = partial(person_receipt, row.person_id)
    return await commands.handle_all(steps, show=show, also=also)


def _invalid(bad: BadRow) -> RequestInvalid:
    return RequestInvalid(
        [
            Fault(
                source="body",
                pointer=f"/{fault.column}",
                code=fault.code,
                detail=f"{fault.detail} {fault.remedy}",
            )
            for fault in bad.faults
        ]
    )


@router.post(
    "/v1/people:batch",
    status_code=207,
    response_model=PushedBatch,
    responses=problems(RecordedMeanwhile),
    dependencies=[DIRECTORY],
)
async def push_people(request: HttpRequest, body: EmployeeBatch, commands: Commands) -> Response:
    """Record many employees, each by itself; managers may stand anywhere in the list."""

    async def work() -> StoredAnswer:
        async with commands.db() as db:
            planned, bad = await _planned(db, [(item.employee_number, item) for item in body.items])
        refused = await carry_out(ports_of(request), commands, planned)
        items = [_pushed(row) for row in planned if row.row not in refused]
        for row in bad:
            faults = [FaultView.model_validate(each) for each in row.faults]
            items.append(_refused(row.number, faults))
        for place, error in refused.items():
            told = item_problem(error)
            fault = FaultView(column="", code=told.code, detail=told.detail, remedy=told.remedy)
            items.append(_refused(place, [fault]))
        batch = PushedBatch(items=sorted(items, key=lambda item: item.index))
        return StoredAnswer(status=207, headers={}, body=json_of(batch))

    return await commands.once(work)


def _pushed(row: Planned) -> PushedItem:
    return PushedItem(
        index=row.row,
        status=201 if row.result is Result.CREATED else 200,
        result=row.result,
        person_id=row.person_id,
        faults=[],
    )


def _refused(index: int, faults: list[FaultView]) -> PushedItem:
    return PushedItem(index=index, status=422, result=Result.FAILED, person_id=None, faults=faults)

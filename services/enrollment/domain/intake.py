"""What a file or a push of employees comes to, decided before anything is written."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from enum import StrEnum
from typing import TypeAlias
from uuid import UUID

from services.enrollment.domain.employee import Employee, Fault
from services.enrollment.domain.people_file import BadRow, Row
from shared.events.enrollment import Position
from shared.frozen import frozen
from shared.ids import PersonId


class Result(StrEnum):
    """What becomes of one row."""

    CREATED = "created"
    UPDATED = "updated"
    UNCHANGED = "unchanged"
    LEFT = "left"
    FAILED = "failed"


@frozen
class Known:
    """What the identity and read tables hold of an employee number."""

    person_id: PersonId
    content_hash: str
    name_and_mail: tuple[str, str, str]
    manager_id: PersonId | None
    active: bool


@frozen
class Planned:
    """One row that can be applied, and what that changes."""

    row: int
    result: Result
    employee: Employee
    person_id: PersonId | None  # None for a leaver that nobody has heard of
    manager_id: PersonId | None
    identity_changed: bool
    manager_pending: bool  # the manager's own row was bad: named when it is mended
    is_new: bool  # nobody has heard of the employee number
    made_from: str = ""  # content hash of what this changes a part of; empty: it is the whole

    def known_as(self) -> PersonId:
        """The person's pseudonym.

        Raises:
            LookupError: nobody has heard of them, and they have left again.
        """
        if self.person_id is None:
            message = "a leaver who was never known has no pseudonym"
            raise LookupError(message)
        return self.person_id

    @property
    def position(self) -> Position:
        """Where the person stands from now on."""
        employee = self.employee
        return Position(
            function=employee.function,
            level=employee.level,
            site=employee.site,
            time_zone=employee.time_zone,
            hired_on=employee.hired_on,
            manager_id=self.manager_id,
        )


Directory: TypeAlias = Mapping[str, Known]  # by employee number
Plan: TypeAlias = tuple[Sequence[Planned], Sequence[BadRow]]


def plan(
    rows: Sequence[Row], bad: Sequence[BadRow], known: Directory, new_id: Callable[[], UUID]
) -> Plan:
    """What each row comes to; managers may stand anywhere in the file or in the directory."""
    first, repeated = _without_repeats(rows)
    broken = {row.employee_number for row in (*bad, *repeated)}
    named = {row.employee.number for row in first} | known.keys() | broken
    good = [row for row in first if not _manager_fault(row.employee, named)]
    misled = [
        BadRow(number=row.number, employee_number=row.employee.number, faults=fault)
        for row in first
        if (fault := _manager_fault(row.employee, named))
    ]
    ids = {number: employee.person_id for number, employee in known.items()}
    for row in good:
        if row.employee.employed and row.employee.number not in ids:
            ids[row.employee.number] = PersonId(new_id())
    planned = [_planned(row, known.get(row.employee.number), ids) for row in good]
    return planned, sorted((*bad, *repeated, *misled), key=lambda row: row.number)


def managers_and_employees(rows: Iterable[Row]) -> set[str]:
    """Every employee number that a plan for these rows asks about."""
    numbers = {
        number for row in rows for number in (row.employee.number, row.employee.manager_number)
    }
    return numbers - {""}


def _without_repeats(rows: Sequence[Row]) -> tuple[list[Row], list[BadRow]]:
    first: dict[str, Row] = {}
    repeated: list[BadRow] = []
    for row in rows:
        before = first.setdefault(row.employee.number, row)
        if before is not row:
            fault = Fault(
                column="employee_number",
                code="employee_number_repeated",
                detail=f"Row {before.number} has the same employee number and was taken.",
                remedy="Leave one of the two rows.",
            )
            repeated.append(
                BadRow(number=row.number, employee_number=row.employee.number, faults=(fault,))
            )
    return list(first.values()), repeated


def _manager_fault(employee: Employee, named: set[str]) -> tuple[Fault, ...]:
    manager = employee.manager_number
    if not manager or not employee.employed or (manager in named and manager != employee.number):
        return ()
    if manager == employee.number:
        code, detail = "own_manager", "This employee is named as their own manager."
    else:
        code, detail = "manager_unknown", "Nobody has the employee number of this manager."
    remedy = "Correct the manager's employee number, or leave it empty."
    return (Fault(column="manager_employee_number", code=code, detail=detail, remedy=remedy),)


def _planned(row: Row, known: Known | None, ids: Mapping[str, PersonId]) -> Planned:
    employee = row.employee
    manager_id = ids.get(employee.manager_number)
    return Planned(
        row=row.number,
        result=_result(employee, known, manager_id),
        employee=employee,
        person_id=ids.get(employee.number),
        manager_id=manager_id,
        identity_changed=known is not None and known.name_and_mail != employee.name_and_mail,
        manager_pending=bool(employee.manager_number) and manager_id is None,
        is_new=known is None,
    )


def _result(employee: Employee, known: Known | None, manager_id: PersonId | None) -> Result:
    if not employee.employed:
        return Result.LEFT if known is not None and known.active else Result.UNCHANGED
    if known is None:
        return Result.CREATED
    same = known.content_hash == employee.content_hash and known.manager_id == manager_id
    return Result.UNCHANGED if same and known.active else Result.UPDATED

"""A file of employees: comma or semicolon, quoted or not, with the headers of whoever wrote it."""

import csv
from collections.abc import Iterator, Mapping, Sequence
from inspect import getdoc
from typing import Final

from services.enrollment.domain.employee import (
    OPTIONAL,
    REQUIRED,
    Employee,
    Fault,
    read_employee,
)
from shared.errors import InvalidCommand
from shared.frozen import frozen

FIELDS: Final = (*REQUIRED, *OPTIONAL)
_ALIASES: Final[Mapping[str, str]] = {
    "given_name": "first_name",
    "family_name": "last_name",
    "surname": "last_name",
    "department": "function",
    "division": "function",
    "title": "level",
    "job_title": "level",
    "job_level": "level",
    "grade": "level",
    "location": "site",
    "office": "site",
    "hired_at": "hired_on",
    "hire_date": "hired_on",
    "start_date": "hired_on",
    "email": "work_email",
    "timezone": "time_zone",
    "employee_id": "employee_number",
    "manager_number": "manager_employee_number",
    "manager_id": "manager_employee_number",
    "status": "employment_status",
}
_DELIMITERS: Final = (",", ";", "\t")


class FileNotText(InvalidCommand):
    """This file is not UTF-8 text: save it as CSV UTF-8 and send it again."""


class FileEmpty(InvalidCommand):
    """This file has no rows: its first line names the columns, the others are employees."""


class FileUnreadable(InvalidCommand):
    """A quotation mark is not closed or out of place, or a cell is larger than 128 KiB."""


class ColumnsMissing(InvalidCommand):
    """This file lacks columns that every employee needs."""


class MappingUnknown(InvalidCommand):
    """The mapping names a field that employees do not have."""


@frozen
class Row:
    """One row that could be read: the header is row 1, as spreadsheets count."""

    number: int
    employee: Employee


@frozen
class BadRow:
    """One row that is not applied, and everything that is wrong with it."""

    number: int
    employee_number: str  # as far as it could be read
    faults: tuple[Fault, ...]


@frozen
class PeopleFile:
    rows: tuple[Row, ...]
    bad: tuple[BadRow, ...]
    ignored_columns: tuple[str, ...]


def read_file(raw: bytes, mapping: Mapping[str, str]) -> PeopleFile:
    """Everything a file says; `mapping` gives the field for a header that we do not know.

    Raises:
        InvalidCommand: the file as a whole cannot be used; one of the classes above.
    """
    lines = _lines(raw)
    read: list[Row | BadRow] = []
    number = 0
    try:
        header = next(lines, [])
        fields = _fields(header, mapping)
        for number, cells in enumerate(lines, start=2):
            if any(cells):
                read.append(_row(number, cells, fields))
    except csv.Error as error:
        message = f"{getdoc(FileUnreadable)} Look at the row after row {max(number, 1)}."
        raise FileUnreadable(message) from error
    return PeopleFile(
        rows=tuple(row for row in read if isinstance(row, Row)),
        bad=tuple(row for row in read if isinstance(row, BadRow)),
        ignored_columns=tuple(
            name for name, field in zip(header, fields, strict=True) if not field
        ),
    )


def _lines(raw: bytes) -> Iterator[list[str]]:
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise FileNotText from error
    lines = text.splitlines(keepends=True)
    if not lines:
        raise FileEmpty
    delimiter = max(_DELIMITERS, key=lines[0].count)
    return csv.reader(lines, delimiter=delimiter, strict=True)


def _fields(header: Sequence[str], mapping: Mapping[str, str]) -> list[str]:
    """For each column the field that it holds; empty for columns that nobody asked for."""
    for theirs, field in mapping.items():
        if field not in FIELDS:
            message = f"There is no field {field!r}; fields are {', '.join(FIELDS)}."
            raise MappingUnknown(message, field=f"/mapping/{theirs}")
    wanted = {_plain(theirs): field for theirs, field in mapping.items()}
    names = [_plain(name) for name in header]
    plain = [wanted.get(name, name if name in FIELDS else "") for name in names]
    for place, name in enumerate(names):
        alias = _ALIASES.get(name, "")
        if not plain[place] and alias not in plain:
            plain[place] = alias
    missing = [field for field in REQUIRED if field not in plain]
    if missing:
        message = f"This file lacks the columns {', '.join(missing)}; map your headers to them."
        raise ColumnsMissing(message)
    return [field if field not in plain[:place] else "" for place, field in enumerate(plain)]


def _plain(name: str) -> str:
    return "_".join(name.replace("-", " ").replace("_", " ").casefold().split())


def _row(number: int, cells: Sequence[str], fields: Sequence[str]) -> Row | BadRow:
    values = {field: cell for field, cell in zip(fields, cells, strict=False) if field}
    employee_number = values.get("employee_number", "").strip()
    if len(cells) < len(fields) or any(cells[len(fields) :]):
        fault = Fault(
            column="",
            code="wrong_number_of_cells",
            detail=f"This row has {len(cells)} cells, the header {len(fields)}.",
            remedy="Give every column a cell; put a value that holds the delimiter in quotes.",
        )
        return BadRow(number=number, employee_number=employee_number, faults=(fault,))
    read = read_employee(values)
    if isinstance(read, Employee):
        return Row(number=number, employee=read)
    return BadRow(number=number, employee_number=employee_number, faults=read)

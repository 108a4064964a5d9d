"""A real HR export as the company of the story, read with the columns that an import knows."""

import csv
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path

from shared.cli.demo.participants import TENURE_DAYS_MIN
from shared.cli.demo.population import FIRST_DAY, Employee, Size
from shared.errors import InvalidCommand

MENTEES_PER_CENT, MENTORS_PER_CENT, SEATS_PER_MENTEE_PER_CENT = 30, 12, 90
ALIASES: Mapping[str, tuple[str, ...]] = {
    "employee_number": ("employee_number", "employee_id"),
    "first_name": ("first_name", "given_name"),
    "last_name": ("last_name", "family_name", "surname"),
    "work_email": ("work_email", "email"),
    "function": ("function", "department", "division"),
    "level": ("level", "title", "job_title", "job_level", "grade"),
    "site": ("site", "location", "office"),
    "time_zone": ("time_zone", "timezone"),
    "hired_at": ("hired_on", "hired_at", "hire_date", "start_date"),
    "manager_employee_number": ("manager_employee_number", "manager_number", "manager_id"),
    "employment_status": ("employment_status", "status"),
}


class TooFewPeople(InvalidCommand):
    """The file has too few people for a program: at least 40 who were here for 100 days."""


class FileNotText(InvalidCommand):
    """This file is not UTF-8 text: save it as CSV UTF-8 and start again."""


def employees(path: Path) -> Sequence[Employee]:
    """The people of a file who can be read and are employed; the import says what is wrong else.

    Raises:
        FileNotText: its bytes are of another encoding, or it is no text at all.
    """
    try:
        return _employees(path)
    except UnicodeDecodeError as reason:
        raise FileNotText from reason


def _employees(path: Path) -> Sequence[Employee]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        start = file.readline()
        file.seek(0)
        delimiter = ";" if start.count(";") > start.count(",") else ","
        rows = [_plain(row) for row in csv.DictReader(file, delimiter=delimiter)]
    found = [employee for row in rows if (employee := _employee(row)) is not None]
    return list({employee.number: employee for employee in found}.values())


def fitting(people: Sequence[Employee]) -> Size:
    """How many of these people can play which part.

    Raises:
        TooFewPeople: not enough for a story.
    """
    settled = sum((FIRST_DAY - person.hired_on).days >= TENURE_DAYS_MIN for person in people)
    if settled < 40:
        raise TooFewPeople
    mentors = settled * MENTORS_PER_CENT // 100
    mentees = settled * MENTEES_PER_CENT // 100
    seats = min(3 * mentors, max(mentors, mentees * SEATS_PER_MENTEE_PER_CENT // 100))
    return Size(name="own", employees=len(people), mentees=mentees, mentors=mentors, seats=seats)


def _plain(row: Mapping[str | None, str | None]) -> Mapping[str, str]:
    return {
        "_".join(name.replace("-", " ").replace("_", " ").casefold().split()): value.strip()
        for name, value in row.items()
        if name and isinstance(value, str)
    }


def _employee(row: Mapping[str, str]) -> Employee | None:
    cells = {
        field: next((row[name] for name in names if row.get(name)), "")
        for field, names in ALIASES.items()
    }
    try:
        hired_on = date.fromisoformat(cells["hired_at"])
    except ValueError:
        return None
    gone = cells["employment_status"].casefold() not in {"", "active"}
    if gone or not (cells["employee_number"] and cells["function"]):
        return None
    return Employee(
        number=cells["employee_number"],
        first_name=cells["first_name"],
        last_name=cells["last_name"],
        email=cells["work_email"],
        function=cells["function"],
        level=cells["level"],
        site=cells["site"],
        time_zone=cells["time_zone"],
        hired_on=hired_on,
        manager_number=cells["manager_employee_number"] or None,
    )

"""A believable company from a seed: people with functions, levels, sites, managers, and skills."""

import csv
import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from functools import cache
from importlib.resources import files
from pathlib import Path
from random import Random
from typing import Any

from shared.frozen import frozen

FIRST_DAY = date(2026, 1, 5)  # a Monday: the day on which every demo begins


@frozen
class Size:
    """How large a company is, and how many of it take part."""

    name: str
    employees: int
    mentees: int
    mentors: int
    seats: int  # of all mentors together

    @property
    def waiting(self) -> int:
        """How many mentees must wait when every seat is taken."""
        return max(0, self.mentees - self.seats)


SIZES = {
    "S": Size(name="S", employees=1_000, mentees=300, mentors=120, seats=270),
    "M": Size(name="M", employees=24_000, mentees=1_860, mentors=640, seats=1_510),
}


@frozen
class Employee:
    """One row of an HR export."""

    number: str
    first_name: str
    last_name: str
    email: str
    function: str
    level: str
    site: str
    time_zone: str
    hired_on: date
    manager_number: str | None


COLUMNS = (
    "employee_number",
    "first_name",
    "last_name",
    "work_email",
    "function",
    "level",
    "site",
    "time_zone",
    "hired_at",
    "manager_employee_number",
    "employment_status",
)


@cache
def company_facts() -> dict[str, Any]:
    """Names, functions, sites and skills of the demo company."""
    text = files("shared.cli.demo").joinpath("company.json").read_text("utf-8")
    facts: dict[str, Any] = json.loads(text)
    return facts


def employees(size: Size, seed: int) -> Sequence[Employee]:
    """The whole company, managers before those they manage; the same for the same seed."""
    random = Random(f"company-{seed}-{size.name}")
    hired = [_newcomer(number, random) for number in range(1, size.employees + 1)]
    hired.sort(key=lambda person: (person.level, person.number), reverse=True)
    return _with_managers(hired, random)


def _newcomer(number: int, random: Random) -> Employee:
    facts = company_facts()
    first, last = random.choice(facts["first_names"]), random.choice(facts["last_names"])
    names = list(facts["functions"])
    function = random.choices(names, [facts["functions"][name]["weight"] for name in names])[0]
    level = random.choices(*zip(*facts["levels"], strict=True))[0]
    site = random.choices(facts["sites"], [site["weight"] for site in facts["sites"]])[0]
    fresh = random.random() < 0.04
    days = random.randint(5, 70) if fresh else int(random.triangular(100, 5_000, 700))
    return Employee(
        number=f"E{number:05d}",
        first_name=first,
        last_name=last,
        email=f"{first}.{last}.{number}@example.com".lower(),
        function=function,
        level=level,
        site=site["code"],
        time_zone=site["time_zone"],
        hired_on=FIRST_DAY - timedelta(days=days),
        manager_number=None,
    )


def _with_managers(people: Sequence[Employee], random: Random) -> Sequence[Employee]:
    """Everybody but the head answers to somebody of a higher level, of their function if any."""
    bosses: dict[tuple[str, str], list[str]] = {}
    placed: list[Employee] = []
    for person in people:
        above = [
            numbers
            for (function, level), numbers in bosses.items()
            if function == person.function and level > person.level
        ]
        boss = random.choice(above[-1]) if above else (placed[0].number if placed else None)
        placed.append(replace(person, manager_number=boss))
        bosses.setdefault((person.function, person.level), []).append(person.number)
    return placed


def write_csv(people: Sequence[Employee], path: Path) -> None:
    """The people as the HR export that `fairlead import people` reads."""
    with path.open("w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(COLUMNS)
        rows.writerows(
            (
                person.number,
                person.first_name,
                person.last_name,
                person.email,
                person.function,
                person.level,
                person.site,
                person.time_zone,
                person.hired_on.isoformat(),
                person.manager_number or "",
                "active",
            )
            for person in people
        )


def seats_of(mentors: int, seats: int, random: Random) -> Sequence[int]:
    """Seats of each mentor, 1 to 3, that add up to `seats` exactly.

    Raises:
        ValueError: no such numbers exist.
    """
    if not mentors <= seats <= 3 * mentors:
        message = f"{mentors} mentors with 1 to 3 seats cannot offer {seats}"
        raise ValueError(message)
    shares = [1] * mentors
    open_mentors = list(range(mentors))
    for _ in range(seats - mentors):
        place = random.randrange(len(open_mentors))
        shares[open_mentors[place]] += 1
        if shares[open_mentors[place]] == 3:
            open_mentors[place] = open_mentors[-1]
            open_mentors.pop()
    return shares

"""People: where they stand, who they are for those who may know, and what they say."""

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any, Final
from uuid import UUID

from pydantic import Field

from services.enrollment.domain.intake import Known
from services.enrollment.queries import rows
from shared.database import Database
from shared.events.enrollment import Period, Position
from shared.http import Moment, PageOf, PageRequest, View
from shared.ids import PersonId


class IdentityView(View):
    employee_number: str = Field(examples=["E-10027"])
    first_name: str = Field(examples=["Ana"])
    last_name: str = Field(examples=["Ferreira"])
    work_email: str = Field(examples=["ana.ferreira@example.org"])


class PersonView(View):
    person_id: UUID
    function: str = Field(examples=["engineering"])
    level: str = Field(examples=["senior"])
    site: str = Field(examples=["Porto"])
    time_zone: str = Field(examples=["Europe/Lisbon"])
    hired_on: date
    manager_id: UUID | None
    standing: str = Field(examples=["active", "left", "erased"])
    identity: IdentityView | None = Field(description="Null where you may not know who it is.")
    version: int


class ExpertiseView(View):
    competency_id: UUID
    level: int


class CapacityView(View):
    seats: int
    hours_per_month: int
    periods: list[Period]
    supports: list[str] = Field(description="Codes of needs that this mentor can meet.")


class ProtectedHoursView(View):
    hours_per_month: int
    granted_by: UUID


class ProfileView(View):
    person_id: UUID
    expertise: list[ExpertiseView]
    growth_goals: list[UUID]
    target_roles: list[UUID]
    learning_style: str | None
    work_style: str | None
    interests: list[str]
    languages: list[str]
    capacity: CapacityView | None
    protected_hours: ProtectedHoursView | None
    updated_at: Moment | None
    version: int = Field(description="0 while nothing is said.")


_PEOPLE: Final = """
SELECT p.person_id, p.function, p.level, p.site, p.time_zone, p.hired_on, p.manager_id,
       p.standing, p.version,
       CASE WHEN $1 AND i.person_id IS NOT NULL THEN json_build_object(
           'employee_number', i.employee_number, 'first_name', i.first_name,
           'last_name', i.last_name, 'work_email', i.work_email) END AS identity
FROM read.people p LEFT JOIN vault.identity i USING (tenant, person_id)
"""
_PROFILE: Final = """
SELECT e.person_id, coalesce(p.expertise, '[]') AS expertise,
       coalesce(p.growth_goals, '[]') AS growth_goals,
       coalesce(p.target_roles, '[]') AS target_roles, p.learning_style, p.work_style,
       coalesce(p.interests, '[]') AS interests, coalesce(p.languages, '[]') AS languages,
       CASE WHEN c.person_id IS NOT NULL THEN json_build_object('seats', c.seats,
           'hours_per_month', c.hours_per_month, 'periods', c.periods, 'supports', c.supports
       ) END AS capacity,
       CASE WHEN t.person_id IS NOT NULL THEN json_build_object(
           'hours_per_month', t.hours_per_month, 'granted_by', t.granted_by
       ) END AS protected_hours,
       p.updated_at, greatest(p.version, c.version, t.version, a.version, 0) AS version
FROM read.people e
LEFT JOIN read.profiles p USING (tenant, person_id)
LEFT JOIN read.capacities c USING (tenant, person_id)
LEFT JOIN read.protected_times t USING (tenant, person_id)
LEFT JOIN read.accommodations a USING (tenant, person_id)
WHERE e.person_id = $1
"""
_KNOWN: Final = """
SELECT i.employee_number, i.person_id, i.content_hash, i.first_name, i.last_name, i.work_email,
       p.manager_id, coalesce(p.standing = 'active', false) AS active
FROM vault.identity i LEFT JOIN read.people p USING (tenant, person_id)
WHERE i.source = $1 AND i.employee_number = ANY ($2)
"""
_EMPLOYEE: Final = """
SELECT i.employee_number, i.content_hash,
       i.first_name, i.last_name, i.work_email, p.function, p.level, p.site,
       p.time_zone, p.hired_on::text AS hired_on,
       coalesce(m.employee_number, '') AS manager_employee_number,
       CASE WHEN p.standing = 'active' THEN 'active' ELSE 'terminated' END AS employment_status
FROM vault.identity i JOIN read.people p USING (tenant, person_id)
LEFT JOIN vault.identity m ON m.tenant = p.tenant AND m.person_id = p.manager_id
WHERE i.source = $1 AND i.employee_number = ANY ($2)
"""
SOURCE: Final = "directory"  # one organisation, one numbering of employees


async def person(db: Database, *, person_id: UUID, with_identity: bool) -> PersonView | None:
    """One person; who they are only if asked for."""
    query = f"{_PEOPLE} WHERE p.person_id = $2"
    return await rows.one(db, PersonView, query, with_identity, person_id)


async def people(
    db: Database,
    page: PageRequest,
    *,
    employee_number: str | None = None,
    work_email: str | None = None,
    standing: str | None = None,
) -> PageOf[PersonView]:
    """People with their identities, in the order of their ids."""
    query = f"""{_PEOPLE} WHERE ($2::text IS NULL OR i.employee_number = $2)
        AND ($3::text IS NULL OR lower(i.work_email) = lower($3))
        AND ($4::text IS NULL OR p.standing = $4)
        AND ($5::uuid IS NULL OR p.person_id > $5)
        ORDER BY p.person_id LIMIT $6"""
    (after,) = page.after or (None,)
    filters = (employee_number, work_email, standing)
    identified = (True, *filters, after, page.rows)
    found = await rows.many(db, PersonView, query, *identified)
    return page.of(found, lambda person: (person.person_id,))


async def profile(db: Database, *, person_id: UUID) -> ProfileView | None:
    """What a person has said of themselves, without accommodations."""
    return await rows.one(db, ProfileView, _PROFILE, person_id)


async def position(db: Database, *, person_id: UUID) -> Position | None:
    """Where a person who has not left stands."""
    row = await db.fetchrow(
        "SELECT function, level, site, time_zone, hired_on, manager_id FROM read.people"
        " WHERE person_id = $1 AND standing = 'active'",
        person_id,
    )
    return None if row is None else Position(**dict(row))


async def declared_seats(db: Database, *, person_id: UUID) -> bool:
    """Whether this person has said that they offer seats."""
    found: bool = await db.fetchval(
        "SELECT EXISTS (SELECT FROM read.capacities WHERE person_id = $1 AND seats > 0)", person_id
    )
    return found


async def known(db: Database, numbers: Iterable[str]) -> dict[str, Known]:
    """Which of these employee numbers are known, and as whom."""
    return {
        row["employee_number"]: Known(
            person_id=PersonId(row["person_id"]),
            content_hash=row["content_hash"],
            name_and_mail=(row["first_name"], row["last_name"], row["work_email"]),
            manager_id=row["manager_id"],
            active=row["active"],
        )
        for row in await db.fetch(_KNOWN, SOURCE, list(numbers))
    }


async def as_written(db: Database, numbers: Sequence[str]) -> dict[str, dict[str, Any]]:
    """Employees as a file would write them, and its hash, so that a push may change a part."""
    found = await db.fetch(_EMPLOYEE, SOURCE, list(numbers))
    return {row["employee_number"]: dict(row) for row in found}

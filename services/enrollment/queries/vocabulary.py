"""Competencies and target roles, and which of them may be used."""

from collections.abc import Iterable
from typing import Final
from uuid import UUID

from pydantic import Field

from services.enrollment.domain.terms import Vocabulary
from services.enrollment.queries import rows
from shared.database import Database
from shared.http import PageOf, PageRequest, View


class CompetencyView(View):
    competency_id: UUID
    code: str = Field(examples=["2.B.1.a"])
    name: str = Field(examples=["Social Perceptiveness"])
    category: str = Field(examples=["skills"])
    description: str
    retired: bool
    version: int


class TargetRoleView(View):
    role_id: UUID
    code: str = Field(examples=["11-1021.00"])
    title: str = Field(examples=["General and Operations Managers"])
    description: str
    competencies: list[UUID]
    version: int


_COMPETENCIES: Final = """
SELECT competency_id, code, name, category, description, retired, version FROM read.competencies
"""
_ROLES: Final = """
SELECT role_id, code, title, description, competencies, version FROM read.target_roles
"""


async def competency(db: Database, *, competency_id: UUID) -> CompetencyView | None:
    """One competency."""
    query = f"{_COMPETENCIES} WHERE competency_id = $1"
    return await rows.one(db, CompetencyView, query, competency_id)


async def competencies(
    db: Database,
    page: PageRequest,
    *,
    category: str | None = None,
    search: str | None = None,
    retired: bool | None = None,
) -> PageOf[CompetencyView]:
    """Competencies by code."""
    query = f"""{_COMPETENCIES} WHERE ($1::text IS NULL OR category = $1)
        AND ($2::text IS NULL OR strpos(lower(name), lower($2)) > 0 OR code = $2)
        AND ($3::boolean IS NULL OR retired = $3)
        AND ($4::text IS NULL OR (code, competency_id) > ($4, $5))
        ORDER BY code, competency_id LIMIT $6"""
    after = page.after or (None, None)
    found = await rows.many(db, CompetencyView, query, category, search, retired, *after, page.rows)
    return page.of(found, lambda competency: (competency.code, competency.competency_id))


async def target_role(db: Database, *, role_id: UUID) -> TargetRoleView | None:
    """One target role."""
    return await rows.one(db, TargetRoleView, f"{_ROLES} WHERE role_id = $1", role_id)


async def target_roles(
    db: Database, page: PageRequest, *, search: str | None = None
) -> PageOf[TargetRoleView]:
    """Target roles by code."""
    query = f"""{_ROLES}
        WHERE ($1::text IS NULL OR strpos(lower(title), lower($1)) > 0 OR code = $1)
        AND ($2::text IS NULL OR (code, role_id) > ($2, $3))
        ORDER BY code, role_id LIMIT $4"""
    after = page.after or (None, None)
    found = await rows.many(db, TargetRoleView, query, search, *after, page.rows)
    return page.of(found, lambda role: (role.code, role.role_id))


async def competency_terms(db: Database, ids: Iterable[UUID]) -> Vocabulary:
    """Which of these competencies may be used."""
    found = await db.fetch(
        "SELECT competency_id, retired FROM read.competencies WHERE competency_id = ANY ($1)",
        list(ids),
    )
    return Vocabulary(
        current=frozenset(row["competency_id"] for row in found if not row["retired"]),
        retired=frozenset(row["competency_id"] for row in found if row["retired"]),
    )


async def role_terms(db: Database, ids: Iterable[UUID]) -> Vocabulary:
    """Which of these target roles may be used."""
    found = await db.fetch(
        "SELECT role_id FROM read.target_roles WHERE role_id = ANY ($1)", list(ids)
    )
    return Vocabulary(current=frozenset(row["role_id"] for row in found))

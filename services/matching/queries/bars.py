"""Bars: for matching as pairs without a reason, for who made them as views."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import msgspec
from pydantic import Field

from services.matching.domain.keeping_apart import Bar, kept_apart
from services.matching.domain.pool import Apart, Candidate
from shared.database import Database
from shared.frozen import frozen
from shared.http import Moment, PageOf, PageRequest, View
from shared.ids import PersonId, TenantId
from shared.sealed import Sealed

_OF_PEOPLE = """
SELECT person_id, against, function FROM read.bars WHERE tenant = $1 AND person_id = ANY($2::uuid[])
"""
_OF_PROGRAM = """
SELECT "first", "second" FROM read.barred_pairs WHERE tenant = $1 AND program_id = $2
"""
_OWN = """
SELECT bar_id, against, function, declared_at FROM read.bars
WHERE person_id = $1 AND ($2::timestamptz IS NULL OR (declared_at, bar_id) < ($2, $3))
ORDER BY declared_at DESC, bar_id DESC LIMIT $4
"""
_LISTED = """
SELECT bar_id, program_id, "first", "second", barred_by, barred_at, reason::text AS reason, version
FROM read.barred_pairs
WHERE program_id = $1 AND ($2::timestamptz IS NULL OR (barred_at, bar_id) < ($2, $3))
ORDER BY barred_at DESC, bar_id DESC LIMIT $4
"""
_FIRST = 'SELECT "first" FROM read.barred_pairs WHERE program_id = $1 AND bar_id = $2'
_KNOWN = "SELECT EXISTS (SELECT FROM pool.people WHERE person_id = $1)"
_FUNCTION = "SELECT EXISTS (SELECT FROM pool.people WHERE function = $1)"


class BarView(View):
    """A bar that you declared; nobody but you is ever shown it."""

    bar_id: UUID
    against: UUID | None = Field(description="A person; null: a function.")
    function: str | None = Field(description="Nobody of it; null: a person.", examples=["law"])
    declared_at: Moment


class BarredPairView(View):
    """Two who are kept apart in a program; shown to its managers only."""

    bar_id: UUID
    program_id: UUID
    people: list[UUID]
    barred_by: UUID
    barred_at: Moment
    reason: str | None = Field(description="Null once it can no longer be read.")
    version: int


@frozen
class ListedPair:
    """A row of the managers' list, its reason still sealed."""

    view: BarredPairView
    reason: Sealed


async def apart(
    db: Database,
    tenant: TenantId,
    program_id: UUID,
    mentees: Sequence[Candidate],
    mentors: Sequence[Candidate],
) -> tuple[Apart, ...]:
    """Whom of these nobody may put together, whoever asked for it, in the order of their ids."""
    people = {who.person_id for who in (*mentees, *mentors)}
    wishes = [
        Bar(
            person=_person(row["person_id"]),
            against=None if row["against"] is None else _person(row["against"]),
            function=row["function"],
        )
        for row in await db.fetch(_OF_PEOPLE, tenant, list(people))
    ]
    listed = [
        Bar(person=_person(row["first"]), against=_person(row["second"]))
        for row in await db.fetch(_OF_PROGRAM, tenant, program_id)
    ]
    return kept_apart((*wishes, *listed), mentees, mentors)


async def person_known(db: Database, person_id: UUID) -> bool:
    """Whether there is such a person."""
    found: bool = await db.fetchval(_KNOWN, person_id)
    return found


async def function_known(db: Database, function: str) -> bool:
    """Whether anybody works in this function."""
    found: bool = await db.fetchval(_FUNCTION, function)
    return found


async def own(db: Database, page: PageRequest, *, person_id: UUID) -> PageOf[BarView]:
    """What a person declared and did not take back, newest first."""
    rows = await db.fetch(_OWN, person_id, *(page.after or (None, None)), page.rows)
    views = [BarView(**row) for row in rows]
    return page.of(views, lambda bar: (bar.declared_at, bar.bar_id))


async def listed(db: Database, page: PageRequest, *, program_id: UUID) -> list[ListedPair]:
    """The managers' list of a program, newest first, one row more than asked for."""
    rows = await db.fetch(_LISTED, program_id, *(page.after or (None, None)), page.rows)
    return [_listed(row) for row in rows]


async def first_of(db: Database, *, program_id: UUID, bar_id: UUID) -> UUID | None:
    """One of the two of a pair on the list, under whose key its reasons are; None if it is not."""
    found: UUID | None = await db.fetchval(_FIRST, program_id, bar_id)
    return found


def _listed(row: Any) -> ListedPair:  # noqa: ANN401  # a row
    told = dict(row)
    people = [told.pop("first"), told.pop("second")]
    reason = msgspec.json.decode(told.pop("reason"), type=Sealed)
    return ListedPair(view=BarredPairView(**told, people=people, reason=None), reason=reason)


def _person(value: UUID) -> PersonId:
    """A plain one: the driver's own kind does not travel to another process."""
    return PersonId(UUID(int=value.int))

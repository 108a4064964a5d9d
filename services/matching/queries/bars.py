"""Bars: for matching as pairs without a reason, for who made them as views.

Rows hold them as events do, sealed: they are opened here, for the question that is asked.
"""

from collections.abc import Sequence
from typing import Any, Final
from uuid import UUID

import msgspec
from pydantic import Field

from services.matching.domain.bar import BARS
from services.matching.domain.bar_target import read, read_pair
from services.matching.domain.barred_pair import BARRED_PAIR
from services.matching.domain.keeping_apart import Bar, kept_apart
from services.matching.domain.pool import Apart, Candidate
from shared.database import Database
from shared.http import Moment, PageOf, PageRequest, View
from shared.ids import PersonId, TenantId
from shared.sealed import Sealed
from shared.vault import Erased, Place
from shared.vault_at_hand import at_hand

TARGET: Final = "target"
PEOPLE: Final = "people"
REASON: Final = "reason"

# Whose key a pair is under is one of the two: where that one is not, the pair does not matter.
_STANDING = """
SELECT person_id, bar_id, target::text AS sealed FROM read.bars
WHERE tenant = $1 AND person_id = ANY($3::uuid[])
UNION ALL
SELECT NULL, bar_id, people::text FROM read.barred_pairs
WHERE tenant = $1 AND program_id = $2 AND (people ->> 'subject')::uuid = ANY($3::uuid[])
"""
_OWN = """
SELECT b.bar_id, b.target::text AS sealed, b.declared_at FROM read.bars AS b
JOIN vault.subject_keys AS k ON k.tenant = b.tenant AND k.wrapped_key IS NOT NULL
    AND k.subject = b.target ->> 'subject' AND k.purpose = b.target ->> 'purpose'
WHERE b.person_id = $1 AND ($2::timestamptz IS NULL OR (b.declared_at, b.bar_id) < ($2, $3))
ORDER BY b.declared_at DESC, b.bar_id DESC LIMIT $4
"""
_LISTED = """
SELECT b.bar_id, b.program_id, b.people::text AS sealed, b.barred_by, b.barred_at,
    b.reason::text AS reason, b.version
FROM read.barred_pairs AS b
JOIN vault.subject_keys AS k ON k.tenant = b.tenant AND k.wrapped_key IS NOT NULL
    AND k.subject = b.people ->> 'subject' AND k.purpose = b.people ->> 'purpose'
WHERE b.program_id = $1 AND ($2::timestamptz IS NULL OR (b.barred_at, b.bar_id) < ($2, $3))
ORDER BY b.barred_at DESC, b.bar_id DESC LIMIT $4
"""
_SUBJECT = """
SELECT people ->> 'subject' FROM read.barred_pairs WHERE program_id = $1 AND bar_id = $2
"""
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


async def apart(
    db: Database,
    tenant: TenantId,
    program_id: UUID,
    mentees: Sequence[Candidate],
    mentors: Sequence[Candidate],
) -> tuple[Apart, ...]:
    """Whom of these nobody may put together, whoever asked for it, in the order of their ids."""
    people = {who.person_id for who in (*mentees, *mentors)}
    rows = await db.fetch(_STANDING, tenant, program_id, list(people))
    return kept_apart(await _opened(db, tenant, rows), mentees, mentors) if rows else ()


async def _opened(db: Database, tenant: TenantId, rows: Sequence[Any]) -> Sequence[Bar]:
    """Bars that can still be read; one whose key was destroyed stands between nobody."""
    places = [
        pair_place(tenant, row["bar_id"], PEOPLE)
        if row["person_id"] is None
        else bar_place(tenant, row["person_id"])
        for row in rows
    ]
    sealed = [_sealed(row["sealed"]) for row in rows]
    texts = await at_hand().open_all(db, list(zip(sealed, places, strict=True)))
    return [
        _bar(row["person_id"], text)
        for row, text in zip(rows, texts, strict=True)
        if not isinstance(text, Erased)
    ]


def _bar(declared_by: UUID | None, text: str) -> Bar:
    if declared_by is None:
        first, second = read_pair(text)
        return Bar(person=first, against=second)
    target = read(text)
    return Bar(person=_person(declared_by), against=target.against, function=target.function)


def bar_place(tenant: TenantId, person_id: UUID, field: str = TARGET) -> Place:
    """Where the target of a person's bar stands."""
    return Place(tenant=tenant, stream=f"{BARS.category}-{person_id}", field=field)


def pair_place(tenant: TenantId, bar_id: UUID, field: str) -> Place:
    """Where the two of a barred pair stand, or a reason."""
    return Place(tenant=tenant, stream=f"{BARRED_PAIR.category}-{bar_id}", field=field)


async def person_known(db: Database, person_id: UUID) -> bool:
    """Whether there is such a person."""
    found: bool = await db.fetchval(_KNOWN, person_id)
    return found


async def function_known(db: Database, function: str) -> bool:
    """Whether anybody works in this function."""
    found: bool = await db.fetchval(_FUNCTION, function)
    return found


async def own(
    db: Database, page: PageRequest, *, tenant: TenantId, person_id: UUID
) -> PageOf[BarView]:
    """What a person declared and did not take back, newest first; nothing once they are erased."""
    rows = await db.fetch(_OWN, person_id, *(page.after or (None, None)), page.rows)
    place = bar_place(tenant, person_id)
    texts = await at_hand().open_all(db, [(_sealed(row["sealed"]), place) for row in rows])
    views = [
        _view(row, text)
        for row, text in zip(rows, texts, strict=True)
        if not isinstance(text, Erased)
    ]
    return page.of(views, lambda bar: (bar.declared_at, bar.bar_id))


def _view(row: Any, text: str) -> BarView:  # noqa: ANN401  # a row
    target = read(text)
    return BarView(
        bar_id=row["bar_id"],
        against=target.against,
        function=target.function,
        declared_at=row["declared_at"],
    )


async def listed(
    db: Database, page: PageRequest, *, tenant: TenantId, program_id: UUID
) -> PageOf[BarredPairView]:
    """The managers' list of a program, newest first, without pairs that can no longer be read."""
    rows = await db.fetch(_LISTED, program_id, *(page.after or (None, None)), page.rows)
    texts = [
        (_sealed(row[column]), pair_place(tenant, row["bar_id"], field))
        for row in rows
        for column, field in (("sealed", PEOPLE), ("reason", REASON))
    ]
    told = iter(await at_hand().open_all(db, texts))  # two a row
    views = [
        _pair_view(row, people, None if isinstance(reason, Erased) else reason)
        for row, people, reason in zip(rows, told, told, strict=True)
        if not isinstance(people, Erased)
    ]
    return page.of(views, lambda pair: (pair.barred_at, pair.bar_id))


def _pair_view(row: Any, people: str, reason: str | None) -> BarredPairView:  # noqa: ANN401  # a row
    told: dict[str, Any] = {name: value for name, value in row.items() if name != "sealed"}
    told |= {"people": list(read_pair(people)), "reason": reason}
    return BarredPairView(**told)


async def subject_of(db: Database, *, program_id: UUID, bar_id: UUID) -> str | None:
    """Under whose key a pair on the list and its reasons are; None if it is not on it."""
    found: str | None = await db.fetchval(_SUBJECT, program_id, bar_id)
    return found


def _sealed(stored: str) -> Sealed:
    return msgspec.json.decode(stored, type=Sealed)


def _person(value: UUID) -> PersonId:
    """A plain one: the driver's own kind does not travel to another process."""
    return PersonId(UUID(int=value.int))

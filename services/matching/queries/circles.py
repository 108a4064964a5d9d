"""Circles, groups, and draws by lot as views."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID

import msgspec
from pydantic import Field

from shared.database import Database
from shared.events.matching import CircleMember
from shared.http import Moment, PageOf, PageRequest, View
from shared.ids import CircleId, EnrollmentId, GroupId, PairingId, PersonId, TenantId

_CIRCLE_COLUMNS = """
circle_id, program_id, cohort_id, size_min, size_max, functions_min, formed_at, closed_at, reason,
version
"""
_CIRCLES = f"""
SELECT {_CIRCLE_COLUMNS} FROM read.circles
WHERE cohort_id = $1 AND ($2::uuid IS NULL OR EXISTS (
    SELECT FROM read.circle_members AS m
    WHERE m.circle_id = circles.circle_id AND m.person_id = $2))
  AND ($3::timestamptz IS NULL OR (formed_at, circle_id) < ($3, $4))
ORDER BY formed_at DESC, circle_id DESC LIMIT $5
"""  # noqa: S608  # columns named above
_CIRCLE = f"SELECT {_CIRCLE_COLUMNS} FROM read.circles WHERE circle_id = $1"  # noqa: S608  # the same
_MEMBERS = """
SELECT circle_id, enrollment_id, person_id, function FROM read.circle_members
WHERE circle_id = ANY($1::uuid[]) ORDER BY circle_id, enrollment_id
"""
_GROUP_COLUMNS = """
group_id, program_id, cohort_id, mentor, mentor_person, size_max, formed_at, closed_at, version
"""
_GROUPS = f"""
SELECT {_GROUP_COLUMNS} FROM read.groups
WHERE cohort_id = $1 AND ($2::uuid IS NULL OR mentor_person = $2 OR EXISTS (
    SELECT FROM read.group_members AS m
    WHERE m.group_id = groups.group_id AND m.mentee_person = $2))
  AND ($3::timestamptz IS NULL OR (formed_at, group_id) < ($3, $4))
ORDER BY formed_at DESC, group_id DESC LIMIT $5
"""  # noqa: S608  # columns named above
_GROUP = f"SELECT {_GROUP_COLUMNS} FROM read.groups WHERE group_id = $1"  # noqa: S608  # the same
_MENTEES = """
SELECT group_id, mentee, mentee_person, pairing_id FROM read.group_members
WHERE group_id = ANY($1::uuid[]) ORDER BY group_id, mentee
"""
_GROUP_OF = "SELECT group_id FROM read.group_members WHERE tenant = $1 AND pairing_id = $2"
_CIRCLES_OF = """
SELECT m.circle_id FROM read.circle_members AS m
JOIN read.circles AS c ON c.tenant = m.tenant AND c.circle_id = m.circle_id
WHERE m.tenant = $1 AND m.enrollment_id = $2 AND c.closed_at IS NULL ORDER BY m.circle_id
"""
_PEOPLE_OF = """
SELECT person_id FROM read.circle_members WHERE tenant = $1 AND circle_id = $2 ORDER BY person_id
"""
_PLAYERS = """
SELECT enrollment_id FROM read.roulette_players
WHERE tenant = $1 AND cohort_id = $2 ORDER BY enrollment_id
"""
_DRAWS = """
SELECT draw_id, cohort_id, seed, players::text AS players, pairs::text AS pairs, drawn_by, at
FROM read.roulette_draws
WHERE cohort_id = $1 AND ($2::timestamptz IS NULL OR (at, draw_id) < ($2, $3))
ORDER BY at DESC, draw_id DESC LIMIT $4
"""


class CircleMemberView(View):
    enrollment_id: UUID
    person_id: UUID
    function: str


class CircleView(View):
    circle_id: UUID
    program_id: UUID
    cohort_id: UUID
    members: list[CircleMemberView]
    size_min: int
    size_max: int
    functions_min: int
    formed_at: Moment
    closed_at: Moment | None
    reason: str | None = Field(examples=["done", "too_small"])
    version: int


class GroupMemberView(View):
    mentee: UUID
    mentee_person: UUID
    pairing_id: UUID


class GroupView(View):
    group_id: UUID
    program_id: UUID
    cohort_id: UUID
    mentor: UUID
    mentor_person: UUID
    members: list[GroupMemberView]
    size_max: int
    formed_at: Moment
    closed_at: Moment | None
    version: int


class DrawnPairView(View):
    mentor: UUID
    mentee: UUID
    pairing_id: UUID


class DrawView(View):
    """A draw by lot, with what it takes to draw it again."""

    draw_id: UUID
    cohort_id: UUID
    seed: str = Field(description="Hex; 32 bytes.")
    players: list[UUID]
    pairs: list[DrawnPairView]
    drawn_by: UUID
    at: Moment


def member_views(people: Iterable[CircleMember]) -> list[CircleMemberView]:
    """These people as circles show them."""
    return [CircleMemberView.model_validate(who) for who in people]


async def circle(db: Database, *, circle_id: UUID) -> CircleView | None:
    """One circle with its members."""
    views = await _circles(db, await db.fetch(_CIRCLE, circle_id))
    return views[0] if views else None


async def circles(
    db: Database, page: PageRequest, *, cohort_id: UUID, person: UUID | None
) -> PageOf[CircleView]:
    """Circles of a cohort, newest first; only those of one person if one is named."""
    rows = await db.fetch(_CIRCLES, cohort_id, person, *(page.after or (None, None)), page.rows)
    return page.of(await _circles(db, rows), lambda view: (view.formed_at, view.circle_id))


async def group(db: Database, *, group_id: UUID) -> GroupView | None:
    """One group with its mentees."""
    views = await _groups(db, await db.fetch(_GROUP, group_id))
    return views[0] if views else None


async def groups(
    db: Database, page: PageRequest, *, cohort_id: UUID, person: UUID | None
) -> PageOf[GroupView]:
    """Groups of a cohort, newest first; only those of one person if one is named."""
    rows = await db.fetch(_GROUPS, cohort_id, person, *(page.after or (None, None)), page.rows)
    return page.of(await _groups(db, rows), lambda view: (view.formed_at, view.group_id))


async def group_of(db: Database, tenant: TenantId, pairing_id: PairingId) -> GroupId | None:
    """The group that a pairing belongs to now."""
    found = await db.fetchval(_GROUP_OF, tenant, pairing_id)
    return None if found is None else GroupId(found)


async def circles_of(
    db: Database, tenant: TenantId, enrollment_id: EnrollmentId
) -> Sequence[CircleId]:
    """The open circles that an enrollment is in."""
    rows = await db.fetch(_CIRCLES_OF, tenant, enrollment_id)
    return [CircleId(row["circle_id"]) for row in rows]


async def people_of(db: Database, tenant: TenantId, circle_id: CircleId) -> Sequence[PersonId]:
    """Who is in a circle, or was when it was closed."""
    rows = await db.fetch(_PEOPLE_OF, tenant, circle_id)
    return [PersonId(row["person_id"]) for row in rows]


async def players(db: Database, tenant: TenantId, cohort_id: UUID) -> Sequence[EnrollmentId]:
    """Who waits to be drawn in a cohort."""
    rows = await db.fetch(_PLAYERS, tenant, cohort_id)
    return [EnrollmentId(row["enrollment_id"]) for row in rows]


async def draws(db: Database, page: PageRequest, *, cohort_id: UUID) -> PageOf[DrawView]:
    """Draws by lot in a cohort, newest first."""
    rows = await db.fetch(_DRAWS, cohort_id, *(page.after or (None, None)), page.rows)
    return page.of([_draw(row) for row in rows], lambda view: (view.at, view.draw_id))


def _draw(row: Mapping[str, Any]) -> DrawView:
    told = dict(row)
    named = {name: msgspec.json.decode(told.pop(name)) for name in ("players", "pairs")}
    return DrawView(**told, **named)


async def _circles(db: Database, rows: Sequence[Any]) -> list[CircleView]:
    found: dict[UUID, list[CircleMemberView]] = {row["circle_id"]: [] for row in rows}
    for row in await db.fetch(_MEMBERS, list(found)):
        told = dict(row)
        found[told.pop("circle_id")].append(CircleMemberView(**told))
    return [CircleView(**row, members=found[row["circle_id"]]) for row in rows]


async def _groups(db: Database, rows: Sequence[Any]) -> list[GroupView]:
    found: dict[UUID, list[GroupMemberView]] = {row["group_id"]: [] for row in rows}
    for row in await db.fetch(_MENTEES, list(found)):
        told = dict(row)
        found[told.pop("group_id")].append(GroupMemberView(**told))
    return [GroupView(**row, members=found[row["group_id"]]) for row in rows]

"""What a run may know of people, read from the rosters and the pool.

These questions are asked by requests and by loops; loops see every tenant, so each names one.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec

from services.matching.domain.pool import Candidate, Parted, RunInput
from services.matching.domain.roster import ChangeSeats
from shared.database import Database
from shared.events.matching import MatchingPolicySet, MatchingRunRequested
from shared.events.vocabulary import CompetencyLevel, Part, Period
from shared.ids import CompetencyId, EnrollmentId, PersonId, TenantId

_SEEKING = """
SELECT enrollment_id, part FROM read.rosters
WHERE tenant = $1 AND cohort_id = $2 AND listed
  AND (part = 'mentor' OR (seeking AND taken < seats))
"""
_SEATS_TO_CHANGE = """
SELECT r.enrollment_id, least(c.seats, $3) AS seats
FROM read.rosters AS r
JOIN pool.capacities AS c ON c.tenant = r.tenant AND c.person_id = r.person_id
WHERE r.tenant = $1 AND r.cohort_id = $2 AND r.part = 'mentor' AND r.listed
  AND r.declared <> least(c.seats, $3)
ORDER BY r.enrollment_id
"""
_CANDIDATES = """
SELECT r.enrollment_id, r.person_id, r.part, r.seats, r.taken, c.seats AS declared,
       p.function, p.time_zone, f.learning_style, f.work_style,
       f.expertise::text AS expertise, f.growth_goals::text AS growth_goals,
       f.target_roles::text AS target_roles, f.interests::text AS interests,
       f.languages::text AS languages, a.unavailable::text AS unavailable,
       c.periods::text AS periods, d.desired_outcomes::text AS desired_outcomes
FROM read.rosters AS r
JOIN pool.people AS p ON p.tenant = r.tenant AND p.person_id = r.person_id
LEFT JOIN pool.profiles AS f ON f.tenant = r.tenant AND f.person_id = r.person_id
LEFT JOIN pool.accommodations AS a ON a.tenant = r.tenant AND a.person_id = r.person_id
LEFT JOIN pool.capacities AS c ON c.tenant = r.tenant AND c.person_id = r.person_id
LEFT JOIN pool.applications AS d ON d.tenant = r.tenant AND d.enrollment_id = r.enrollment_id
WHERE r.tenant = $1 AND r.enrollment_id = ANY($2::uuid[])
"""
_LINES_OF_MANAGERS = """
WITH RECURSIVE line AS (
    SELECT person_id, manager_id, 1 AS height FROM pool.people
    WHERE tenant = $1 AND person_id = ANY($2::uuid[]) AND manager_id IS NOT NULL
    UNION ALL
    SELECT line.person_id, above.manager_id, line.height + 1
    FROM line JOIN pool.people AS above
        ON above.tenant = $1 AND above.person_id = line.manager_id
    WHERE above.manager_id IS NOT NULL AND line.height < 12
)
SELECT person_id, array_agg(manager_id ORDER BY height) AS managers FROM line GROUP BY person_id
"""
_TARGET_ROLES = """
SELECT role_id, competencies::text AS competencies FROM pool.target_roles WHERE tenant = $1
"""
_PARTED = """
SELECT DISTINCT mentor_person, mentee_person FROM read.pairings
WHERE tenant = $1 AND program_id = $2 AND state IN ('declined', 'ended')
"""
_POLICY = """
SELECT program_id, version, terms::text AS terms, author, reason, at
FROM read.policies WHERE tenant = $1 AND program_id = $2 AND ($3::integer IS NULL OR version = $3)
ORDER BY version DESC LIMIT 1
"""


async def policy(
    db: Database, tenant: TenantId, program_id: UUID, version: int | None = None
) -> MatchingPolicySet | None:
    """A program's policy, the current one if no version is named."""
    row = await db.fetchrow(_POLICY, tenant, program_id, version)
    if row is None:
        return None
    said = {name: value for name, value in row.items() if name != "terms"}
    told = {**msgspec.json.decode(row["terms"]), **said}
    return msgspec.convert(told, MatchingPolicySet)


async def run_input(
    db: Database, tenant: TenantId, request: MatchingRunRequested, policy: MatchingPolicySet
) -> RunInput:
    """Everybody of a cohort who can be paired now: mentees without a mentor, mentors with seats."""
    seeking = await db.fetch(_SEEKING, tenant, request.cohort_id)
    parts = {_uuid(row["enrollment_id"]): row["part"] for row in seeking}
    found = await candidates(db, tenant, list(parts), at=request.at, policy=policy)
    parted = await db.fetch(_PARTED, tenant, request.program_id)
    return RunInput(
        program_id=request.program_id,
        cohort_id=request.cohort_id,
        policy=policy,
        mentees=tuple(who for who in found if parts[who.enrollment_id] == Part.MENTEE),
        mentors=tuple(who for who in found if parts[who.enrollment_id] == Part.MENTOR),
        parted=tuple(
            Parted(
                mentor=PersonId(_uuid(row["mentor_person"])),
                mentee=PersonId(_uuid(row["mentee_person"])),
            )
            for row in parted
        ),
    )


async def seats_to_change(
    db: Database, tenant: TenantId, cohort_id: UUID, policy: MatchingPolicySet
) -> Sequence[ChangeSeats]:
    """Mentors whose rosters do not say yet what they declared and the policy allows.

    Enrollment and declaration reach us in their own time: whoever uses seats asks this first.
    """
    rows = await db.fetch(_SEATS_TO_CHANGE, tenant, cohort_id, policy.seats_per_mentor_max)
    return [ChangeSeats(**row) for row in rows]


async def candidates(
    db: Database,
    tenant: TenantId,
    enrollments: Sequence[UUID],
    *,
    at: datetime,
    policy: MatchingPolicySet,
) -> Sequence[Candidate]:
    """These people as a run sees them, in no order; who is not in the pool is left out."""
    rows = await db.fetch(_CANDIDATES, tenant, enrollments)
    people = [row["person_id"] for row in rows]
    lines = await db.fetch(_LINES_OF_MANAGERS, tenant, people)
    managers = {
        row["person_id"]: tuple(PersonId(_uuid(above)) for above in row["managers"])
        for row in lines
    }
    roles = {
        _uuid(row["role_id"]): _ids(row["competencies"])
        for row in await db.fetch(_TARGET_ROLES, tenant)
    }
    return [
        _candidate(row, managers.get(row["person_id"], ()), roles, at=at, policy=policy)
        for row in rows
    ]


def _candidate(
    row: Mapping[str, Any],
    managers: tuple[PersonId, ...],
    roles: Mapping[UUID, tuple[CompetencyId, ...]],
    *,
    at: datetime,
    policy: MatchingPolicySet,
) -> Candidate:
    seats = row["seats"]
    if row["part"] == Part.MENTOR:
        seats = min(row["declared"] or 0, policy.seats_per_mentor_max)
    wanted = (*_ids(row["desired_outcomes"]), *_ids(row["growth_goals"]))
    asked = (skill for role in _ids(row["target_roles"]) for skill in roles.get(role, ()))
    return Candidate(
        enrollment_id=EnrollmentId(_uuid(row["enrollment_id"])),
        person_id=PersonId(_uuid(row["person_id"])),
        function=row["function"],
        utc_offset_minutes=_offset_minutes(row["time_zone"], at),
        managers=managers,
        languages=_texts(row["languages"]) or ("en",),
        expertise=_levels(row["expertise"]),
        goals=tuple(dict.fromkeys(wanted)),
        role_competencies=tuple(dict.fromkeys(asked)),
        interests=_texts(row["interests"]),
        learning_style=row["learning_style"],
        work_style=row["work_style"],
        periods=_periods(row["periods"], row["unavailable"]),
        seats=seats,
        free=max(0, seats - row["taken"]),
    )


def _periods(offered: str | None, unavailable: str | None) -> tuple[Period, ...]:
    """When somebody can meet; who has not said it offers the whole working day."""
    chosen = _texts(offered) or tuple(Period)
    without = _texts(unavailable)
    return tuple(period for period in Period if period in chosen and period not in without)


def _offset_minutes(time_zone: str, at: datetime) -> int:
    zone = _zone(time_zone)
    offset = at.astimezone(zone).utcoffset() if zone is not None else None
    return 0 if offset is None else round(offset.total_seconds() / 60)


@lru_cache(maxsize=1024)
def _zone(time_zone: str) -> ZoneInfo | None:
    try:
        return ZoneInfo(time_zone)
    except (ZoneInfoNotFoundError, ValueError):
        return None  # not one that this machine knows: as if in UTC


def _uuid(value: UUID) -> UUID:
    """A plain one: the driver's own kind does not travel to another process."""
    return UUID(int=value.int)


def _ids(text: str | None) -> tuple[Any, ...]:
    return () if text is None else msgspec.json.decode(text, type=tuple[UUID, ...])


def _texts(text: str | None) -> tuple[str, ...]:
    return () if text is None else msgspec.json.decode(text, type=tuple[str, ...])


def _levels(text: str | None) -> tuple[CompetencyLevel, ...]:
    return () if text is None else msgspec.json.decode(text, type=tuple[CompetencyLevel, ...])

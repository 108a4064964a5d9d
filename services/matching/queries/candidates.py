"""What a run may know of people, read from the rosters and the pool.

These questions are asked by requests and by loops; loops see every tenant, so each names one.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from services.matching.domain.pool import Apart, Candidate, Emphasis, Locked, RunInput
from services.matching.domain.priority import Waiting, in_order
from services.matching.domain.roster import ChangeSeats
from services.matching.queries import bars, history, run_bars
from services.matching.queries.candidate_rows import Known, candidate, ids, plain
from shared.database import Database
from shared.events.matching import MatchingPolicySet, MatchingRunRequested, NamedPair
from shared.events.vocabulary import Part
from shared.ids import CompetencyId, EnrollmentId, PersonId, TenantId

_SEEKING = """
SELECT enrollment_id, part, priority, waiting_since FROM read.rosters AS r
WHERE tenant = $1 AND cohort_id = $2 AND listed AND NOT paused
  AND (part = 'mentor' OR (seeking AND taken < seats))
  AND NOT (part = 'mentor' AND EXISTS (SELECT FROM read.loads AS l
      WHERE l.tenant = r.tenant AND l.person_id = r.person_id AND l.overloaded))
"""
_SEATS_TO_CHANGE = """
SELECT r.enrollment_id, least(c.seats, $3, c.hours_per_month / $4) AS seats
FROM read.rosters AS r
JOIN pool.capacities AS c ON c.tenant = r.tenant AND c.person_id = r.person_id
WHERE r.tenant = $1 AND r.cohort_id = $2 AND r.part = 'mentor' AND r.listed
  AND r.declared <> least(c.seats, $3, c.hours_per_month / $4)
ORDER BY r.enrollment_id
"""
_CANDIDATES = """
SELECT r.enrollment_id, r.person_id, r.part, r.seats, r.seats_limit, r.taken,
       c.seats AS declared,
       c.hours_per_month, p.function, p.level, p.site, p.time_zone, p.hired_on,
       f.learning_style, f.work_style,
       f.expertise::text AS expertise, f.growth_goals::text AS growth_goals,
       f.target_roles::text AS target_roles, f.interests::text AS interests,
       f.languages::text AS languages, a.unavailable::text AS unavailable, a.needs::text AS needs,
       c.periods::text AS periods, c.supports::text AS supports,
       d.desired_outcomes::text AS desired_outcomes
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
    db: Database,
    tenant: TenantId,
    request: MatchingRunRequested,
    policy: MatchingPolicySet,
    *,
    seed: bytes = b"",
) -> RunInput:
    """Everybody of a cohort who can be paired now, in the order in which they are served.

    Mentees without a mentor, mentors with or without free seats; who is on a break is not there.

    Args:
        db: of any tenant.
        tenant: whose run it is.
        request: the run with its locks, bars and emphasis.
        policy: what the run goes by.
        seed: of the lottery that settles whose turn it is among equals.
    """
    seeking = {
        EnrollmentId(plain(row["enrollment_id"])): row
        for row in await db.fetch(_SEEKING, tenant, request.cohort_id)
    }
    found = await candidates(db, tenant, list(seeking), at=request.at, policy=policy)
    mentees, mentors = (
        tuple(who for who in found if seeking[who.enrollment_id]["part"] == part)
        for part in (Part.MENTEE, Part.MENTOR)
    )
    people = RunInput(
        program_id=request.program_id,
        cohort_id=request.cohort_id,
        policy=policy,
        mentees=mentees,
        mentors=mentors,
        order=in_order((_waiting(seeking[who.enrollment_id]) for who in mentees), seed),
    )
    barred = await run_bars.barred(db, tenant, request)
    return _as_asked(await between(db, tenant, people), request, barred)


async def between(db: Database, tenant: TenantId, source: RunInput) -> RunInput:
    """The same people with what stands between some of them: history, and bars that are private."""
    where = (source.program_id, source.cohort_id)
    return replace(
        source,
        parted=await history.parted(db, tenant, where, source.mentees, source.mentors),
        apart=await bars.apart(db, tenant, source.program_id, source.mentees, source.mentors),
    )


async def seats_to_change(
    db: Database, tenant: TenantId, cohort_id: UUID, policy: MatchingPolicySet
) -> Sequence[ChangeSeats]:
    """Mentors whose rosters do not say yet what they declared and the policy allows.

    Enrollment and declaration reach us in their own time: whoever uses seats asks this first.
    """
    rows = await db.fetch(
        _SEATS_TO_CHANGE, tenant, cohort_id, policy.seats_per_mentor_max, policy.hours_per_pair
    )
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
    people = [PersonId(plain(row["person_id"])) for row in rows]
    mentors = [
        person for row, person in zip(rows, people, strict=True) if row["part"] == Part.MENTOR
    ]
    known = Known(
        at=at,
        policy=policy,
        managers=await _managers(db, tenant, people),
        roles=await _target_roles(db, tenant),
        loads=await history.loads(db, tenant, mentors),
        recent=await history.recent_pairings(db, tenant, mentors, at),
    )
    return [candidate(row, person, known) for row, person in zip(rows, people, strict=True)]


async def _managers(
    db: Database, tenant: TenantId, people: Sequence[PersonId]
) -> dict[PersonId, tuple[PersonId, ...]]:
    return {
        PersonId(plain(row["person_id"])): tuple(
            PersonId(plain(above)) for above in row["managers"]
        )
        for row in await db.fetch(_LINES_OF_MANAGERS, tenant, people)
    }


async def _target_roles(db: Database, tenant: TenantId) -> dict[UUID, tuple[CompetencyId, ...]]:
    return {
        plain(row["role_id"]): ids(row["competencies"])
        for row in await db.fetch(_TARGET_ROLES, tenant)
    }


def _waiting(row: Mapping[str, Any]) -> Waiting:
    return Waiting(
        enrollment_id=EnrollmentId(plain(row["enrollment_id"])),
        let_down=row["priority"],
        since=row["waiting_since"],
    )


def _as_asked(
    source: RunInput, request: MatchingRunRequested, barred: Sequence[NamedPair]
) -> RunInput:
    """With what this run alone asks for."""
    named = {Apart(mentor=pair.mentor, mentee=pair.mentee) for pair in barred}
    apart = sorted(named.union(source.apart), key=lambda pair: (pair.mentor, pair.mentee))
    asked = request.emphasis
    return replace(
        source,
        apart=tuple(apart),
        locked=tuple(Locked(mentor=pair.mentor, mentee=pair.mentee) for pair in request.locked),
        emphasis=None
        if asked is None
        else Emphasis(competencies=asked.competencies, weight=asked.weight),
    )

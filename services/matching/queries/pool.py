"""Who decides in a program, and what reactions need to know of people and their pairings."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import msgspec

from services.matching.domain.bandwidth import Declared
from shared.database import Database
from shared.events.enrollment import GovernanceRole
from shared.events.matching import Approver, PairingFormat
from shared.frozen import frozen
from shared.ids import (
    CohortId,
    EnrollmentId,
    PairingId,
    PersonId,
    ProgramId,
    TenantId,
)

PROPOSED = "proposed"  # waits for a yes
OPEN_STATES = (PROPOSED, "on_trial", "confirmed")

_MANAGES = """
SELECT EXISTS (SELECT FROM pool.governance WHERE program_id = $1 AND person_id = $2 AND role = $3)
"""
_GOVERNANCE = """
SELECT person_id, role FROM pool.governance WHERE program_id = $1 ORDER BY person_id, role
"""
_IS_KNOWN = """
SELECT EXISTS (SELECT FROM pool.governance WHERE program_id = $1)
    OR EXISTS (SELECT FROM pool.cohorts WHERE program_id = $1)
"""
_COHORT_OF = "SELECT program_id FROM pool.cohorts WHERE cohort_id = $1"
_COHORTS_OF = """
SELECT cohort_id FROM pool.cohorts WHERE tenant = $1 AND program_id = $2 ORDER BY cohort_id
"""
_IS_OVER = """
SELECT EXISTS (SELECT FROM read.cohort_ends WHERE tenant = $1 AND cohort_id = $2)
"""
_KNOWN = """
SELECT p.person_id IS NOT NULL AS person, l.seats, l.hours,
       d.enrollment_id IS NOT NULL AS application,
       p.person_id IS NULL AND EXISTS (SELECT FROM log.applied AS a
           WHERE a.tenant = w.tenant AND a.consumer = 'pool' AND a.source = 'enrollment'
             AND a.stream = 'person-' || w.person_id) AS erased
FROM (SELECT $1::text AS tenant, $2::uuid AS person_id, $3::uuid AS enrollment_id) AS w
LEFT JOIN pool.people AS p ON p.tenant = w.tenant AND p.person_id = w.person_id
LEFT JOIN read.loads AS l ON l.tenant = w.tenant AND l.person_id = w.person_id
LEFT JOIN pool.applications AS d ON d.tenant = w.tenant AND d.enrollment_id = w.enrollment_id
"""
_PLACES = """
SELECT enrollment_id, program_id, cohort_id, person_id, part, declared FROM read.rosters
WHERE tenant = $1 AND (enrollment_id = $2
    OR (listed AND (person_id = $3 OR (program_id = $4 AND part = 'mentor'))))
ORDER BY enrollment_id
"""
_PAIRS = """
SELECT pairing_id, program_id, cohort_id, mentor, mentee, mentor_person, mentee_person,
       state, format, mentor_accepted, mentee_accepted, approved,
       approvals::text AS approvals, approvals_in_order
FROM read.pairings
WHERE tenant = $1 AND (pairing_id = $2 OR mentor = $3 OR mentee = $3) ORDER BY pairing_id
"""
_PLACES_OF_PROGRAM = """
SELECT enrollment_id, program_id, cohort_id, person_id, part, declared FROM read.rosters
WHERE tenant = $1 AND listed AND program_id = $2 ORDER BY enrollment_id
"""
_OPEN_PAIRS_OF_PROGRAM = """
SELECT pairing_id, program_id, cohort_id, mentor, mentee, mentor_person, mentee_person,
       state, format, mentor_accepted, mentee_accepted, approved,
       approvals::text AS approvals, approvals_in_order
FROM read.pairings
WHERE tenant = $1 AND program_id = $2 AND state = ANY($3::text[]) ORDER BY pairing_id
"""
_PLACES_OF_COHORT = """
SELECT enrollment_id, program_id, cohort_id, person_id, part, declared FROM read.rosters
WHERE tenant = $1 AND listed AND cohort_id = $2 ORDER BY enrollment_id LIMIT $3
"""
_OPEN_PAIRS_OF_COHORT = """
SELECT pairing_id, program_id, cohort_id, mentor, mentee, mentor_person, mentee_person,
       state, format, mentor_accepted, mentee_accepted, approved,
       approvals::text AS approvals, approvals_in_order
FROM read.pairings
WHERE tenant = $1 AND cohort_id = $2 AND state = ANY($3::text[]) ORDER BY pairing_id LIMIT $4
"""
_CAPACITIES = """
SELECT person_id, seats, hours FROM read.loads
WHERE tenant = $1 AND person_id = ANY($2::uuid[]) AND seats IS NOT NULL
"""


@frozen
class Known:
    """What the pool has heard of somebody so far; each comes in its own time."""

    person: bool
    declared: Declared | None  # None: no capacity yet
    application: bool
    erased: bool  # the person was known, and is no longer


@frozen
class Place:
    """Somebody's place in the pool."""

    enrollment_id: EnrollmentId
    program_id: ProgramId
    cohort_id: CohortId
    person_id: PersonId
    part: str
    declared: int


@frozen
class Pair:
    """A pairing, as far as closing it needs."""

    pairing_id: PairingId
    program_id: ProgramId
    cohort_id: CohortId
    mentor: EnrollmentId
    mentee: EnrollmentId
    mentor_person: PersonId
    mentee_person: PersonId
    state: str
    format: PairingFormat
    said: frozenset[Approver]  # who has said yes
    approvals: tuple[Approver, ...]  # who has to
    approvals_in_order: bool


async def manages(db: Database, program_id: UUID, person: UUID | None) -> bool:
    """Whether this person manages the program, as enrollment told."""
    held: bool = await db.fetchval(
        _MANAGES, program_id, person, GovernanceRole.PROGRAM_MANAGER.value
    )
    return held


async def governance_of(db: Database, program_id: UUID) -> Sequence[tuple[UUID, str]]:
    """Who has which role in a program's governance, for the caller's tenant."""
    rows = await db.fetch(_GOVERNANCE, program_id)
    return [(row["person_id"], row["role"]) for row in rows]


async def is_known(db: Database, program_id: UUID) -> bool:
    """Whether enrollment has told of this program."""
    told: bool = await db.fetchval(_IS_KNOWN, program_id)
    return told


async def program_of(db: Database, cohort_id: UUID) -> UUID | None:
    """Which program a cohort belongs to; None if enrollment has not told of it."""
    found: UUID | None = await db.fetchval(_COHORT_OF, cohort_id)
    return found


async def cohorts_of(db: Database, tenant: TenantId, program_id: UUID) -> Sequence[CohortId]:
    """The cohorts of a program that enrollment has told of."""
    rows = await db.fetch(_COHORTS_OF, tenant, program_id)
    return [CohortId(row["cohort_id"]) for row in rows]


async def is_over(db: Database, tenant: TenantId, cohort_id: UUID) -> bool:
    """Whether the end of a cohort has begun."""
    over: bool = await db.fetchval(_IS_OVER, tenant, cohort_id)
    return over


async def known(db: Database, tenant: TenantId, person_id: UUID, enrollment_id: UUID) -> Known:
    """What has arrived in the pool of one enrollment."""
    row = await db.fetchrow(_KNOWN, tenant, person_id, enrollment_id)
    declared = None if row["seats"] is None else _declared(row)
    heard = {name: row[name] for name in ("person", "application", "erased")}
    return Known(declared=declared, **heard)


async def place_of(db: Database, tenant: TenantId, enrollment_id: UUID) -> Sequence[Place]:
    """The place of one enrollment, if it is or was in the pool."""
    return _places(await db.fetch(_PLACES, tenant, enrollment_id, None, None))


async def places_of_person(db: Database, tenant: TenantId, person_id: UUID) -> Sequence[Place]:
    """All places of one person in the pool."""
    return _places(await db.fetch(_PLACES, tenant, None, person_id, None))


async def mentors_of(db: Database, tenant: TenantId, program_id: UUID) -> Sequence[Place]:
    """All mentors of a program in the pool."""
    return _places(await db.fetch(_PLACES, tenant, None, None, program_id))


async def places_of_program(db: Database, tenant: TenantId, program_id: UUID) -> Sequence[Place]:
    """Everybody of a program in the pool."""
    return _places(await db.fetch(_PLACES_OF_PROGRAM, tenant, program_id))


async def open_pairs_of_program(db: Database, tenant: TenantId, program_id: UUID) -> Sequence[Pair]:
    """The pairings of a program that are not closed."""
    rows = await db.fetch(_OPEN_PAIRS_OF_PROGRAM, tenant, program_id, OPEN_STATES)
    return [_pair(row) for row in rows]


async def places_of_cohort(
    db: Database, tenant: TenantId, cohort_id: UUID, limit: int
) -> Sequence[Place]:
    """Some of those who are in the pool of a cohort."""
    return _places(await db.fetch(_PLACES_OF_COHORT, tenant, cohort_id, limit))


async def open_pairs_of_cohort(
    db: Database, tenant: TenantId, cohort_id: UUID, limit: int
) -> Sequence[Pair]:
    """Some of the pairings of a cohort that are not closed."""
    rows = await db.fetch(_OPEN_PAIRS_OF_COHORT, tenant, cohort_id, OPEN_STATES, limit)
    return [_pair(row) for row in rows]


async def capacities(
    db: Database, tenant: TenantId, people: Sequence[UUID]
) -> dict[PersonId, Declared]:
    """What these people declared to have room for, as far as it has been answered."""
    rows = await db.fetch(_CAPACITIES, tenant, people)
    return {row["person_id"]: _declared(row) for row in rows}


def _declared(row: Any) -> Declared:  # noqa: ANN401  # a row
    return Declared(seats=row["seats"], hours=row["hours"])


async def pair(db: Database, tenant: TenantId, pairing_id: UUID) -> Pair | None:
    """One pairing."""
    rows = await db.fetch(_PAIRS, tenant, pairing_id, None)
    return _pair(rows[0]) if rows else None


async def open_pairs_of(db: Database, tenant: TenantId, enrollment_id: UUID) -> Sequence[Pair]:
    """The pairings of an enrollment that are not closed."""
    rows = await db.fetch(_PAIRS, tenant, None, enrollment_id)
    return [_pair(row) for row in rows if row["state"] in OPEN_STATES]


def _pair(row: Any) -> Pair:  # noqa: ANN401  # a row
    told: dict[str, Any] = dict(row)
    told["format"] = PairingFormat(told["format"])
    told["approvals"] = tuple(map(Approver, msgspec.json.decode(told["approvals"])))
    said = {
        Approver.MENTOR: told.pop("mentor_accepted"),
        Approver.MENTEE: told.pop("mentee_accepted"),
        Approver.MANAGER: told.pop("approved"),
    }
    return Pair(**told, said=frozenset(who for who, yes in said.items() if yes))


def _places(rows: Sequence[Any]) -> Sequence[Place]:
    return [Place(**row) for row in rows]

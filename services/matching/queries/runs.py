"""Runs, their pairs, and who was left without, as views."""

from typing import Any
from uuid import UUID

import msgspec
from pydantic import Field

from shared.database import Database
from shared.events.matching import MatchingRunRequested
from shared.frozen import frozen
from shared.http import Moment, PageOf, PageRequest, View
from shared.ids import EnrollmentId, PersonId, RunId, TenantId

DRAFTS = ("computing", "draft", "failed", "discarded")  # seen by managers of the program only

_COLUMNS = """
run_id, program_id, cohort_id, policy_version, state, requested_by, requested_at, finished_at,
input_digest, result_digest, mentees, mentors, seats, pairs, unserved, total_score,
cross_functional_pairs, reason, published_at, version
"""
_RUN = f"SELECT {_COLUMNS} FROM read.runs WHERE run_id = $1"  # noqa: S608  # columns named above
_RUNS = f"""
SELECT {_COLUMNS} FROM read.runs
WHERE program_id = $1 AND ($2::uuid IS NULL OR cohort_id = $2)
  AND ($3::text[] IS NULL OR state = ANY($3)) AND ($4 OR state = 'published')
  AND ($5::timestamptz IS NULL OR (requested_at, run_id) < ($5, $6))
ORDER BY requested_at DESC, run_id DESC LIMIT $7
"""  # noqa: S608  # columns named above
_PAIRS = """
SELECT p.mentee, p.mentor, p.score, p.components::text AS components, p.cross_functional,
       made.pairing_id, made.state
FROM read.run_pairs AS p
LEFT JOIN read.pairings AS made
    ON made.tenant = p.tenant AND made.run_id = p.run_id AND made.mentee = p.mentee
WHERE p.run_id = $1
  AND ($2::integer IS NULL OR (p.score, p.mentee) < ($2, $3))
ORDER BY p.score DESC, p.mentee DESC LIMIT $4
"""
_UNSERVED = """
SELECT mentee, reason FROM read.run_unserved
WHERE run_id = $1 AND ($2::uuid IS NULL OR mentee > $2) ORDER BY mentee LIMIT $3
"""
_TO_PROPOSE = """
SELECT p.mentor, p.mentee, p.score, p.cross_functional,
       a.person_id AS mentor_person, b.person_id AS mentee_person
FROM read.run_pairs AS p
JOIN read.rosters AS a ON a.tenant = p.tenant AND a.enrollment_id = p.mentor
JOIN read.rosters AS b ON b.tenant = p.tenant AND b.enrollment_id = p.mentee
WHERE p.run_id = $1 AND NOT EXISTS (SELECT FROM read.pairings AS made
    WHERE made.tenant = p.tenant AND made.run_id = p.run_id AND made.mentee = p.mentee)
ORDER BY p.mentor, p.mentee
"""
_REQUESTED = """
SELECT run_id, program_id, cohort_id, policy_version, requested_by, requested_at AS at
FROM read.runs WHERE tenant = $1 AND run_id = $2 AND state = 'computing'
"""
_TO_WAITLIST = "SELECT mentee, reason FROM read.run_unserved WHERE run_id = $1 ORDER BY mentee"


class MatchingRunView(View):
    run_id: UUID
    program_id: UUID
    cohort_id: UUID
    policy_version: int
    state: str = Field(examples=["computing", "draft", "published", "failed", "discarded"])
    requested_by: UUID
    requested_at: Moment
    finished_at: Moment | None
    input_digest: str | None = Field(description="SHA-256 of the frozen input, hex.")
    result_digest: str | None = Field(description="SHA-256 of pairs and unserved, hex.")
    mentees: int | None
    mentors: int | None
    seats: int | None
    pairs: int | None
    unserved: int | None
    total_score: int | None
    cross_functional_pairs: int | None
    reason: str | None = Field(description="Why it failed or was discarded.")
    published_at: Moment | None
    version: int


class ComponentsView(View):
    strengths: int
    other_function: int
    target_roles: int
    style: int
    hours: int
    spare_load: int
    title: int = 0  # from here on 0 in runs that did not know of it
    tenure: int = 0
    same_function: int = 0
    proximity: int = 0
    rotation: int = 0
    emphasis: int = 0


class RunPairView(View):
    mentee: UUID
    mentor: UUID
    score: int = Field(description="0 to 1000; the components add up to it.")
    components: ComponentsView
    cross_functional: bool
    pairing_id: UUID | None = Field(description="Null while it has not been proposed.")
    state: str | None = Field(examples=["proposed", "on_trial"])


class UnservedView(View):
    mentee: UUID
    reason: str = Field(examples=["no_allowed_mentor", "all_seats_taken"])


@frozen
class PairToPropose:
    """A pair of a run that nobody has been told of yet."""

    mentor: EnrollmentId
    mentee: EnrollmentId
    score: int
    cross_functional: bool
    mentor_person: PersonId
    mentee_person: PersonId


@frozen
class PersonToWaitlist:
    mentee: EnrollmentId
    reason: str


async def run(db: Database, *, run_id: UUID) -> MatchingRunView | None:
    """One run with its sums."""
    row = await db.fetchrow(_RUN, run_id)
    return None if row is None else MatchingRunView(**row)


@frozen
class RunQuestion:
    """Which runs of a program are asked for."""

    program_id: UUID
    cohort_id: UUID | None
    states: list[str] | None
    drafts: bool  # whether the asker may see what is not published


async def runs(
    db: Database, page: PageRequest, *, question: RunQuestion
) -> PageOf[MatchingRunView]:
    """Runs of a program, newest first."""
    at, run_id = page.after or (None, None)
    asked = (question.program_id, question.cohort_id, question.states, question.drafts)
    rows = await db.fetch(_RUNS, *asked, at, run_id, page.rows)
    views = [MatchingRunView(**row) for row in rows]
    return page.of(views, lambda view: (view.requested_at, view.run_id))


async def run_pairs(db: Database, page: PageRequest, *, run_id: UUID) -> PageOf[RunPairView]:
    """The pairs of a run with their components, best first."""
    score, mentee = page.after or (None, None)
    rows = await db.fetch(_PAIRS, run_id, score, mentee, page.rows)
    return page.of([_pair(row) for row in rows], lambda pair: (pair.score, pair.mentee))


async def unserved(db: Database, page: PageRequest, *, run_id: UUID) -> PageOf[UnservedView]:
    """Who got no mentor in a run, and which kind of reason it was."""
    (after,) = page.after or (None,)
    rows = await db.fetch(_UNSERVED, run_id, after, page.rows)
    return page.of([UnservedView(**row) for row in rows], lambda person: (person.mentee,))


async def requested_run(
    db: Database, tenant: TenantId, run_id: UUID
) -> MatchingRunRequested | None:
    """What was asked of a run that is still to be worked out; loops ask, for any tenant."""
    row = await db.fetchrow(_REQUESTED, tenant, run_id)
    return None if row is None else MatchingRunRequested(**row)


async def to_propose(db: Database, *, run_id: RunId) -> list[PairToPropose]:
    """The pairs of a run that have not been proposed, mentor by mentor."""
    return [PairToPropose(**row) for row in await db.fetch(_TO_PROPOSE, run_id)]


async def to_waitlist(db: Database, *, run_id: RunId) -> list[PersonToWaitlist]:
    """Who got no mentor in a run, all of them."""
    return [PersonToWaitlist(**row) for row in await db.fetch(_TO_WAITLIST, run_id)]


def _pair(row: Any) -> RunPairView:  # noqa: ANN401  # a row
    return RunPairView(**{**row, "components": msgspec.json.decode(row["components"])})

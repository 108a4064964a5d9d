"""Lists by pseudonym: programs, pairings, the waiting list, runs, reports, and disclosures."""

from uuid import UUID

from services.metrics.queries.views import (
    CohortView,
    DisclosureView,
    PairingView,
    ProgramView,
    ReportView,
    RunView,
    WaitingView,
)
from shared.auth import Principal, Role
from shared.database import Database
from shared.http import PageOf, PageRequest

_PROGRAMS = """
SELECT p.program_id, p.name, p.state FROM figures.programs p
WHERE ($1 OR EXISTS (SELECT FROM figures.governance g
                     WHERE g.program_id = p.program_id AND g.person_id = $2 AND g.role = ANY ($3))
          OR EXISTS (SELECT FROM figures.enrollments e WHERE e.program_id = p.program_id
                     AND e.person_id = $2 AND e.enrolled_at IS NOT NULL))
  AND ($4::uuid IS NULL OR p.program_id > $4)
ORDER BY p.program_id LIMIT $5
"""
_COHORTS = """
SELECT program_id, cohort_id, name, stage, kick_off_at, close_at FROM figures.cohorts
WHERE program_id = ANY ($1::uuid[]) ORDER BY kick_off_at, cohort_id
"""
_PAIRINGS = """
SELECT p.pairing_id, p.cohort_id, p.mentor_person, mentor.function AS mentor_function,
       p.mentee_person, mentee.function AS mentee_function, p.cross_functional, p.score,
       p.run_id IS NULL AS by_hand, p.state, p.proposed_at, p.paired_at, p.ended_at, p.end_reason,
       j.planned_sessions AS sessions_planned, j.next_session_by,
       (SELECT count(*) FROM figures.sessions s
        WHERE s.pairing_id = p.pairing_id AND s.state = 'held') AS sessions_held,
       (SELECT count(*) FROM figures.milestones m
        WHERE m.pairing_id = p.pairing_id) AS milestones_set,
       (SELECT count(m.reached_at) FROM figures.milestones m
        WHERE m.pairing_id = p.pairing_id) AS milestones_reached
FROM figures.pairings p
LEFT JOIN figures.people mentor ON mentor.person_id = p.mentor_person
LEFT JOIN figures.people mentee ON mentee.person_id = p.mentee_person
LEFT JOIN figures.journeys j ON j.pairing_id = p.pairing_id
WHERE p.program_id = $1 AND ($2::uuid IS NULL OR p.cohort_id = $2)
  AND ($3::text[] IS NULL OR p.state = ANY ($3))
  AND ($4::timestamptz IS NULL OR (p.proposed_at, p.pairing_id) < ($4, $5))
ORDER BY p.proposed_at DESC, p.pairing_id DESC LIMIT $6
"""
_WAITING = """
SELECT r.enrollment_id, r.person_id, p.function, r.cohort_id, r.waiting_since AS since,
       r.waiting_reason AS reason, r.priority
FROM figures.roster r LEFT JOIN figures.people p ON p.person_id = r.person_id
WHERE r.program_id = $1 AND r.waiting_since IS NOT NULL AND r.delisted_at IS NULL
  AND r.part = 'mentee' AND ($2::uuid IS NULL OR r.cohort_id = $2)
  AND ($3::boolean IS NULL
       OR (NOT r.priority, r.waiting_since, r.enrollment_id) > (NOT $3, $4, $5))
ORDER BY NOT r.priority, r.waiting_since, r.enrollment_id LIMIT $6
"""
_RUNS = """
SELECT run_id, cohort_id, state, requested_at, mentees, mentors, seats, pairs, unserved,
       cross_functional_pairs
FROM figures.runs
WHERE program_id = $1 AND ($2 OR state = 'published')
  AND ($3::timestamptz IS NULL OR (requested_at, run_id) < ($3, $4))
ORDER BY requested_at DESC, run_id DESC LIMIT $5
"""
_REPORTS = """
SELECT report_id, program_id, kind, figures_digest, group_size_min, published_at, version
FROM read.reports
WHERE program_id = $1 AND ($2::timestamptz IS NULL OR (published_at, report_id) < ($2, $3))
ORDER BY published_at DESC, report_id DESC LIMIT $4
"""
_DISCLOSURES = """
SELECT disclosure_id, program_id, measure, made_by, made_at FROM read.disclosures
WHERE program_id = $1 AND ($2::timestamptz IS NULL OR (made_at, disclosure_id) < ($2, $3))
ORDER BY made_at DESC, disclosure_id DESC LIMIT $4
"""


async def programs(db: Database, page: PageRequest, *, caller: Principal) -> PageOf[ProgramView]:
    """Programs that the caller may look at, oldest first, with their cohorts."""
    every = bool(caller.roles & {Role.AUDITOR, Role.ADVISORY})
    governing = [role for role in (Role.PROGRAM_MANAGER, Role.SPONSOR) if role in caller.roles]
    (after,) = page.after or (None,)
    rows = await db.fetch(_PROGRAMS, every, caller.person, governing, after, page.rows)
    cohorts = await db.fetch(_COHORTS, [row["program_id"] for row in rows])
    shown = [
        ProgramView(
            **row,
            cohorts=[
                CohortView.model_validate(cohort)
                for cohort in (
                    {name: value for name, value in every_cohort.items() if name != "program_id"}
                    for every_cohort in cohorts
                    if every_cohort["program_id"] == row["program_id"]
                )
            ],
        )
        for row in rows
    ]
    return page.of(shown, lambda program: (program.program_id,))


async def pairings(
    db: Database,
    page: PageRequest,
    *,
    program_id: UUID,
    cohort_id: UUID | None,
    states: list[str] | None,
) -> PageOf[PairingView]:
    """Pairings of a program, newest first."""
    after = page.after or (None, None)
    rows = await db.fetch(_PAIRINGS, program_id, cohort_id, states, *after, page.rows)
    items = [PairingView(**row) for row in rows]
    return page.of(items, lambda pairing: (pairing.proposed_at, pairing.pairing_id))


async def waiting(
    db: Database, page: PageRequest, *, program_id: UUID, cohort_id: UUID | None
) -> PageOf[WaitingView]:
    """Mentees who wait, in their order: priority first, then the longest wait."""
    after = page.after or (None, None, None)
    rows = await db.fetch(_WAITING, program_id, cohort_id, *after, page.rows)
    items = [WaitingView(**row) for row in rows]
    return page.of(items, lambda item: (item.priority, item.since, item.enrollment_id))


async def runs(
    db: Database, page: PageRequest, *, program_id: UUID, drafts: bool
) -> PageOf[RunView]:
    """Matching runs of a program, newest first; with `drafts` also what is not published."""
    rows = await db.fetch(_RUNS, program_id, drafts, *(page.after or (None, None)), page.rows)
    return page.of([RunView(**row) for row in rows], lambda run: (run.requested_at, run.run_id))


async def reports(db: Database, page: PageRequest, *, program_id: UUID) -> PageOf[ReportView]:
    """Reports of a program, newest first."""
    rows = await db.fetch(_REPORTS, program_id, *(page.after or (None, None)), page.rows)
    items = [ReportView(**row) for row in rows]
    return page.of(items, lambda report: (report.published_at, report.report_id))


async def disclosures(
    db: Database, page: PageRequest, *, program_id: UUID
) -> PageOf[DisclosureView]:
    """Who saw figures of a program in full, newest first."""
    rows = await db.fetch(_DISCLOSURES, program_id, *(page.after or (None, None)), page.rows)
    items = [DisclosureView(**row) for row in rows]
    return page.of(items, lambda disclosure: (disclosure.made_at, disclosure.disclosure_id))

"""Appeals as views, and what is known of what they contest."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from pydantic import Field

from services.matching.queries.courses import opened
from shared.auth import Principal
from shared.database import Database
from shared.events.matching import AppealGround, AppealOutcome, AppealSubject
from shared.frozen import frozen
from shared.http import Moment, PageOf, PageRequest, View
from shared.ids import CohortId, EnrollmentId, PersonId, ProgramId, TenantId
from shared.vault import Place, Vault

_COLUMNS = """
appeal_id, program_id, cohort_id, enrollment_id, person_id, subject, about, ground, state, filed_at,
due_at, outcome, decided_at, text::text AS text, decision_text::text AS decision_text,
involved ? $1 AS involved, version
"""
_APPEAL = f"SELECT {_COLUMNS} FROM read.appeals WHERE appeal_id = $2"  # noqa: S608  # columns named above
_APPEALS = f"""
SELECT {_COLUMNS} FROM read.appeals
WHERE ($2::uuid IS NULL OR program_id = $2) AND ($3::uuid IS NULL OR person_id = $3)
  AND ($4::text[] IS NULL OR state = ANY($4))
  AND ($5::timestamptz IS NULL OR (filed_at, appeal_id) < ($5, $6))
ORDER BY filed_at DESC, appeal_id DESC LIMIT $7
"""  # noqa: S608  # columns named above
_PLACE = """
SELECT enrollment_id, program_id, cohort_id, person_id, part FROM read.rosters
WHERE enrollment_id = $1
"""
_PAIRING = """
SELECT state, run_id, closed_by, closed_by_manager, mentor, mentee, mentor_person, mentee_person
FROM read.pairings WHERE pairing_id = $1 AND (mentor = $2 OR mentee = $2)
"""
_UNMATCHED = """
SELECT EXISTS (
    SELECT FROM read.runs AS r WHERE r.run_id = $1 AND r.state IN ('publishing', 'published') AND (
        EXISTS (SELECT FROM read.run_unserved AS u
            WHERE u.tenant = r.tenant AND u.run_id = r.run_id AND u.mentee = $2)
        OR EXISTS (SELECT FROM read.run_overrides AS o WHERE o.tenant = r.tenant
            AND o.run_id = r.run_id AND o.mentee = $2 AND o.mentor IS NULL)))
"""
_OF_RUN = """
SELECT requested_by AS person FROM read.runs WHERE run_id = $1
UNION SELECT published_by FROM read.runs WHERE run_id = $1 AND published_by IS NOT NULL
UNION SELECT overridden_by FROM read.run_overrides WHERE run_id = $1
"""


class AppealView(View):
    appeal_id: UUID
    program_id: UUID
    cohort_id: UUID
    enrollment_id: UUID
    person_id: UUID
    subject: AppealSubject
    about: UUID = Field(description="The pairing or the run that is contested.")
    ground: AppealGround
    state: str = Field(examples=["open", "overdue", "decided", "withdrawn"])
    filed_at: Moment
    due_at: Moment
    outcome: AppealOutcome | None
    decided_at: Moment | None
    may_decide: bool = Field(description="Whether you had no part in what is contested.")
    has_text: bool
    text: str | None = Field(description="For who filed it, and for who may decide it.")
    decision_text: str | None
    version: int


@frozen
class AppealQuestion:
    """Which appeals are asked for."""

    program_id: UUID | None = None
    person_id: UUID | None = None
    states: list[str] | None = None


@frozen
class Contender:
    """Somebody's place in the pool."""

    enrollment_id: EnrollmentId
    program_id: ProgramId
    cohort_id: CohortId
    person_id: PersonId
    part: str


@frozen
class Contested:
    """A pairing, as far as contesting its end goes."""

    state: str
    run_id: UUID | None
    closed_by: str | None
    closed_by_manager: UUID | None
    mentor: UUID
    mentee: UUID
    mentor_person: UUID
    mentee_person: UUID


def text_place(tenant: TenantId, appeal_id: UUID) -> Place:
    """Where the words of an appeal stand."""
    return Place(tenant=tenant, stream=f"appeal-{appeal_id}", field="ground")


def decision_place(tenant: TenantId, appeal_id: UUID) -> Place:
    """Where the words of its decision stand."""
    return Place(tenant=tenant, stream=f"appeal-{appeal_id}", field="decision")


async def place(db: Database, enrollment_id: UUID) -> Contender | None:
    """Whose place it is, in the caller's tenant."""
    row = await db.fetchrow(_PLACE, enrollment_id)
    return None if row is None else Contender(**row)


async def pairing(db: Database, pairing_id: UUID, enrollment_id: UUID) -> Contested | None:
    """A pairing of this enrollment."""
    row = await db.fetchrow(_PAIRING, pairing_id, enrollment_id)
    return None if row is None else Contested(**row)


async def was_unmatched(db: Database, run_id: UUID, mentee: UUID) -> bool:
    """Whether a published run, or a hand that changed it, left this mentee without a mentor."""
    found: bool = await db.fetchval(_UNMATCHED, run_id, mentee)
    return found


async def people_of_run(db: Database, run_id: UUID) -> Sequence[PersonId]:
    """Who asked for a run, who changed it by hand, and who published it."""
    return [PersonId(row["person"]) for row in await db.fetch(_OF_RUN, run_id)]


async def appeal(
    db: Database, caller: Principal, *, appeal_id: UUID, vault: Vault
) -> AppealView | None:
    """One appeal as the caller may see it."""
    row = await db.fetchrow(_APPEAL, str(caller.person), appeal_id)
    return None if row is None else await _view(db, caller, row, vault)


async def appeals(
    db: Database, page: PageRequest, caller: Principal, *, question: AppealQuestion, vault: Vault
) -> PageOf[AppealView]:
    """Appeals, the latest first."""
    before = page.after or (None, None)
    asked = (question.program_id, question.person_id, question.states)
    rows = await db.fetch(_APPEALS, str(caller.person), *asked, *before, page.rows)
    views = [await _view(db, caller, row, vault) for row in rows]
    return page.of(views, lambda view: (view.filed_at, view.appeal_id))


async def _view(
    db: Database,
    caller: Principal,
    row: Any,  # noqa: ANN401  # a row
    vault: Vault,
) -> AppealView:
    told = dict(row)
    may_decide = caller.person is not None and not told.pop("involved")
    text, decision = told.pop("text"), told.pop("decision_text")
    words = answer = None
    if caller.person is not None and (caller.person == told["person_id"] or may_decide):
        which = told["appeal_id"]
        words = await opened(db, vault, text, text_place(caller.tenant, which))
        answer = await opened(db, vault, decision, decision_place(caller.tenant, which))
    return AppealView(
        **told,
        may_decide=may_decide,
        has_text=text is not None,
        text=words,
        decision_text=answer,
    )

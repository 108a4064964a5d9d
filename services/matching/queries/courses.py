"""Reviews, escalations, and what was said at the end, as views."""

from typing import Any
from uuid import UUID

import msgspec
from pydantic import Field

from shared.auth import Principal, Role
from shared.database import Database
from shared.events.matching import (
    Actor,
    Adjustment,
    EndReason,
    EscalationGround,
    EscalationOutcome,
    ExitQuestion,
    ReviewOutcome,
)
from shared.events.vocabulary import Part
from shared.frozen import frozen
from shared.http import Moment, PageOf, PageRequest, View
from shared.ids import TenantId
from shared.sealed import Sealed
from shared.vault import Erased, Place, Vault

_REVIEWS = """
SELECT pairing_id, review, due_at, outcome, adjustments::text AS adjustments, answered_by,
       answered_at
FROM read.reviews WHERE pairing_id = $1 AND ($2::integer IS NULL OR review < $2)
ORDER BY review DESC LIMIT $3
"""
_SURVEYS = """
SELECT pairing_id, part, reason, answers::text AS answers, answered_at, text::text AS text
FROM read.exit_surveys WHERE pairing_id = $1 AND ($2::text IS NULL OR part = $2)
  AND ($3::text IS NULL OR part > $3)
ORDER BY part LIMIT $4
"""
_ESCALATIONS = """
SELECT e.pairing_id, e.escalation, e.settled_by, e.ground, e.raised_by, e.state, e.raised_at,
       e.due_at, e.outcome, e.resolved_at, e.text::text AS text, p.program_id, p.mentor_person,
       p.mentee_person
FROM read.escalations AS e
JOIN read.pairings AS p ON p.tenant = e.tenant AND p.pairing_id = e.pairing_id
WHERE ($1::uuid IS NULL OR e.pairing_id = $1) AND ($2::uuid IS NULL OR p.program_id = $2)
  AND ($3::uuid IS NULL OR e.settled_by = $3) AND ($4::text[] IS NULL OR e.state = ANY($4))
  AND ($5::text IS NULL OR e.raised_by = $5)
  AND ($6::timestamptz IS NULL OR (e.raised_at, e.pairing_id, e.escalation) < ($6, $7, $8))
ORDER BY e.raised_at DESC, e.pairing_id DESC, e.escalation DESC LIMIT $9
"""


class ReviewView(View):
    pairing_id: UUID
    review: int
    due_at: Moment
    outcome: ReviewOutcome | None = Field(description="Null if nobody answered.")
    adjustments: list[Adjustment]
    answered_by: Actor | None
    answered_at: Moment | None


class SurveyAnswerView(View):
    question: ExitQuestion
    answer: int


class ExitSurveyView(View):
    pairing_id: UUID
    part: Part
    reason: EndReason
    answers: list[SurveyAnswerView]
    answered_at: Moment
    has_text: bool
    text: str | None = Field(description="Null if nothing was written, or it is not for you.")


class EscalationView(View):
    pairing_id: UUID
    escalation: int
    to: UUID = Field(description="Who has to settle it.")
    ground: EscalationGround
    raised_by: Actor
    state: str = Field(examples=["open", "overdue", "resolved"])
    raised_at: Moment
    due_at: Moment
    outcome: EscalationOutcome | None
    resolved_at: Moment | None
    has_text: bool
    text: str | None = Field(description="Null if nothing was written, or it is not for you.")


@frozen
class EscalationQuestion:
    """Which escalations are asked for."""

    pairing_id: UUID | None = None
    program_id: UUID | None = None
    person_id: UUID | None = None  # who has to settle them
    states: list[str] | None = None
    raised_by: Part | None = None  # one side is shown its own


def survey_place(tenant: TenantId, pairing_id: UUID, part: Part) -> Place:
    """Where the words of an exit survey stand."""
    return Place(tenant=tenant, stream=f"pairing-{pairing_id}", field=f"exit survey {part.value}")


def escalation_place(tenant: TenantId, pairing_id: UUID, by: Actor) -> Place:
    """Where the words of an escalation stand."""
    return Place(tenant=tenant, stream=f"pairing-{pairing_id}", field=f"escalation {by.value}")


async def reviews(db: Database, page: PageRequest, *, pairing_id: UUID) -> PageOf[ReviewView]:
    """Reviews of a pairing, the latest first."""
    (before,) = page.after or (None,)
    rows = await db.fetch(_REVIEWS, pairing_id, before, page.rows)
    views = [
        ReviewView(**{**row, "adjustments": msgspec.json.decode(row["adjustments"] or "[]")})
        for row in rows
    ]
    return page.of(views, lambda view: (view.review,))


async def exit_surveys(  # noqa: PLR0913  # who asks, and about what
    db: Database,
    page: PageRequest,
    caller: Principal,
    *,
    pairing_id: UUID,
    part: Part | None,
    vault: Vault,
) -> PageOf[ExitSurveyView]:
    """What was said at the end; one side hears its own only, and auditors no words."""
    (after,) = page.after or (None,)
    only = None if part is None else part.value
    rows = await db.fetch(_SURVEYS, pairing_id, only, after, page.rows)
    may_read = part is not None or Role.PROGRAM_MANAGER in caller.roles
    views: list[ExitSurveyView] = []
    for row in rows:
        place = survey_place(caller.tenant, pairing_id, Part(row["part"]))
        words = await opened(db, vault, row["text"], place) if may_read else None
        answers = msgspec.json.decode(row["answers"])
        told: dict[str, Any] = {**row, "answers": answers, "text": words}
        views.append(ExitSurveyView(**told, has_text=row["text"] is not None))
    return page.of(views, lambda view: (view.part,))


async def escalations(
    db: Database,
    page: PageRequest,
    caller: Principal,
    *,
    question: EscalationQuestion,
    vault: Vault,
) -> PageOf[EscalationView]:
    """Escalations, the latest first; their words for who raised and who settles them."""
    before = page.after or (None, None, None)
    whose = (question.pairing_id, question.program_id, question.person_id)
    raised_by = None if question.raised_by is None else question.raised_by.value
    rows = await db.fetch(_ESCALATIONS, *whose, question.states, raised_by, *before, page.rows)
    views = [await _escalation(db, caller, row, vault) for row in rows]
    return page.of(views, lambda view: (view.raised_at, view.pairing_id, view.escalation))


async def opened(db: Database, vault: Vault, text: str | None, place: Place) -> str | None:
    """A sealed text of a table; None if there is none or its key is gone."""
    if text is None:
        return None
    found = await vault.open(db, msgspec.json.decode(text, type=Sealed), place)
    return None if isinstance(found, Erased) else found


async def _escalation(
    db: Database,
    caller: Principal,
    row: Any,  # noqa: ANN401  # a row
    vault: Vault,
) -> EscalationView:
    told = dict(row)
    told.pop("program_id")
    sides = {Part.MENTOR: told.pop("mentor_person"), Part.MENTEE: told.pop("mentee_person")}
    raised_by, to = Actor(told["raised_by"]), told.pop("settled_by")
    author = None if raised_by is Actor.MANAGER else sides[Part(raised_by.value)]
    words = None
    if caller.person is not None and caller.person in (to, author):
        place = escalation_place(caller.tenant, told["pairing_id"], raised_by)
        words = await opened(db, vault, told["text"], place)
    has_text = told.pop("text") is not None
    return EscalationView(**told, to=to, has_text=has_text, text=words)

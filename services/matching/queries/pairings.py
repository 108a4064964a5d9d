"""Pairings as views."""

from typing import Any
from uuid import UUID

import msgspec
from pydantic import Field

from shared.database import Database
from shared.events.matching import Actor, Approver, EndReason, PairingFormat, SilenceStep
from shared.events.vocabulary import Part
from shared.frozen import frozen
from shared.http import Moment, PageOf, PageRequest, View

_COLUMNS = """
pairing_id, program_id, cohort_id, mentor, mentee, mentor_person, mentee_person, run_id, score,
cross_functional, format, state, mentor_accepted, mentee_accepted, mentor_confirmed,
mentee_confirmed, proposed_at, answer_by, trial_days, paired_at, trial_ends_at, confirmed_at,
closed_at, end_reason, ended_in_trial, approvals::text AS approvals, approvals_in_order, approved,
offered, ends_at, paused_at, review_at, review_open, closed_by, next_pairing, on_record,
continuing, last_met_at, silent_since, silent_misses, silence_step, silence_next_step,
silence_next_at, version
"""
_PAIRING = f"SELECT {_COLUMNS} FROM read.pairings WHERE pairing_id = $1"  # noqa: S608  # columns named above
_PAIRINGS = f"""
SELECT {_COLUMNS} FROM read.pairings
WHERE ($1::uuid IS NULL OR program_id = $1) AND ($2::uuid IS NULL OR cohort_id = $2)
  AND ($3::text[] IS NULL OR state = ANY($3))
  AND ($4::uuid IS NULL OR mentor_person = $4 OR mentee_person = $4)
  AND ($5::boolean IS NULL OR (silent_since IS NOT NULL) = $5)
  AND ($6::timestamptz IS NULL OR (proposed_at, pairing_id) < ($6, $7))
ORDER BY proposed_at DESC, pairing_id DESC LIMIT $8
"""  # noqa: S608  # columns named above


class SilenceView(View):
    """Two who do not meet, and what is done about it."""

    since: Moment
    misses: int = Field(description="Dates in a row on which they had not met.")
    step: SilenceStep = Field(description="What was done last.")
    next_step: SilenceStep | None = Field(description="Null if nothing more is done by itself.")
    next_at: Moment | None


class PairingView(View):
    pairing_id: UUID
    program_id: UUID
    cohort_id: UUID
    mentor: UUID = Field(description="The mentor's enrollment.")
    mentee: UUID = Field(description="The mentee's enrollment.")
    mentor_person: UUID
    mentee_person: UUID
    run_id: UUID | None = Field(description="Null if paired by hand.")
    score: int
    cross_functional: bool
    format: PairingFormat
    state: str = Field(
        examples=["proposed", "on_trial", "confirmed", "declined", "expired", "ended"]
    )
    accepted_by: list[Part]
    confirmed_by: list[Part] = Field(description="Who confirmed the trial before its end.")
    proposed_at: Moment
    answer_by: Moment
    trial_days: int
    paired_at: Moment | None
    trial_ends_at: Moment | None
    confirmed_at: Moment | None
    closed_at: Moment | None
    end_reason: EndReason | None
    ended_in_trial: bool | None
    approvals: list[Approver] = Field(description="Who has to say yes before the two are paired.")
    approvals_in_order: bool = Field(description="Whether one is asked after the other.")
    approved: bool = Field(description="Whether a manager has said yes.")
    offered: bool = Field(description="A freed seat that the first in line was offered.")
    ends_at: Moment | None = Field(description="Null if no end is set.")
    paused_at: Moment | None = Field(description="Since when all that runs stands still.")
    review_at: Moment | None = Field(description="When the next review comes due.")
    review_open: bool
    closed_by: Actor | None = Field(description="Null if nobody closed it by hand.")
    next_pairing: UUID | None = Field(description="Where the mentee moved on to.")
    on_record: str | None = Field(
        examples=["continuing", "ended"], description="What a moved mentee keeps of this relation."
    )
    continuing: bool = Field(description="Both want the same partner in the next cycle.")
    last_met_at: Moment | None = Field(description="When a session was last told of.")
    silence: SilenceView | None = Field(description="Null while they meet, or nobody looks.")
    version: int


@frozen
class PairingQuestion:
    """Which pairings are asked for."""

    program_id: UUID | None = None
    cohort_id: UUID | None = None
    states: list[str] | None = None
    person_id: UUID | None = None
    silent: bool | None = None


async def pairing(db: Database, *, pairing_id: UUID) -> PairingView | None:
    """One pairing."""
    row = await db.fetchrow(_PAIRING, pairing_id)
    return None if row is None else _view(row)


async def pairings(
    db: Database, page: PageRequest, *, question: PairingQuestion
) -> PageOf[PairingView]:
    """Pairings, newest first."""
    at, pairing_id = page.after or (None, None)
    asked = (question.program_id, question.cohort_id, question.states, question.person_id)
    rows = await db.fetch(_PAIRINGS, *asked, question.silent, at, pairing_id, page.rows)
    views = [_view(row) for row in rows]
    return page.of(views, lambda view: (view.proposed_at, view.pairing_id))


def _view(row: Any) -> PairingView:  # noqa: ANN401  # a row
    told = {**row, "approvals": msgspec.json.decode(row["approvals"])}
    silence = {
        "since": told.pop("silent_since"),
        "misses": told.pop("silent_misses"),
        "step": told.pop("silence_step"),
        "next_step": told.pop("silence_next_step"),
        "next_at": told.pop("silence_next_at"),
    }
    told["silence"] = None if silence["since"] is None else SilenceView(**silence)
    for what in ("accepted", "confirmed"):
        said = {part: told.pop(f"{part.value}_{what}") for part in Part}
        told[f"{what}_by"] = [part for part in Part if said[part]]
    return PairingView(**told)

"""What happens between the yes of two and their parting, as rows and timers."""

from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from services.matching.projections.pairings import TRIAL_TIMER
from services.matching.projections.timers import answered, due
from shared.envelope import Recorded
from shared.events.matching import (
    ContinuityRequested,
    EscalationOverdue,
    EscalationRaised,
    EscalationResolved,
    ExitSurveyAnswered,
    MatchAdjusted,
    MatchReviewDue,
    MatchRotated,
    PairingApproved,
    PairingConfirmed,
    PairingEnded,
    PairingExtended,
    PairingPaused,
    PairingResumed,
    ParticipantsPaired,
    TrialStarted,
)
from shared.ids import PairingId
from shared.projection import Change, Effect, Put, hears

TERM_TIMER = "pairing_term"
REVIEW_TIMER = "pairing_review"
ESCALATION_TIMER = "escalation_due"


@hears(
    PairingApproved,
    PairingPaused,
    PairingResumed,
    PairingExtended,
    MatchReviewDue,
    MatchAdjusted,
    MatchRotated,
    ContinuityRequested,
)
def courses(recorded: Recorded) -> Iterator[Effect]:
    """How each pairing goes on, in its row."""
    match recorded.event:
        case PairingApproved(pairing_id=where):
            yield _change(recorded, where, {"approved": True})
        case PairingPaused(pairing_id=where, at=at):
            yield _change(recorded, where, {"paused_at": at})
        case PairingResumed() as fact:
            dates = {"ends_at": fact.ends_at, "review_at": fact.review_at, "paused_at": None}
            trial = fact.trial_ends_at
            moved = dates if trial is None else {**dates, "trial_ends_at": trial}
            yield _change(recorded, fact.pairing_id, moved)
        case PairingExtended(pairing_id=where, ends_at=ends_at):
            yield _change(recorded, where, {"ends_at": ends_at})
        case MatchReviewDue(pairing_id=where, next_at=next_at):
            yield _change(recorded, where, {"review_open": True, "review_at": next_at})
        case MatchAdjusted(pairing_id=where):
            yield _change(recorded, where, {"review_open": False})
        case MatchRotated(pairing_id=where, next_pairing=pairing, continuing=continuing):
            on_record = "continuing" if continuing else "ended"
            yield _change(recorded, where, {"next_pairing": pairing, "on_record": on_record})
        case ContinuityRequested(pairing_id=where, agreed=agreed):
            yield _change(recorded, where, {"continuing": agreed})
        case _:
            return


@hears(MatchReviewDue, MatchAdjusted)
def reviews(recorded: Recorded) -> Iterator[Effect]:
    """Each review that came due, and what it came to."""
    match recorded.event:
        case MatchReviewDue(pairing_id=where, review=number, at=at):
            row = {"pairing_id": where, "review": number, "due_at": at}
            yield Put(table="reviews", row=row)
        case MatchAdjusted() as fact:
            values = {
                "outcome": fact.outcome.value,
                "adjustments": [each.value for each in fact.adjustments],
                "answered_by": fact.by.value,
                "answered_at": fact.at,
            }
            key = {"pairing_id": fact.pairing_id, "review": fact.review}
            yield Change(table="reviews", key=key, values=values)
        case _:
            return


@hears(EscalationRaised, EscalationOverdue, EscalationResolved)
def escalations(recorded: Recorded) -> Iterator[Effect]:
    """Each call for help, with its state and its day."""
    match recorded.event:
        case EscalationRaised() as fact:
            row = {
                "pairing_id": fact.pairing_id,
                "escalation": fact.escalation,
                "settled_by": fact.to,
                "ground": fact.ground.value,
                "raised_by": fact.by.value,
                "state": "open",
                "raised_at": fact.at,
                "due_at": fact.due_at,
                "text": None if fact.text is None else msgspec.to_builtins(fact.text),
            }
            yield Put(table="escalations", row=row)
        case EscalationOverdue(pairing_id=where, escalation=number):
            key = {"pairing_id": where, "escalation": number}
            yield Change(table="escalations", key=key, values={"state": "overdue"})
        case EscalationResolved() as fact:
            key = {"pairing_id": fact.pairing_id, "escalation": fact.escalation}
            told = {"outcome": fact.outcome.value, "resolved_at": fact.at}
            yield Change(table="escalations", key=key, values={"state": "resolved", **told})
        case _:
            return


@hears(ExitSurveyAnswered)
def exit_surveys(recorded: Recorded) -> Iterator[Effect]:
    """What each side made of the end."""
    match recorded.event:
        case ExitSurveyAnswered() as fact:
            row = {
                "pairing_id": fact.pairing_id,
                "part": fact.by.value,
                "reason": fact.reason.value,
                "answers": msgspec.to_builtins(fact.answers),
                "answered_at": fact.at,
                "text": None if fact.text is None else msgspec.to_builtins(fact.text),
            }
            yield Put(table="exit_surveys", row=row)
        case _:
            return


@hears(
    ParticipantsPaired,
    TrialStarted,
    PairingPaused,
    PairingResumed,
    PairingConfirmed,
    PairingExtended,
    MatchReviewDue,
    EscalationRaised,
    EscalationOverdue,
    EscalationResolved,
    PairingEnded,
)
def course_deadlines(recorded: Recorded) -> Iterator[Effect]:  # noqa: C901  # a case an event
    """The end of the trial and of the whole, reviews, and the day of an escalation."""
    match recorded.event:
        case ParticipantsPaired(pairing_id=where, ends_at=ends_at, review_at=review_at):
            yield from _running(where, {TERM_TIMER: ends_at, REVIEW_TIMER: review_at})
        case PairingPaused(pairing_id=where):
            for kind in (TRIAL_TIMER, TERM_TIMER, REVIEW_TIMER):
                yield answered(kind, where)
        case PairingResumed() as fact:
            dates = {TRIAL_TIMER: fact.trial_ends_at, TERM_TIMER: fact.ends_at}
            yield from _running(fact.pairing_id, {**dates, REVIEW_TIMER: fact.review_at})
        case PairingExtended(pairing_id=where, ends_at=ends_at):
            yield due(TERM_TIMER, where, ends_at)
        case MatchReviewDue(pairing_id=where, next_at=next_at):
            yield due(REVIEW_TIMER, where, next_at)
        case EscalationRaised(pairing_id=where, due_at=due_at):
            yield due(ESCALATION_TIMER, where, due_at)
        case EscalationOverdue(pairing_id=where) | EscalationResolved(pairing_id=where):
            yield answered(ESCALATION_TIMER, where)
        case PairingEnded(pairing_id=where):
            for kind in (TERM_TIMER, REVIEW_TIMER, ESCALATION_TIMER):
                yield answered(kind, where)
        case _:
            return


def _running(where: PairingId, dates: Mapping[str, Any]) -> Iterator[Effect]:
    for kind, at in dates.items():
        if at is not None:
            yield due(kind, where, at)


def _change(recorded: Recorded, where: PairingId, values: Mapping[str, Any]) -> Effect:
    key = {"pairing_id": where}
    return Change(table="pairings", key=key, values={**values, "version": recorded.version})

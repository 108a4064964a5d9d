"""Pairings as rows, and the timers that end a proposal or a trial."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from shared.envelope import Recorded
from shared.events.matching import (
    Actor,
    PairingAccepted,
    PairingConfirmed,
    PairingDeclined,
    PairingEnded,
    PairingExpired,
    PairingProposed,
    ParticipantsPaired,
    TrialConfirmed,
    TrialEnded,
    TrialStarted,
)
from shared.events.vocabulary import Part
from shared.ids import PairingId, PersonId, derived_id
from shared.projection import Change, Effect, Put, Remove, hears

PROPOSAL_TIMER = "proposal_expiry"
TRIAL_TIMER = "trial_end"


@hears(
    PairingProposed,
    PairingAccepted,
    ParticipantsPaired,
    TrialStarted,
    TrialConfirmed,
    PairingConfirmed,
    PairingDeclined,
    PairingExpired,
    TrialEnded,
    PairingEnded,
)
def pairings(recorded: Recorded) -> Iterator[Effect]:  # noqa: C901  # a case an event
    """One row for each pairing that was ever proposed."""
    match recorded.event:
        case PairingProposed() as fact:
            yield _proposed(recorded, fact)
        case PairingAccepted(pairing_id=where, by=by):
            yield _change(recorded, where, {f"{by.value}_accepted": True})
        case ParticipantsPaired(pairing_id=where, ends_at=ends_at, review_at=review_at, at=at):
            dates = {"paired_at": at, "ends_at": ends_at, "review_at": review_at}
            yield _change(recorded, where, dates)
        case TrialStarted(pairing_id=where, ends_at=ends_at):
            yield _change(recorded, where, {"state": "on_trial", "trial_ends_at": ends_at})
        case TrialConfirmed(pairing_id=where, by=by):
            yield _change(recorded, where, {f"{by.value}_confirmed": True})
        case PairingConfirmed(pairing_id=where, at=at):
            yield _change(recorded, where, {"state": "confirmed", "confirmed_at": at})
        case PairingDeclined() as fact:
            declined = {"state": "declined", "closed_at": fact.at}
            who = Actor.MANAGER if fact.manager else fact.by
            yield _change(recorded, fact.pairing_id, {**declined, **_closed_by(who, fact.manager)})
        case PairingExpired(pairing_id=where, at=at):
            yield _change(recorded, where, {"state": "expired", "closed_at": at})
        case TrialEnded(pairing_id=where):
            yield _change(recorded, where, {})
        case PairingEnded() as fact:
            ended = {"state": "ended", "closed_at": fact.at, "end_reason": fact.reason.value}
            closed_by = _closed_by(fact.by, fact.manager)
            over = {"review_open": False, "paused_at": None, "ended_in_trial": fact.in_trial}
            yield _change(recorded, fact.pairing_id, {**ended, **closed_by, **over})
        case _:
            return


@hears(
    PairingProposed,
    ParticipantsPaired,
    PairingDeclined,
    PairingExpired,
    TrialStarted,
    PairingConfirmed,
    PairingEnded,
)
def pairing_deadlines(recorded: Recorded) -> Iterator[Effect]:
    """A proposal waits until `answer_by`, a trial until its end; each at most once."""
    match recorded.event:
        case PairingProposed(pairing_id=where, answer_by=answer_by):
            yield _due(PROPOSAL_TIMER, where, answer_by)
        case ParticipantsPaired(pairing_id=where):
            yield _answered(PROPOSAL_TIMER, where)
        case PairingDeclined(pairing_id=where) | PairingExpired(pairing_id=where):
            yield _answered(PROPOSAL_TIMER, where)
        case TrialStarted(pairing_id=where, ends_at=ends_at):
            yield _due(TRIAL_TIMER, where, ends_at)
        case PairingConfirmed(pairing_id=where) | PairingEnded(pairing_id=where):
            yield _answered(TRIAL_TIMER, where)
        case _:
            return


def _proposed(recorded: Recorded, fact: PairingProposed) -> Effect:
    row = {
        "pairing_id": fact.pairing_id,
        "program_id": fact.program_id,
        "cohort_id": fact.cohort_id,
        "mentor": fact.mentor,
        "mentee": fact.mentee,
        "mentor_person": fact.mentor_person,
        "mentee_person": fact.mentee_person,
        "run_id": fact.run_id,
        "score": fact.score,
        "cross_functional": fact.cross_functional,
        "format": fact.format.value,
        "state": "proposed",
        "proposed_at": fact.at,
        "answer_by": fact.answer_by,
        "trial_days": fact.trial_days,
        "approvals": [approver.value for approver in fact.approvals],
        "approvals_in_order": fact.approvals_in_order,
        "offered": fact.offered,
        "version": recorded.version,
    }
    return Put(table="pairings", row=row)


def _closed_by(who: Actor | Part | None, manager: PersonId | None) -> Mapping[str, Any]:
    return {"closed_by": None if who is None else who.value, "closed_by_manager": manager}


def _change(recorded: Recorded, where: PairingId, values: Mapping[str, Any]) -> Effect:
    key = {"pairing_id": where}
    return Change(table="pairings", key=key, values={**values, "version": recorded.version})


def _due(kind: str, where: PairingId, due_at: datetime) -> Effect:
    row = {
        "deadline_id": derived_id(kind, where),
        "due_at": due_at,
        "kind": kind,
        "subject": where,
        "payload": {},
    }
    return Put(table="deadlines", row=row)


def _answered(kind: str, where: PairingId) -> Effect:
    return Remove(table="deadlines", key={"deadline_id": derived_id(kind, where)})

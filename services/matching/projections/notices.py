"""What a participant is told: one row for each thing that happened to their place or pairing."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from shared.envelope import Recorded
from shared.events.matching import (
    Actor,
    EndReason,
    EscalationRaised,
    MatchReviewDue,
    MatchRotated,
    OrphanStep,
    OrphanStepTaken,
    PairingDeclined,
    PairingEnded,
    PairingExpired,
    PairingExtended,
    PairingPaused,
    PairingResumed,
    PriorityGranted,
    SeatOffered,
    SilenceBegun,
    SilenceEnded,
    SilenceStepTaken,
)
from shared.projection import Effect, Put, hears

_OF_STEP = {
    OrphanStep.TOLD: "partner_left",
    OrphanStep.NUDGED: "still_looking",
    OrphanStep.OFFERED: "offer_looked_for",
    OrphanStep.RE_MATCHED: "first_in_next_run",
}


@hears(
    PairingDeclined,
    PairingExpired,
    PairingPaused,
    PairingResumed,
    PairingExtended,
    PairingEnded,
    MatchReviewDue,
    MatchRotated,
    EscalationRaised,
)
def pairing_notices(recorded: Recorded) -> Iterator[Effect]:  # a case an event
    """What the two of a pairing are told; a call for help is for who called alone."""
    match recorded.event:
        case PairingDeclined(pairing_id=where, at=at):
            yield _notice(recorded, "declined", at, pairing=where)
        case PairingExpired(pairing_id=where, at=at):
            yield _notice(recorded, "expired", at, pairing=where)
        case PairingPaused(pairing_id=where, at=at):
            yield _notice(recorded, "paused", at, pairing=where)
        case PairingResumed(pairing_id=where, at=at):
            yield _notice(recorded, "resumed", at, pairing=where)
        case PairingExtended(pairing_id=where, at=at):
            yield _notice(recorded, "extended", at, pairing=where)
        case PairingEnded() as fact if not _in_silence(fact):
            yield _notice(recorded, "ended", fact.at, pairing=fact.pairing_id)
        case MatchReviewDue(pairing_id=where, next_at=next_at, at=at):
            yield _notice(recorded, "review_due", at, pairing=where, due_at=next_at)
        case MatchRotated(pairing_id=where, at=at):
            yield _notice(recorded, "rotated", at, pairing=where)
        case EscalationRaised() as fact if fact.by is not Actor.MANAGER:
            told = _notice(
                recorded, "escalated", fact.at, pairing=fact.pairing_id, due_at=fact.due_at
            )
            yield replace(told, row={**told.row, "part": fact.by.value})  # not the other side
        case _:
            return


@hears(SilenceBegun, SilenceStepTaken, SilenceEnded, PairingEnded)
def silence_notices(recorded: Recorded) -> Iterator[Effect]:
    """What two who do not meet are told, and the managers of their program with them."""
    match recorded.event:
        case SilenceBegun(pairing_id=where, next_at=due_at, at=at):
            told = _notice(recorded, "gone_silent", at, pairing=where, due_at=due_at)
            yield _for_managers(told)
        case SilenceStepTaken(pairing_id=where, next_at=due_at, at=at):
            told = _notice(recorded, "re_match_offered", at, pairing=where, due_at=due_at)
            yield _for_managers(told)
        case SilenceEnded(pairing_id=where, at=at):
            yield _for_managers(_notice(recorded, "silence_over", at, pairing=where))
        case PairingEnded() as fact if _in_silence(fact):
            told = _notice(recorded, "ended_in_silence", fact.at, pairing=fact.pairing_id)
            yield _for_managers(told)
        case _:
            return


@hears(SeatOffered, OrphanStepTaken, PriorityGranted)
def place_notices(recorded: Recorded) -> Iterator[Effect]:
    """What one participant is told of their place."""
    match recorded.event:
        case SeatOffered(enrollment_id=who, pairing_id=pairing, at=at):
            yield _notice(recorded, "seat_offered", at, who=who, pairing=pairing)
        case OrphanStepTaken() as fact:
            told_silent = fact.silent and fact.step is OrphanStep.TOLD
            kind = "new_partner_looked_for" if told_silent else _OF_STEP[fact.step]
            who = fact.enrollment_id
            yield _notice(
                recorded, kind, fact.at, who=who, pairing=fact.pairing_id, due_at=fact.next_at
            )
        case PriorityGranted(enrollment_id=who, at=at):
            yield _notice(recorded, "priority_granted", at, who=who)
        case _:
            return


def _in_silence(fact: PairingEnded) -> bool:
    """Whether it ended by itself because the two did not meet."""
    return fact.reason is EndReason.SILENT and fact.by is None


def _for_managers(told: Put) -> Put:
    return replace(told, row={**told.row, "for_managers": True})


def _notice(  # noqa: PLR0913  # the columns of a row
    recorded: Recorded,
    kind: str,
    at: datetime,
    *,
    who: UUID | None = None,
    pairing: UUID | None = None,
    due_at: datetime | None = None,
) -> Put:
    row = {
        "notice_id": recorded.event_id,
        "enrollment_id": who,
        "pairing_id": pairing,
        "kind": kind,
        "due_at": due_at,
        "at": at,
    }
    return Put(table="notices", row=row)

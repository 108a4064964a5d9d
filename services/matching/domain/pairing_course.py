"""What may change while two are paired: pauses, length, reviews, and calls for help."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from services.matching.domain.pairing_commands import (
    ExtendPairing,
    RaiseEscalation,
    ResolveEscalation,
    ReviewPairing,
)
from services.matching.domain.pairing_end import ended
from services.matching.domain.pairing_refusals import (
    EscalationNotDue,
    EscalationNotYours,
    EscalationOpen,
    EscalationOutcomeNotOpen,
    EscalationToSide,
    ExtensionNotLater,
    ExtensionTooLong,
    NoEndDate,
    NoEscalation,
    PairingNotUnderWay,
    PairingOnPause,
    PairingTooLong,
    ReviewNotDue,
    ReviewNotYet,
)
from services.matching.domain.pairing_silence import off_the_ladder
from services.matching.domain.pairing_state import (
    Closed,
    OnTrial,
    Open,
    Paired,
    Paused,
    Proposed,
)
from shared.events.matching import (
    Actor,
    EndReason,
    EscalationOutcome,
    EscalationOverdue,
    EscalationRaised,
    EscalationResolved,
    MatchAdjusted,
    MatchReviewDue,
    PairingEnded,
    PairingEvent,
    PairingExtended,
    PairingPaused,
    PairingResumed,
    ReviewOutcome,
    SilenceEnding,
)

SETTLING = frozenset(EscalationOutcome) - {EscalationOutcome.PAIRING_ENDED}


def pause(pairing: Open | Closed, by: Actor, now: datetime) -> Sequence[PairingEvent]:
    """Everything that runs stands still."""
    paired = _paired(pairing)
    if isinstance(paired, Paused):
        return ()
    paused = PairingPaused(pairing_id=paired.terms.pairing_id, by=by, at=now)
    return (paused, *off_the_ladder(paired, SilenceEnding.PAUSED, now))


def resume(pairing: Open | Closed, by: Actor, now: datetime) -> Sequence[PairingEvent]:
    """Every date moves by as long as the pause was."""
    paired = _paired(pairing)
    if not isinstance(paired, Paused):
        return ()
    lasted = now - paired.since
    trial = paired.before.ends_at if isinstance(paired.before, OnTrial) else None
    return (
        PairingResumed(
            pairing_id=paired.terms.pairing_id,
            by=by,
            trial_ends_at=_later(trial, lasted),
            ends_at=_later(paired.course.ends_at, lasted),
            review_at=_later(paired.course.review_at, lasted),
            at=now,
        ),
    )


def extend(pairing: Open | Closed, command: ExtendPairing, now: datetime) -> Sequence[PairingEvent]:
    """A later end, within what the program allows."""
    paired = _paired(pairing)
    ends_at = paired.course.ends_at
    if ends_at is None:
        raise NoEndDate
    if command.until == ends_at:
        return ()
    if isinstance(paired, Paused):
        raise PairingOnPause
    if command.until < ends_at:
        raise ExtensionNotLater(field="/until")
    if command.until - ends_at > timedelta(days=command.days_max):
        raise ExtensionTooLong(field="/until")
    longest = command.total_days_max
    lasts = command.until - paired.course.paired_at
    if longest is not None and lasts > timedelta(days=longest):
        raise PairingTooLong(field="/until")
    where = paired.terms.pairing_id
    return (PairingExtended(pairing_id=where, by=command.by, ends_at=command.until, at=now),)


def come_to_review(pairing: Open | Closed, now: datetime) -> Sequence[PairingEvent]:
    """Ask the two how it goes, and again after the same time."""
    paired = _paired(pairing)
    days, due = paired.terms.review_days, paired.course.review_at
    if isinstance(paired, Paused):
        raise PairingOnPause
    if days is None or due is None or now < due:
        raise ReviewNotYet
    next_at = due + timedelta(days=days)
    while next_at <= now:  # nobody looked for longer than a whole rhythm
        next_at += timedelta(days=days)
    where, number = paired.terms.pairing_id, paired.course.reviews + 1
    return (MatchReviewDue(pairing_id=where, review=number, next_at=next_at, at=now),)


def review(pairing: Open | Closed, command: ReviewPairing, now: datetime) -> Sequence[PairingEvent]:
    """Go on, do something differently, or part for a better match."""
    rematch = command.outcome is ReviewOutcome.RE_MATCH
    if rematch and isinstance(pairing, Closed) and _re_matched(pairing):
        return ()
    paired = _paired(pairing)
    course = paired.course
    if not course.review_open:
        if course.reviewed is command.outcome:
            return ()
        raise ReviewNotDue
    answered = MatchAdjusted(
        pairing_id=command.pairing_id,
        review=course.reviews,
        outcome=command.outcome,
        adjustments=command.adjustments,
        by=command.by,
        at=now,
    )
    if not rematch:
        return (answered,)
    reason = EndReason.RE_MATCHED
    return (answered, *ended(paired, reason, now, by=command.by, manager=command.manager))


def raise_escalation(
    pairing: Open | Closed, command: RaiseEscalation, now: datetime
) -> Sequence[PairingEvent]:
    """Call somebody by name, who settles it by a day."""
    paired = _paired(pairing)
    if command.to in (paired.terms.mentor_person, paired.terms.mentee_person):
        raise EscalationToSide(field="/to")
    raised = paired.course.escalation
    if raised is not None:
        if (raised.to, raised.ground, raised.by) == (command.to, command.ground, command.by):
            return ()
        raise EscalationOpen
    return (
        EscalationRaised(
            pairing_id=command.pairing_id,
            escalation=paired.course.escalations + 1,
            to=command.to,
            ground=command.ground,
            by=command.by,
            due_at=now + timedelta(days=command.days),
            text=command.text,
            at=now,
        ),
    )


def resolve_escalation(
    pairing: Open | Closed, command: ResolveEscalation, now: datetime
) -> Sequence[PairingEvent]:
    """By the one who was named, nobody else."""
    rematch = command.outcome is EscalationOutcome.RE_MATCH
    if command.outcome not in SETTLING:
        raise EscalationOutcomeNotOpen(field="/outcome")
    if rematch and isinstance(pairing, Closed) and _re_matched(pairing):
        return ()
    paired = _paired(pairing)
    raised = paired.course.escalation
    if raised is None:
        if paired.course.settled is command.outcome:
            return ()
        raise NoEscalation
    if raised.to != command.by:
        raise EscalationNotYours
    settled = EscalationResolved(
        pairing_id=command.pairing_id,
        escalation=raised.escalation,
        outcome=command.outcome,
        by=command.by,
        at=now,
    )
    if not rematch:
        return (settled,)
    without = [
        event
        for event in ended(paired, EndReason.RE_MATCHED, now, by=Actor.MANAGER, manager=command.by)
        if not isinstance(event, EscalationResolved)
    ]
    return (settled, *without)


def mark_overdue(pairing: Open | Closed, now: datetime) -> Sequence[PairingEvent]:
    """Nobody settled it by its day."""
    paired = _paired(pairing)
    raised = paired.course.escalation
    if raised is None:
        raise NoEscalation
    if paired.course.overdue:
        return ()
    if now < raised.due_at:
        raise EscalationNotDue
    where, number = raised.pairing_id, raised.escalation
    return (EscalationOverdue(pairing_id=where, escalation=number, to=raised.to, at=now),)


def _paired(pairing: Open | Closed) -> Paired:
    if isinstance(pairing, Proposed | Closed):
        raise PairingNotUnderWay
    return pairing


def _re_matched(pairing: Closed) -> bool:
    last = pairing.last
    return isinstance(last, PairingEnded) and last.reason is EndReason.RE_MATCHED


def _later(at: datetime | None, by: timedelta) -> datetime | None:
    return None if at is None else at + by

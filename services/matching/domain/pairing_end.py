"""How a trial is passed or left, and how a pairing ends."""

from collections.abc import Sequence
from datetime import datetime

from services.matching.domain.pairing_commands import (
    AnswerExitSurvey,
    EndPairing,
    LeavePairing,
    RotatePairing,
)
from services.matching.domain.pairing_proposal import decline
from services.matching.domain.pairing_refusals import (
    ExitSurveyAlreadyAnswered,
    NeverPaired,
    PairingNotEnded,
    PairingNotOnTrial,
    PairingNotPaired,
    PairingNotUnderWay,
    PairingOnPause,
    ReasonNotOpen,
    RotationSameFunction,
    RotationToSameMentor,
    SurveyAnswerInvalid,
    TermNotOver,
    TrialNotOver,
)
from services.matching.domain.pairing_state import (
    Closed,
    Confirmed,
    OnTrial,
    Open,
    Paired,
    Paused,
    Proposed,
)
from shared.events.matching import (
    Actor,
    ContinuityRequested,
    EndReason,
    EscalationOutcome,
    EscalationResolved,
    ExitSurveyAnswered,
    MatchRotated,
    PairingConfirmed,
    PairingEnded,
    PairingEvent,
    TrialConfirmed,
    TrialEnded,
)
from shared.events.vocabulary import Part
from shared.ids import PersonId

BOTH = frozenset(Part)
ANSWERS = range(1, 6)


def confirm(pairing: Open | Closed, by: Part, now: datetime) -> Sequence[PairingEvent]:
    """One side says that the trial went well."""
    if isinstance(pairing, Confirmed):
        return ()
    if isinstance(pairing, Paused) and isinstance(pairing.before, OnTrial):
        raise PairingOnPause
    if not isinstance(pairing, OnTrial):
        raise PairingNotOnTrial
    if by in pairing.confirmed:
        return ()
    where = pairing.terms.pairing_id
    confirmed = TrialConfirmed(pairing_id=where, by=by, at=now)
    if pairing.confirmed | {by} != BOTH:
        return (confirmed,)
    return (confirmed, PairingConfirmed(pairing_id=where, at=now))


def pass_trial(pairing: Open | Closed, now: datetime) -> Sequence[PairingEvent]:
    """Nobody left by its end."""
    if isinstance(pairing, Confirmed):
        return ()
    if isinstance(pairing, Paused):
        raise PairingOnPause
    if not isinstance(pairing, OnTrial):
        raise PairingNotOnTrial
    if now < pairing.ends_at:
        raise TrialNotOver
    return (PairingConfirmed(pairing_id=pairing.terms.pairing_id, at=now),)


def leave(pairing: Open | Closed, by: Part, now: datetime) -> Sequence[PairingEvent]:
    """One side leaves within the trial: no fault, and no reason asked."""
    if isinstance(pairing, Closed) and _left_on_trial(pairing):
        return ()
    if isinstance(pairing, Proposed | Closed) or not _on_trial(pairing):
        raise PairingNotOnTrial
    left = TrialEnded(pairing_id=pairing.terms.pairing_id, by=by, at=now)
    reason = EndReason.NO_REASON_GIVEN
    return (left, *ended(pairing, reason, now, by=Actor(by.value)))


def end(pairing: Open | Closed, command: EndPairing, now: datetime) -> Sequence[PairingEvent]:
    """With a coded reason that the program knows."""
    if isinstance(pairing, Closed):
        return ()
    if isinstance(pairing, Proposed):
        raise PairingNotPaired
    if command.reason not in command.open_reasons:
        raise ReasonNotOpen(field="/reason")
    return ended(pairing, command.reason, now, by=command.by, manager=command.manager)


def end_by_term(pairing: Open | Closed, now: datetime) -> Sequence[PairingEvent]:
    """Its length is over, and nobody extended it."""
    if isinstance(pairing, Closed):
        return ()
    going = going_on(pairing)
    if going.course.ends_at is None or now < going.course.ends_at:
        raise TermNotOver
    return ended(going, EndReason.TERM_OVER, now)


def going_on(pairing: Open) -> OnTrial | Confirmed:
    """The same, if a date may end it: it is not merely proposed, and not on pause."""
    if isinstance(pairing, Paused):
        raise PairingOnPause
    if isinstance(pairing, Proposed):
        raise PairingNotUnderWay
    return pairing


def go(pairing: Open | Closed, command: LeavePairing, now: datetime) -> Sequence[PairingEvent]:
    """Somebody goes: what is proposed is declined, what is paired ends."""
    if isinstance(pairing, Closed):
        return ()
    by = command.by
    if isinstance(pairing, Proposed):
        return decline(pairing, by, None, now)
    return ended(pairing, command.reason, now, by=None if by is None else Actor(by.value))


def rotate(pairing: Open | Closed, command: RotatePairing, now: datetime) -> Sequence[PairingEvent]:
    """The mentee moves on to a mentor in another function; this relation stays on record."""
    if isinstance(pairing, Closed) and _rotated(pairing):
        return ()
    if isinstance(pairing, Proposed | Closed):
        raise PairingNotUnderWay
    if command.next_mentor == pairing.terms.mentor:
        raise RotationToSameMentor(field="/mentor")
    if command.same_function:
        raise RotationSameFunction(field="/mentor")
    moved = MatchRotated(
        pairing_id=command.pairing_id,
        next_pairing=command.next_pairing,
        next_mentor=command.next_mentor,
        continuing=command.continuing,
        by=command.manager,
        at=now,
    )
    reason = EndReason.ROTATED
    return (
        moved,
        *ended(pairing, reason, now, by=Actor.MANAGER, manager=command.manager),
    )


def continue_again(pairing: Open | Closed, by: Part, now: datetime) -> Sequence[PairingEvent]:
    """One side wants the same partner in the next cycle."""
    if isinstance(pairing, Proposed) or (
        isinstance(pairing, Closed) and not isinstance(pairing.last, PairingEnded)
    ):
        raise NeverPaired
    wanted = pairing.continuity if isinstance(pairing, Closed) else pairing.course.continuity
    if by in wanted:
        return ()
    where, agreed = pairing.terms.pairing_id, wanted | {by} == BOTH
    return (ContinuityRequested(pairing_id=where, by=by, agreed=agreed, at=now),)


def answer_survey(
    pairing: Open | Closed, command: AnswerExitSurvey, now: datetime
) -> Sequence[PairingEvent]:
    """What one side makes of the end; not told to the other."""
    if not isinstance(pairing, Closed) or not isinstance(pairing.last, PairingEnded):
        raise PairingNotEnded
    for told in pairing.surveys:
        if told.by is command.by:
            if (told.reason, told.answers) == (command.reason, command.answers):
                return ()
            raise ExitSurveyAlreadyAnswered
    _check_survey(pairing.last, command)
    return (
        ExitSurveyAnswered(
            pairing_id=command.pairing_id,
            by=command.by,
            reason=command.reason,
            answers=command.answers,
            text=command.text,
            at=now,
        ),
    )


def ended(
    pairing: Paired,
    reason: EndReason,
    now: datetime,
    *,
    by: Actor | None = None,
    manager: PersonId | None = None,
) -> Sequence[PairingEvent]:
    """The end, and with it of an escalation that is still open."""
    terms = pairing.terms
    over = PairingEnded(
        pairing_id=terms.pairing_id,
        program_id=terms.program_id,
        cohort_id=terms.cohort_id,
        mentor=terms.mentor,
        mentee=terms.mentee,
        reason=reason,
        in_trial=_on_trial(pairing),
        at=now,
        by=by,
        manager=manager,
    )
    return (*_settled(pairing, now), over)


def _settled(pairing: Paired, now: datetime) -> Sequence[PairingEvent]:
    raised = pairing.course.escalation
    if raised is None:
        return ()
    return (
        EscalationResolved(
            pairing_id=raised.pairing_id,
            escalation=raised.escalation,
            outcome=EscalationOutcome.PAIRING_ENDED,
            by=None,
            at=now,
        ),
    )


def _on_trial(pairing: Paired) -> bool:
    running = pairing.before if isinstance(pairing, Paused) else pairing
    return isinstance(running, OnTrial)


def _left_on_trial(pairing: Closed) -> bool:
    return isinstance(pairing.last, PairingEnded) and pairing.last.in_trial


def _rotated(pairing: Closed) -> bool:
    last = pairing.last
    return isinstance(last, PairingEnded) and last.reason is EndReason.ROTATED


def _check_survey(last: PairingEnded, command: AnswerExitSurvey) -> None:
    if command.reason not in command.open_reasons | {last.reason}:
        raise ReasonNotOpen(field="/reason")
    asked = [told.question for told in command.answers]
    if len(set(asked)) < len(asked):
        raise SurveyAnswerInvalid(field="/answers")
    for place, told in enumerate(command.answers):
        if told.answer not in ANSWERS:
            raise SurveyAnswerInvalid(field=f"/answers/{place}/answer")

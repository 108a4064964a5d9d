"""One mentor and one mentee: proposed, accepted, tried out, confirmed, ended."""

from collections.abc import Sequence
from datetime import datetime
from typing import TypeAlias, assert_never

from services.matching.domain import pairing_course as course
from services.matching.domain import pairing_end as end
from services.matching.domain import pairing_proposal as proposal
from services.matching.domain import pairing_silence as silence
from services.matching.domain.pairing_commands import (
    AcceptPairing,
    AnswerExitSurvey,
    ApprovePairing,
    BreakSilence,
    ComeToReview,
    ConfirmTrial,
    DeclinePairing,
    EndBySilence,
    EndByTerm,
    EndPairing,
    ExpirePairing,
    ExtendPairing,
    LeavePairing,
    LeaveTrial,
    MarkEscalationOverdue,
    NoteMeeting,
    NoteMiss,
    PairingCommand,
    PassTrial,
    PausePairing,
    ProposePairing,
    RaiseEscalation,
    RequestContinuity,
    ResolveEscalation,
    ResumePairing,
    ReviewPairing,
    RotatePairing,
    SilenceCommand,
    TakeBackPairing,
    TakeReMatch,
    TakeSilenceStep,
)
from services.matching.domain.pairing_refusals import PairingUnknown
from services.matching.domain.pairing_state import (
    Closed,
    Confirmed,
    NotProposed,
    OnTrial,
    Open,
    Paired,
    Pairing,
    Paused,
    Proposed,
    evolve,
)
from shared.decider import Decider
from shared.events.matching import PairingEvent

__all__ = [
    "PAIRING",
    "Closed",
    "Confirmed",
    "NotProposed",
    "OnTrial",
    "Open",
    "Paired",
    "Pairing",
    "Paused",
    "Proposed",
    "decide",
    "evolve",
]

_Answer: TypeAlias = (
    AcceptPairing
    | ApprovePairing
    | DeclinePairing
    | TakeBackPairing
    | ExpirePairing
    | ConfirmTrial
    | PassTrial
)
_Change: TypeAlias = (
    PausePairing
    | ResumePairing
    | ExtendPairing
    | ComeToReview
    | ReviewPairing
    | RaiseEscalation
    | ResolveEscalation
    | MarkEscalationOverdue
)
_Ending: TypeAlias = (
    LeaveTrial
    | EndPairing
    | EndByTerm
    | LeavePairing
    | RotatePairing
    | RequestContinuity
    | AnswerExitSurvey
)


def decide(pairing: Pairing, command: PairingCommand, now: datetime) -> Sequence[PairingEvent]:
    if isinstance(command, ProposePairing):
        return proposal.propose(pairing, command, now)
    if isinstance(pairing, NotProposed):
        raise PairingUnknown
    if isinstance(command, _Answer):
        return _answer(pairing, command, now)
    if isinstance(command, _Change):
        return _change(pairing, command, now)
    if isinstance(command, SilenceCommand):
        return _meet(pairing, command, now)
    return _part(pairing, command, now)


def _answer(  # noqa: PLR0911  # a line a command
    pairing: Open | Closed, command: _Answer, now: datetime
) -> Sequence[PairingEvent]:
    match command:
        case AcceptPairing(by=by):
            return proposal.accept(pairing, by, now)
        case ApprovePairing(manager=manager):
            return proposal.approve(pairing, manager, now)
        case DeclinePairing(by=by, manager=manager):
            return proposal.decline(pairing, by, manager, now)
        case TakeBackPairing(by=by):
            return proposal.take_back(pairing, by, now)
        case ExpirePairing():
            return proposal.expire(pairing, now)
        case ConfirmTrial(by=by):
            return end.confirm(pairing, by, now)
        case PassTrial():
            return end.pass_trial(pairing, now)
        case _:
            assert_never(command)


def _change(  # noqa: PLR0911  # a line a command
    pairing: Open | Closed, command: _Change, now: datetime
) -> Sequence[PairingEvent]:
    match command:
        case PausePairing(by=by):
            return course.pause(pairing, by, now)
        case ResumePairing(by=by):
            return course.resume(pairing, by, now)
        case ExtendPairing():
            return course.extend(pairing, command, now)
        case ComeToReview():
            return course.come_to_review(pairing, now)
        case ReviewPairing():
            return course.review(pairing, command, now)
        case RaiseEscalation():
            return course.raise_escalation(pairing, command, now)
        case ResolveEscalation():
            return course.resolve_escalation(pairing, command, now)
        case MarkEscalationOverdue():
            return course.mark_overdue(pairing, now)
        case _:
            assert_never(command)


def _part(  # noqa: PLR0911  # a line a command
    pairing: Open | Closed, command: _Ending, now: datetime
) -> Sequence[PairingEvent]:
    match command:
        case LeaveTrial(by=by):
            return end.leave(pairing, by, now)
        case EndPairing():
            return end.end(pairing, command, now)
        case EndByTerm():
            return end.end_by_term(pairing, now)
        case LeavePairing():
            return end.go(pairing, command, now)
        case RotatePairing():
            return end.rotate(pairing, command, now)
        case RequestContinuity(by=by):
            return end.continue_again(pairing, by, now)
        case AnswerExitSurvey():
            return end.answer_survey(pairing, command, now)
        case _:
            assert_never(command)


def _meet(pairing: Open | Closed, command: SilenceCommand, now: datetime) -> Sequence[PairingEvent]:
    match command:
        case NoteMiss():
            return silence.note_miss(pairing, command, now)
        case NoteMeeting():
            return silence.note_meeting(pairing, command, now)
        case BreakSilence():
            return silence.break_silence(pairing, command, now)
        case TakeSilenceStep():
            return silence.take_step(pairing, now)
        case EndBySilence():
            return silence.end_by_silence(pairing, now)
        case TakeReMatch(by=by):
            return silence.take_re_match(pairing, by, now)
        case _:
            assert_never(command)


PAIRING: Decider[Pairing, PairingCommand, PairingEvent] = Decider(
    category="pairing",
    key=lambda command: command.pairing_id,
    initial=NotProposed(),
    evolve=evolve,
    decide=decide,
)

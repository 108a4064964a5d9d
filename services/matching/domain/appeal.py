"""One appeal: filed by a participant, decided before a day by somebody who was not involved."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import TypeAlias, assert_never
from uuid import UUID

from shared.decider import Decider
from shared.errors import NotAllowed, NotFound, Refused
from shared.events.matching import (
    AppealDecided,
    AppealEvent,
    AppealFiled,
    AppealGround,
    AppealOutcome,
    AppealOverdue,
    AppealSubject,
    AppealWithdrawn,
)
from shared.frozen import frozen
from shared.ids import CohortId, EnrollmentId, PersonId, ProgramId
from shared.sealed import Sealed


@frozen
class FileAppeal:
    appeal_id: UUID
    program_id: ProgramId
    cohort_id: CohortId
    enrollment_id: EnrollmentId
    person_id: PersonId
    subject: AppealSubject
    about: UUID
    ground: AppealGround
    involved: tuple[PersonId, ...]  # may not decide
    days: int
    text: Sealed | None = None


@frozen
class DecideAppeal:
    appeal_id: UUID
    outcome: AppealOutcome
    by: PersonId
    text: Sealed | None = None


@frozen
class WithdrawAppeal:
    appeal_id: UUID


@frozen
class MarkAppealOverdue:
    appeal_id: UUID


AppealCommand: TypeAlias = FileAppeal | DecideAppeal | WithdrawAppeal | MarkAppealOverdue


class AppealUnknown(NotFound):
    """There is no such appeal that you may see."""


class AppealFiledBefore(Refused):
    """You have contested this before: one appeal is heard for each."""


class AppealClosed(Refused):
    """This appeal was decided or taken back."""


class AppealNotYourOwn(NotAllowed):
    """Only who filed an appeal can take it back."""


class DeciderInvolved(Refused):
    """You had a part in what is contested: somebody else of the program has to decide."""


class AppealNotDue(Refused):
    """There is still time to decide this appeal."""


@frozen
class NotFiled:
    """Nobody has filed this appeal."""


@frozen
class OpenAppeal:
    terms: AppealFiled
    overdue: bool = False


@frozen
class DecidedAppeal:
    terms: AppealFiled
    decision: AppealDecided


@frozen
class WithdrawnAppeal:
    terms: AppealFiled


Appeal: TypeAlias = NotFiled | OpenAppeal | DecidedAppeal | WithdrawnAppeal


def evolve(appeal: Appeal, event: AppealEvent) -> Appeal:
    if isinstance(event, AppealFiled):
        return OpenAppeal(terms=event)
    if isinstance(appeal, NotFiled):
        return appeal
    match event:
        case AppealDecided():
            return DecidedAppeal(terms=appeal.terms, decision=event)
        case AppealWithdrawn():
            return WithdrawnAppeal(terms=appeal.terms)
        case AppealOverdue():
            return OpenAppeal(terms=appeal.terms, overdue=True)
        case _:
            assert_never(event)


def decide(appeal: Appeal, command: AppealCommand, now: datetime) -> Sequence[AppealEvent]:
    if isinstance(command, FileAppeal):
        return _file(appeal, command, now)
    if isinstance(appeal, NotFiled):
        raise AppealUnknown
    match command:
        case DecideAppeal():
            return _decide(appeal, command, now)
        case WithdrawAppeal():
            return _withdraw(appeal, now)
        case MarkAppealOverdue():
            return _mark(appeal, now)
        case _:
            assert_never(command)


def _file(appeal: Appeal, command: FileAppeal, now: datetime) -> Sequence[AppealEvent]:
    if not isinstance(appeal, NotFiled):
        if isinstance(appeal, OpenAppeal) and appeal.terms.ground is command.ground:
            return ()
        raise AppealFiledBefore
    involved = tuple(sorted(set(command.involved) | {command.person_id}))
    return (
        AppealFiled(
            appeal_id=command.appeal_id,
            program_id=command.program_id,
            cohort_id=command.cohort_id,
            enrollment_id=command.enrollment_id,
            person_id=command.person_id,
            subject=command.subject,
            about=command.about,
            ground=command.ground,
            involved=involved,
            due_at=now + timedelta(days=command.days),
            text=command.text,
            at=now,
        ),
    )


def _decide(
    appeal: OpenAppeal | DecidedAppeal | WithdrawnAppeal, command: DecideAppeal, now: datetime
) -> Sequence[AppealEvent]:
    if command.by in appeal.terms.involved:
        raise DeciderInvolved
    if isinstance(appeal, DecidedAppeal):
        said = appeal.decision
        if (said.outcome, said.by) == (command.outcome, command.by):
            return ()
        raise AppealClosed
    if isinstance(appeal, WithdrawnAppeal):
        raise AppealClosed
    return (
        AppealDecided(
            appeal_id=command.appeal_id,
            outcome=command.outcome,
            by=command.by,
            text=command.text,
            at=now,
        ),
    )


def _withdraw(
    appeal: OpenAppeal | DecidedAppeal | WithdrawnAppeal, now: datetime
) -> Sequence[AppealEvent]:
    if isinstance(appeal, WithdrawnAppeal):
        return ()
    if isinstance(appeal, DecidedAppeal):
        raise AppealClosed
    return (AppealWithdrawn(appeal_id=appeal.terms.appeal_id, at=now),)


def _mark(
    appeal: OpenAppeal | DecidedAppeal | WithdrawnAppeal, now: datetime
) -> Sequence[AppealEvent]:
    if not isinstance(appeal, OpenAppeal):
        raise AppealClosed
    if appeal.overdue:
        return ()
    terms = appeal.terms
    if now < terms.due_at:
        raise AppealNotDue
    return (
        AppealOverdue(
            appeal_id=terms.appeal_id,
            program_id=terms.program_id,
            cohort_id=terms.cohort_id,
            at=now,
        ),
    )


APPEAL: Decider[Appeal, AppealCommand, AppealEvent] = Decider(
    category="appeal",
    key=lambda command: command.appeal_id,
    initial=NotFiled(),
    evolve=evolve,
    decide=decide,
)

"""One mentor and one mentee: proposed, accepted by both, tried out, confirmed, ended."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import TypeAlias, assert_never

from services.matching.domain.pairing_commands import (
    AcceptPairing,
    ConfirmTrial,
    DeclinePairing,
    EndPairing,
    ExpirePairing,
    LeavePairing,
    LeaveTrial,
    PairingCommand,
    PassTrial,
    ProposePairing,
)
from services.matching.domain.pairing_refusals import (
    HardRuleBroken,
    PairingAlreadyProposed,
    PairingClosed,
    PairingNotOnTrial,
    PairingNotPaired,
    PairingNotProposed,
    PairingUnknown,
    ProposalNotDue,
    ReasonNotOpen,
    TrialNotOver,
)
from shared.decider import Decider
from shared.events.matching import (
    EndReason,
    PairingAccepted,
    PairingConfirmed,
    PairingDeclined,
    PairingEnded,
    PairingEvent,
    PairingExpired,
    PairingProposed,
    ParticipantsPaired,
    TrialConfirmed,
    TrialEnded,
    TrialStarted,
)
from shared.events.vocabulary import Part
from shared.frozen import frozen

BOTH = frozenset(Part)


@frozen
class NotProposed:
    """Nobody has proposed this pairing."""


@frozen
class Proposed:
    terms: PairingProposed
    accepted: frozenset[Part] = frozenset()


@frozen
class OnTrial:
    terms: PairingProposed
    ends_at: datetime
    confirmed: frozenset[Part] = frozenset()


@frozen
class Confirmed:
    terms: PairingProposed


@frozen
class Closed:
    """Declined, expired, or ended: `last` says which."""

    terms: PairingProposed
    last: PairingDeclined | PairingExpired | PairingEnded


Open: TypeAlias = Proposed | OnTrial | Confirmed
Pairing: TypeAlias = NotProposed | Open | Closed


def evolve(  # noqa: PLR0911  # a line an event
    pairing: Pairing, event: PairingEvent
) -> Pairing:
    if isinstance(event, PairingProposed):
        return Proposed(terms=event)
    if isinstance(pairing, NotProposed):
        return pairing
    terms = pairing.terms
    match event:
        case PairingAccepted(by=by):
            accepted = pairing.accepted if isinstance(pairing, Proposed) else frozenset[Part]()
            return Proposed(terms=terms, accepted=accepted | {by})
        case TrialStarted(ends_at=ends_at):
            return OnTrial(terms=terms, ends_at=ends_at)
        case TrialConfirmed(by=by) if isinstance(pairing, OnTrial):
            confirmed = pairing.confirmed | {by}
            return OnTrial(terms=terms, ends_at=pairing.ends_at, confirmed=confirmed)
        case PairingConfirmed():
            return Confirmed(terms=terms)
        case PairingDeclined() | PairingExpired() | PairingEnded():
            return Closed(terms=terms, last=event)
        case ParticipantsPaired() | TrialConfirmed() | TrialEnded():
            return pairing  # TrialStarted and PairingEnded say the rest
        case _:
            assert_never(event)


def decide(  # noqa: C901, PLR0911  # a line a command
    pairing: Pairing, command: PairingCommand, now: datetime
) -> Sequence[PairingEvent]:
    if isinstance(command, ProposePairing):
        return _propose(pairing, command, now)
    if isinstance(pairing, NotProposed):
        raise PairingUnknown
    match command:
        case AcceptPairing(by=by):
            return _accept(pairing, by, now)
        case DeclinePairing(by=by):
            return _decline(pairing, by, now)
        case ExpirePairing():
            return _expire(pairing, now)
        case ConfirmTrial(by=by):
            return _confirm(pairing, by, now)
        case PassTrial():
            return _pass(pairing, now)
        case LeaveTrial(by=by):
            return _leave(pairing, by, now)
        case EndPairing():
            return _end(pairing, command, now)
        case LeavePairing(by=by, reason=reason):
            return _go(pairing, by, reason, now)
        case _:
            assert_never(command)


def _propose(pairing: Pairing, command: ProposePairing, now: datetime) -> Sequence[PairingEvent]:
    if not isinstance(pairing, NotProposed):
        if (pairing.terms.mentor, pairing.terms.mentee) != (command.mentor, command.mentee):
            raise PairingAlreadyProposed
        if isinstance(pairing, Closed):
            raise PairingClosed
        return ()
    if command.broken_rules:
        raise HardRuleBroken(", ".join(command.broken_rules))
    return (
        PairingProposed(
            pairing_id=command.pairing_id,
            program_id=command.program_id,
            cohort_id=command.cohort_id,
            mentor=command.mentor,
            mentee=command.mentee,
            mentor_person=command.mentor_person,
            mentee_person=command.mentee_person,
            run_id=command.run_id,
            score=command.score,
            cross_functional=command.cross_functional,
            answer_by=now + timedelta(days=command.answer_days),
            trial_days=command.trial_days,
            at=now,
            format=command.format,
        ),
    )


def _accept(pairing: Open | Closed, by: Part, now: datetime) -> Sequence[PairingEvent]:
    if isinstance(pairing, OnTrial | Confirmed):
        return ()  # accepted by both before
    if not isinstance(pairing, Proposed):
        raise PairingNotProposed
    if by in pairing.accepted:
        return ()
    terms = pairing.terms
    accepted = PairingAccepted(pairing_id=terms.pairing_id, by=by, at=now)
    if pairing.accepted | {by} != BOTH:
        return (accepted,)
    ends_at = now + timedelta(days=terms.trial_days)
    trial = TrialStarted(pairing_id=terms.pairing_id, ends_at=ends_at, at=now)
    return (accepted, _paired(terms, now), trial)


def _paired(terms: PairingProposed, now: datetime) -> ParticipantsPaired:
    return ParticipantsPaired(
        pairing_id=terms.pairing_id,
        program_id=terms.program_id,
        cohort_id=terms.cohort_id,
        mentor=terms.mentor,
        mentee=terms.mentee,
        mentor_person=terms.mentor_person,
        mentee_person=terms.mentee_person,
        cross_functional=terms.cross_functional,
        at=now,
        format=terms.format,
    )


def _decline(pairing: Open | Closed, by: Part, now: datetime) -> Sequence[PairingEvent]:
    if isinstance(pairing, Closed) and isinstance(pairing.last, PairingDeclined):
        return ()
    if not isinstance(pairing, Proposed):
        raise PairingNotProposed
    return (PairingDeclined(pairing_id=pairing.terms.pairing_id, by=by, at=now),)


def _expire(pairing: Open | Closed, now: datetime) -> Sequence[PairingEvent]:
    if isinstance(pairing, Closed) and isinstance(pairing.last, PairingExpired):
        return ()
    if not isinstance(pairing, Proposed):
        raise PairingNotProposed
    if now < pairing.terms.answer_by:
        raise ProposalNotDue
    return (PairingExpired(pairing_id=pairing.terms.pairing_id, at=now),)


def _confirm(pairing: Open | Closed, by: Part, now: datetime) -> Sequence[PairingEvent]:
    if isinstance(pairing, Confirmed):
        return ()
    if not isinstance(pairing, OnTrial):
        raise PairingNotOnTrial
    if by in pairing.confirmed:
        return ()
    where = pairing.terms.pairing_id
    confirmed = TrialConfirmed(pairing_id=where, by=by, at=now)
    if pairing.confirmed | {by} != BOTH:
        return (confirmed,)
    return (confirmed, PairingConfirmed(pairing_id=where, at=now))


def _pass(pairing: Open | Closed, now: datetime) -> Sequence[PairingEvent]:
    if isinstance(pairing, Confirmed):
        return ()
    if not isinstance(pairing, OnTrial):
        raise PairingNotOnTrial
    if now < pairing.ends_at:
        raise TrialNotOver
    return (PairingConfirmed(pairing_id=pairing.terms.pairing_id, at=now),)


def _leave(pairing: Open | Closed, by: Part, now: datetime) -> Sequence[PairingEvent]:
    if isinstance(pairing, Closed) and _left_on_trial(pairing):
        return ()
    if not isinstance(pairing, OnTrial):
        raise PairingNotOnTrial
    left = TrialEnded(pairing_id=pairing.terms.pairing_id, by=by, at=now)
    return (left, _ended(pairing.terms, EndReason.NO_REASON_GIVEN, now, in_trial=True))


def _left_on_trial(pairing: Closed) -> bool:
    return isinstance(pairing.last, PairingEnded) and pairing.last.in_trial


def _end(pairing: Open | Closed, command: EndPairing, now: datetime) -> Sequence[PairingEvent]:
    if isinstance(pairing, Closed):
        return ()
    if isinstance(pairing, Proposed):
        raise PairingNotPaired
    if command.reason not in command.open_reasons:
        raise ReasonNotOpen(field="/reason")
    on_trial = isinstance(pairing, OnTrial)
    return (_ended(pairing.terms, command.reason, now, in_trial=on_trial),)


def _go(
    pairing: Open | Closed, by: Part, reason: EndReason, now: datetime
) -> Sequence[PairingEvent]:
    if isinstance(pairing, Closed):
        return ()
    if isinstance(pairing, Proposed):
        return _decline(pairing, by, now)
    return (_ended(pairing.terms, reason, now, in_trial=isinstance(pairing, OnTrial)),)


def _ended(
    terms: PairingProposed, reason: EndReason, now: datetime, *, in_trial: bool
) -> PairingEnded:
    return PairingEnded(
        pairing_id=terms.pairing_id,
        program_id=terms.program_id,
        cohort_id=terms.cohort_id,
        mentor=terms.mentor,
        mentee=terms.mentee,
        reason=reason,
        in_trial=in_trial,
        at=now,
    )


PAIRING: Decider[Pairing, PairingCommand, PairingEvent] = Decider(
    category="pairing",
    key=lambda command: command.pairing_id,
    initial=NotProposed(),
    evolve=evolve,
    decide=decide,
)

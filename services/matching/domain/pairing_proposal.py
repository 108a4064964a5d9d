"""A proposal and its answers: who has to say yes, in which order, and until when."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from services.matching.domain.pairing_commands import ProposePairing
from services.matching.domain.pairing_refusals import (
    ApprovalNotAsked,
    ApprovalOutOfTurn,
    HardRuleBroken,
    PairingAlreadyProposed,
    PairingAnswered,
    PairingClosed,
    PairingNotProposed,
    PairNotOpen,
    ProposalExpired,
    ProposalNotDue,
)
from services.matching.domain.pairing_state import Closed, NotProposed, Open, Pairing, Proposed
from shared.events.matching import (
    Approver,
    PairingAccepted,
    PairingApproved,
    PairingConfirmed,
    PairingDeclined,
    PairingEvent,
    PairingExpired,
    PairingFormat,
    PairingProposed,
    ParticipantsPaired,
    TrialStarted,
)
from shared.events.vocabulary import Part
from shared.ids import PersonId


def propose(pairing: Pairing, command: ProposePairing, now: datetime) -> Sequence[PairingEvent]:
    """Ask both; where nobody has to approve, they are paired at once."""
    if not isinstance(pairing, NotProposed):
        if (pairing.terms.mentor, pairing.terms.mentee) != (command.mentor, command.mentee):
            raise PairingAlreadyProposed
        if isinstance(pairing, Closed):
            raise PairingClosed
        return ()
    if command.broken_rules:
        raise HardRuleBroken(", ".join(command.broken_rules))
    if not command.is_open:
        raise PairNotOpen
    proposed = _proposed(command, now)
    return (proposed, *(() if proposed.approvals else _paired(proposed, now)))


def accept(pairing: Open | Closed, by: Part, now: datetime) -> Sequence[PairingEvent]:
    """One of the two says yes."""
    if not isinstance(pairing, Proposed | Closed):
        return ()  # accepted by all before
    asked = _waiting(pairing, now)
    if by in asked.accepted:
        return ()
    _check_turn(asked, Approver(by.value))
    accepted = PairingAccepted(pairing_id=asked.terms.pairing_id, by=by, at=now)
    return (accepted, *_paired_by(asked, Approver(by.value), now))


def approve(pairing: Open | Closed, manager: PersonId, now: datetime) -> Sequence[PairingEvent]:
    """A manager of the program says yes."""
    if not isinstance(pairing, Proposed | Closed):
        return ()
    asked = _waiting(pairing, now)
    if asked.approved:
        return ()
    _check_turn(asked, Approver.MANAGER)
    approved = PairingApproved(pairing_id=asked.terms.pairing_id, by=manager, at=now)
    return (approved, *_paired_by(asked, Approver.MANAGER, now))


def decline(
    pairing: Open | Closed, by: Part | None, manager: PersonId | None, now: datetime
) -> Sequence[PairingEvent]:
    """Anybody who is asked may say no, and either side although it was not asked."""
    if isinstance(pairing, Closed) and isinstance(pairing.last, PairingDeclined):
        return ()
    if isinstance(pairing, Closed) and isinstance(pairing.last, PairingExpired):
        raise ProposalExpired
    if not isinstance(pairing, Proposed):
        raise PairingNotProposed
    where = pairing.terms.pairing_id
    return (PairingDeclined(pairing_id=where, by=by, manager=manager, at=now),)


def take_back(pairing: Open | Closed, by: Part, now: datetime) -> Sequence[PairingEvent]:
    """No answer is waited for any longer; one that came meanwhile stands."""
    if not isinstance(pairing, Proposed):
        raise PairingAnswered
    return decline(pairing, by, None, now)


def expire(pairing: Open | Closed, now: datetime) -> Sequence[PairingEvent]:
    """The time to answer is over."""
    if isinstance(pairing, Closed) and isinstance(pairing.last, PairingExpired):
        return ()
    if not isinstance(pairing, Proposed):
        raise PairingNotProposed
    if now < pairing.terms.answer_by:
        raise ProposalNotDue
    return (PairingExpired(pairing_id=pairing.terms.pairing_id, at=now),)


def not_silent(
    approvals: Sequence[Approver], said: frozenset[Approver], *, in_order: bool
) -> frozenset[Part]:
    """Who is not to blame that a proposal ran out: who said yes, and who was not asked yet.

    Args:
        approvals: who has to say yes, in their order.
        said: who has.
        in_order: whether each is asked when the one before has said yes.
    """
    missing = [who for who in approvals if who not in said]
    silent = set(missing[:1] if in_order else missing)
    return frozenset(part for part in Part if Approver(part.value) not in silent)


def _waiting(pairing: Proposed | Closed, now: datetime) -> Proposed:
    """The proposal, if it still waits for answers."""
    if isinstance(pairing, Closed):
        raise ProposalExpired if isinstance(pairing.last, PairingExpired) else PairingNotProposed
    if now >= pairing.terms.answer_by:
        raise ProposalExpired
    return pairing


def _said(asked: Proposed) -> frozenset[Approver]:
    said = frozenset(Approver(part.value) for part in asked.accepted)
    return said | {Approver.MANAGER} if asked.approved else said


def _check_turn(asked: Proposed, approver: Approver) -> None:
    terms = asked.terms
    if approver not in terms.approvals:
        raise ApprovalNotAsked
    if not terms.approvals_in_order:
        return
    before = terms.approvals[: terms.approvals.index(approver)]
    if not _said(asked).issuperset(before):
        raise ApprovalOutOfTurn


def _paired_by(asked: Proposed, approver: Approver, now: datetime) -> Sequence[PairingEvent]:
    """What this yes leads to: nothing yet, or all that begins when it was the last one."""
    if not (_said(asked) | {approver}).issuperset(asked.terms.approvals):
        return ()
    return _paired(asked.terms, now)


def _proposed(command: ProposePairing, now: datetime) -> PairingProposed:
    return PairingProposed(
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
        approvals=command.approvals,
        approvals_in_order=command.approvals_in_order,
        review_days=command.review_days,
        pairing_days=command.pairing_days,
        offered=command.offered,
    )


def _paired(terms: PairingProposed, now: datetime) -> Sequence[PairingEvent]:
    where = terms.pairing_id
    paired = ParticipantsPaired(
        pairing_id=where,
        program_id=terms.program_id,
        cohort_id=terms.cohort_id,
        mentor=terms.mentor,
        mentee=terms.mentee,
        mentor_person=terms.mentor_person,
        mentee_person=terms.mentee_person,
        cross_functional=terms.cross_functional,
        at=now,
        format=terms.format,
        ends_at=_after(now, terms.pairing_days),
        review_at=_after(now, terms.review_days),
    )
    if terms.format is PairingFormat.FLASH:  # shorter than any trial
        return (paired, PairingConfirmed(pairing_id=where, at=now))
    ends_at = now + timedelta(days=terms.trial_days)
    return (paired, TrialStarted(pairing_id=where, ends_at=ends_at, at=now))


def _after(now: datetime, days: int | None) -> datetime | None:
    return None if days is None else now + timedelta(days=days)

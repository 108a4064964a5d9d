"""What happens when a proposal, a trial, a pairing, a break or a review comes to its day."""

from services.matching.domain import closing
from services.matching.domain.appeal import APPEAL, MarkAppealOverdue
from services.matching.domain.pairing_commands import (
    ComeToReview,
    EndByTerm,
    ExpirePairing,
    MarkEscalationOverdue,
    PassTrial,
)
from services.matching.domain.pairing_proposal import not_silent
from services.matching.domain.roster_commands import BeginAway, EndBreak
from services.matching.queries import pool
from services.matching.reactions.steps import Steps, of_pairing, of_rosters, sides_of
from shared.command_handler import Step
from shared.database import Database
from shared.deadlines import Due
from shared.events.matching import EndReason
from shared.ids import EnrollmentId, PairingId


async def expire_proposal(due: Due, db: Database) -> Steps:
    """Not all said yes in time: both seats are free again, and who was silent has no priority."""
    pair = await pool.pair(db, due.tenant, due.subject)
    if pair is None:
        return ()
    blameless = not_silent(pair.approvals, pair.said, in_order=pair.approvals_in_order)
    seats = closing.after_expiry(sides_of(pair), blameless)
    return (of_pairing(ExpirePairing(pairing_id=pair.pairing_id)), *of_rosters(seats))


async def pass_trial(due: Due, _: Database) -> Steps:
    """Nobody left within the trial: the pairing goes on."""
    return (of_pairing(PassTrial(pairing_id=PairingId(due.subject))),)


async def end_term(due: Due, db: Database) -> Steps:
    """Its length is over, and nobody extended it: a good end."""
    pair = await pool.pair(db, due.tenant, due.subject)
    if pair is None:
        return ()
    seats = closing.after_end(sides_of(pair), EndReason.TERM_OVER, None)
    return (of_pairing(EndByTerm(pairing_id=pair.pairing_id)), *of_rosters(seats))


async def come_to_review(due: Due, _: Database) -> Steps:
    """The two are asked how it goes."""
    return (of_pairing(ComeToReview(pairing_id=PairingId(due.subject))),)


async def mark_escalation_overdue(due: Due, _: Database) -> Steps:
    """Nobody settled it by its day."""
    return (of_pairing(MarkEscalationOverdue(pairing_id=PairingId(due.subject))),)


async def mark_appeal_overdue(due: Due, _: Database) -> Steps:
    """Nobody decided it by its day."""
    return (Step(decider=APPEAL, command=MarkAppealOverdue(appeal_id=due.subject)),)


async def end_break(due: Due, _: Database) -> Steps:
    """Whoever paused until today is back."""
    return of_rosters([EndBreak(enrollment_id=EnrollmentId(due.subject))])


async def begin_away(due: Due, _: Database) -> Steps:
    """Whoever said they would be away from today on takes nobody new."""
    return of_rosters([BeginAway(enrollment_id=EnrollmentId(due.subject))])

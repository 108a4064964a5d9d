"""What happens when a proposal or a trial comes to the end of its time."""

from services.matching.domain import closing
from services.matching.domain.pairing_commands import ExpirePairing, PassTrial
from services.matching.domain.pairing_proposal import not_silent
from services.matching.queries import pool
from services.matching.reactions.steps import Steps, of_pairing, of_rosters, sides_of
from shared.database import Database
from shared.deadlines import Due
from shared.ids import PairingId


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

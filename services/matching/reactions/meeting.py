"""What sessions tells of meetings, and what follows for two who do not meet."""

from datetime import datetime

from services.matching.domain import closing
from services.matching.domain.pairing_commands import (
    BreakSilence,
    EndBySilence,
    NoteMeeting,
    NoteMiss,
    TakeSilenceStep,
)
from services.matching.queries import breaks, candidates, pool
from services.matching.queries.pool import Pair
from services.matching.reactions.steps import Steps, of_pairing, of_rosters, sides_of
from shared.database import Database
from shared.deadlines import Due
from shared.envelope import Recorded
from shared.events.matching import ParticipantPaused, SilenceBegun, SilenceStep
from shared.events.sessions import CadenceMissed, SessionHeld
from shared.ids import TenantId


async def hear_of_meetings(recorded: Recorded, db: Database) -> Steps:
    """A date that went by, or a session that was held; its place in the journey orders the two."""
    match recorded.event:
        case CadenceMissed(pairing_id=where) as missed:
            pair = await pool.pair(db, recorded.tenant, where)
            return () if pair is None else await _missed(recorded, db, pair, missed)
        case SessionHeld(pairing_id=where):
            if await pool.pair(db, recorded.tenant, where) is None:
                return ()
            return (of_pairing(NoteMeeting(pairing_id=where, told=recorded.version)),)
        case _:
            return ()


async def excuse_the_absent(recorded: Recorded, db: Database) -> Steps:
    """Who goes on a break owes nobody a meeting for as long."""
    match recorded.event:
        case ParticipantPaused(enrollment_id=who, at=at):
            return [
                of_pairing(BreakSilence(pairing_id=pair.pairing_id, since=at))
                for pair in await pool.open_pairs_of(db, recorded.tenant, who)
            ]
        case SilenceBegun(pairing_id=where, at=at):  # as they went, and neither saw the other
            pair = await pool.pair(db, recorded.tenant, where)
            return () if pair is None else await _broken(db, recorded.tenant, pair, at)
        case _:
            return ()


async def take_silence_step(due: Due, db: Database) -> Steps:
    """The next step for two who do not meet, unless one of them is away by now."""
    pair = await pool.pair(db, due.tenant, due.subject)
    if pair is None:
        return ()
    where = pair.pairing_id
    if broken := await _broken(db, due.tenant, pair, due.due_at):
        return broken
    if due.payload.get("step") != SilenceStep.ENDED.value:
        return (of_pairing(TakeSilenceStep(pairing_id=where)),)
    seats = closing.after_silence(sides_of(pair))
    return (of_pairing(EndBySilence(pairing_id=where)), *of_rosters(seats))


async def _broken(db: Database, tenant: TenantId, pair: Pair, at: datetime) -> Steps:
    """No further step where one of the two is away."""
    if not await breaks.away_since(db, tenant, (pair.mentor, pair.mentee), at):
        return ()
    return (of_pairing(BreakSilence(pairing_id=pair.pairing_id, since=at)),)


async def _missed(recorded: Recorded, db: Database, pair: Pair, missed: CadenceMissed) -> Steps:
    policy = await candidates.policy(db, recorded.tenant, pair.program_id)
    if policy is None:
        return ()
    since = missed.due_at - (missed.next_session_by - missed.due_at)  # one rhythm before
    sides = (pair.mentor, pair.mentee)
    command = NoteMiss(
        pairing_id=pair.pairing_id,
        told=recorded.version,
        due_at=missed.due_at,
        since=since,
        excused=await breaks.away_since(db, recorded.tenant, sides, since),
        warn_after=policy.silence_warn_after,
        offer_days=policy.silence_offer_after_days,
        end_days=policy.silence_end_after_days,
    )
    return (of_pairing(command),)

"""A publication that was broken off goes on until everybody has been told."""

from functools import partial
from typing import Any

from services.matching.domain.matching_run import RUN
from services.matching.domain.pairing_commands import ProposePairing
from services.matching.domain.publication import LeftOut, sorted_out, still_left
from services.matching.domain.roster import Waitlist
from services.matching.domain.run_commands import CompletePublication
from services.matching.domain.run_turn import RUN_TURN, EndTurn
from services.matching.domain.seating import proposing
from services.matching.queries import candidates, publication
from services.matching.queries.publication import RunToTell
from services.matching.reactions.steps import Steps, of_rosters
from shared.command_handler import CommandHandler, Step
from shared.database import Database
from shared.deadlines import Due, Errand
from shared.envelope import Cause
from shared.errors import MentorshipError
from shared.events.matching import MatchingPolicySet
from shared.frozen import frozen
from shared.ids import TenantId

PAIRS_AT_ONCE = 50  # looked up together


@frozen
class _Telling:
    """A publication that is gone on with."""

    db: Database
    tenant: TenantId
    run: RunToTell
    policy: MatchingPolicySet


async def finish_publication(due: Due, db: Database) -> Steps | Errand:
    """Tell whoever has not been told, where the request that published did not live to do it."""
    run = await publication.run_to_tell(db, due.tenant, due.subject)
    if run is None:
        return ()
    policy = await candidates.policy(db, due.tenant, run.program_id, run.policy_version)
    if policy is None:
        return ()
    telling = _Telling(db=db, tenant=due.tenant, run=run, policy=policy)
    return Errand(do=partial(_tell, telling))


async def _tell(telling: _Telling, handler: CommandHandler, cause: Cause) -> None:
    db, tenant, run = telling.db, telling.tenant, telling.run
    possible, left = sorted_out(await publication.to_tell(db, tenant, run.run_id))
    left_out = list(left)
    for start in range(0, len(possible), PAIRS_AT_ONCE):
        some = possible[start : start + PAIRS_AT_ONCE]
        found = await publication.proposals(db, tenant, telling.policy, run, some)
        asked = [
            (pair, of_rosters(proposing(each)))
            for pair, each in zip(some, found, strict=True)
            if isinstance(each, ProposePairing)
        ]
        left_out += [each for each in found if isinstance(each, LeftOut)]
        refusals = await handler.execute_groups(cause, [steps for _, steps in asked])
        left_out += [
            LeftOut(pair=pair, why=type(refusal))
            for (pair, _), refusal in zip(asked, refusals, strict=True)
            if refusal is not None
        ]
    waitlisted = await _waitlist(telling, handler, cause)
    left_out = list(still_left(left_out, await publication.to_tell(db, tenant, run.run_id)))
    complete = CompletePublication(
        run_id=run.run_id,
        proposed=await publication.made(db, tenant, run.run_id),
        waitlisted=waitlisted,
        left_out=tuple(each.told() for each in left_out),
    )
    end = EndTurn(cohort_id=run.cohort_id, run_id=run.run_id)
    done = Step(decider=RUN, command=complete), Step(decider=RUN_TURN, command=end)
    await handler.execute(cause, done)


async def _waitlist(telling: _Telling, handler: CommandHandler, cause: Cause) -> int:
    run = telling.run
    people = await publication.to_waitlist(telling.db, telling.tenant, run.run_id)
    steps: list[Step[Any, Any, Any]] = of_rosters(
        Waitlist(enrollment_id=who.mentee, run_id=run.run_id, reason=who.reason)
        for who in people
        if who.can_wait
    )
    results = await handler.execute_each(cause, steps)
    return sum(not isinstance(result, MentorshipError) for result in results)

"""A run is worked out in a process of its own, so that neither requests nor other loops wait."""

import asyncio
import logging
import secrets
from functools import partial
from typing import Any

from services.matching.domain.freezing import fault_of
from services.matching.domain.matching_run import RUN
from services.matching.domain.run_commands import CompleteRun, FailRun
from services.matching.domain.run_record import About
from services.matching.domain.run_turn import RUN_TURN, EndTurn
from services.matching.domain.solved import ENGINE, STAGES, NobodyAllowed
from services.matching.queries import candidates, freezing, records
from services.matching.queries.freezing import Frozen
from services.matching.queries.runs import requested_run, state_of
from services.matching.reactions import elsewhere
from services.matching.reactions.elsewhere import Answer, NotWanted, WorkerLost
from services.matching.reactions.steps import Steps, of_rosters
from shared.command_handler import Step
from shared.database import Database
from shared.deadlines import Due
from shared.envelope import Recorded
from shared.errors import Refused
from shared.events.matching import (
    MatchingPolicySet,
    MatchingRunCancelled,
    MatchingRunCompleted,
    MatchingRunFailed,
    MatchingRunRequested,
    RuleCount,
)
from shared.frozen import frozen
from shared.http import operations
from shared.ids import TenantId

log = logging.getLogger(__name__)

RUN_SECONDS_MAX = 900.0
TRIES_MAX = 3  # of a run whose process ends without an answer, as for want of memory
CLAIMS_MAX = 5  # of a run that the service itself may not survive, or it would never come back
COMPUTING = "computing"
WORKER_LOST = "worker_lost"
SALT_BYTES = 32


class RunFailed(Refused):
    """The matching run could not be worked out; its reason is on the run."""


class NobodyAllowedAnybody(Refused):
    """The rules of this policy leave nobody anybody: loosen one, as the run's `rules` count."""


class PoolEmptied(Refused):
    """When the run began there was nobody left to pair: wait until somebody joins."""


class LockNotPossible(Refused):
    """When the run began a locked pair was no longer possible: ask again without it."""


class RunCancelled(Refused):
    """The run was called off before it was worked out."""


_FAILURES: dict[str, type[Refused]] = {
    "nobody_allowed": NobodyAllowedAnybody,
    "nobody_to_pair": PoolEmptied,
    "lock_not_possible": LockNotPossible,
}


@frozen
class _Work:
    """One run that is being worked out."""

    db: Database
    tenant: TenantId
    request: MatchingRunRequested
    policy: MatchingPolicySet
    seed: bytes


async def compute_run(due: Due, db: Database) -> Steps:
    """Freeze what the run looks at and work it out; what cannot be is failed, not retried."""
    request = await requested_run(db, due.tenant, due.subject)
    if request is None:
        return ()
    policy = request.policy or await candidates.policy(
        db, due.tenant, request.program_id, request.policy_version
    )
    if policy is None:
        return _failed(request, "no_policy")
    seed = await freezing.seed_of(db, due.tenant, request.run_id)
    if due.attempt > CLAIMS_MAX:
        return _failed(request, WORKER_LOST, seed=seed or b"")
    work = _Work(
        db=db, tenant=due.tenant, request=request, policy=policy, seed=seed or request.run_id.bytes
    )
    pool = await freezing.frozen_pool(db, due.tenant, request, policy, work.seed)
    fault = fault_of(pool.source)
    if fault is not None:
        return _failed(request, fault, seed=work.seed)
    return await _computed(work, pool)


async def _computed(work: _Work, pool: Frozen) -> Steps:
    request, run_id = work.request, work.request.run_id
    try:
        async with asyncio.timeout(RUN_SECONDS_MAX):
            answer = await _answer_of_any(work, pool)
    except NotWanted:
        return ()
    except TimeoutError:
        return _failed(request, "took_too_long", seed=work.seed)
    except WorkerLost:
        return _failed(request, WORKER_LOST, seed=work.seed)
    if isinstance(answer, NobodyAllowed):
        return _failed(request, "nobody_allowed", seed=work.seed, rules=answer.rules)
    complete = CompleteRun(run_id=run_id, solution=answer.solution)
    keep = partial(records.keep, run_id, answer.record)
    steps = (Step(decider=RUN, command=complete, beside=keep), _turn_ended(request))
    if request.policy is not None:
        return steps  # seats follow the program's own policy
    changes = await candidates.seats_to_change(work.db, work.tenant, request.cohort_id, work.policy)
    return (*steps, *of_rosters(changes))


async def _answer_of_any(work: _Work, pool: Frozen) -> Answer:
    """The answer of the first process that lives to give one.

    Raises:
        WorkerLost: none of `TRIES_MAX` did.
    """
    tried = 0
    while True:
        try:
            return await _answer(work, pool)
        except WorkerLost:
            tried += 1
            told = {"run_id": str(work.request.run_id), "attempt": tried}
            log.warning("run lost its worker", extra=told)
            if tried == TRIES_MAX:
                raise


async def _answer(work: _Work, pool: Frozen) -> Answer:
    about = About(
        run_id=work.request.run_id,
        as_of=pool.as_of,
        seed=work.seed,
        salt=secrets.token_bytes(SALT_BYTES),
        engine=dict(ENGINE),  # it travels to another process
    )
    counts = {"mentees": len(pool.source.mentees), "mentors": len(pool.source.mentors)}
    counts["seats"] = sum(max(0, who.free) for who in pool.source.mentors)
    reached = counts | dict.fromkeys(STAGES, 0)
    hear = partial(_tell, work, reached)
    await hear(STAGES[0])
    return await elsewhere.solved(pool.source, about, hear, partial(_is_wanted, work))


async def _tell(work: _Work, reached: dict[str, int], stage: str) -> None:
    reached[stage] = 1
    await operations.progress(work.db, work.tenant, work.request.run_id, reached)


async def _is_wanted(work: _Work) -> bool:
    return await state_of(work.db, work.tenant, work.request.run_id) == COMPUTING


def _failed(
    request: MatchingRunRequested,
    reason: str,
    *,
    seed: bytes = b"",
    rules: tuple[RuleCount, ...] = (),
) -> Steps:
    fail = FailRun(run_id=request.run_id, reason=reason, rules=rules, lottery_seed=seed.hex())
    return (Step(decider=RUN, command=fail), _turn_ended(request))


def _turn_ended(request: MatchingRunRequested) -> Step[Any, Any, Any]:
    end = EndTurn(cohort_id=request.cohort_id, run_id=request.run_id)
    return Step(decider=RUN_TURN, command=end)


async def report_run(recorded: Recorded, db: Database) -> Steps:
    """Tell who asked for a run how it went."""
    match recorded.event:
        case MatchingRunCompleted(run_id=run_id):
            await operations.succeed(db, recorded.tenant, run_id, f"/v1/matching-runs/{run_id}")
        case MatchingRunFailed() as fact:
            await operations.fail(db, recorded.tenant, fact.run_id, _failure(fact))
        case MatchingRunCancelled(run_id=run_id):
            await operations.fail(db, recorded.tenant, run_id, RunCancelled())
        case _:
            pass
    return ()


def _failure(fact: MatchingRunFailed) -> Refused:
    known = _FAILURES.get(fact.reason)
    if known is None:
        return RunFailed(f"The run could not be worked out: {fact.reason}.")
    counts = ", ".join(f"{rule.rule} forbids {rule.pairs}" for rule in fact.rules)
    return known(f"{known.__doc__} Of all pairs: {counts}." if counts else "")

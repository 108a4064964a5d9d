"""A run is worked out in a process of its own, so that neither requests nor other loops wait."""

import asyncio
import logging
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import get_context

from services.matching.domain.assignment import AssignmentUnsolved
from services.matching.domain.matching_run import RUN, CompleteRun, FailRun
from services.matching.domain.pool import RunInput
from services.matching.domain.solution import Solution, solve
from services.matching.queries import candidates
from services.matching.queries.runs import requested_run
from services.matching.reactions.steps import Steps, of_rosters
from shared.command_handler import Step
from shared.database import Database
from shared.deadlines import Due
from shared.envelope import Recorded
from shared.errors import Refused
from shared.events.matching import MatchingRunCompleted, MatchingRunFailed
from shared.http import operations
from shared.ids import RunId

log = logging.getLogger(__name__)

RUN_SECONDS_MAX = 900.0


class RunFailed(Refused):
    """The matching run could not be worked out; its reason is on the run."""


async def compute_run(due: Due, db: Database) -> Steps:
    """Freeze what the run looks at and work it out; what cannot be is failed, not retried."""
    request = await requested_run(db, due.tenant, due.subject)
    if request is None:
        return ()
    run_id = RunId(due.subject)
    policy = await candidates.policy(db, due.tenant, request.program_id, request.policy_version)
    if policy is None:
        return (Step(decider=RUN, command=FailRun(run_id=run_id, reason="no_policy")),)
    source = await candidates.run_input(db, due.tenant, request, policy)
    counts = {"mentees": len(source.mentees), "mentors": len(source.mentors)}
    await operations.progress(db, due.tenant, run_id, counts)
    try:
        async with asyncio.timeout(RUN_SECONDS_MAX):
            solution = await _solved_elsewhere(source)
    except TimeoutError:
        return (Step(decider=RUN, command=FailRun(run_id=run_id, reason="took_too_long")),)
    except BrokenProcessPool:
        return (Step(decider=RUN, command=FailRun(run_id=run_id, reason="worker_lost")),)
    except AssignmentUnsolved:
        log.exception("run not solved", extra={"run_id": str(run_id)})
        return (Step(decider=RUN, command=FailRun(run_id=run_id, reason="not_solved")),)
    complete = CompleteRun(run_id=run_id, solution=solution)
    changes = await candidates.seats_to_change(db, due.tenant, request.cohort_id, policy)
    return (Step(decider=RUN, command=complete), *of_rosters(changes))


async def report_run(recorded: Recorded, db: Database) -> Steps:
    """Tell who asked for a run how it went."""
    match recorded.event:
        case MatchingRunCompleted(run_id=run_id):
            await operations.succeed(db, recorded.tenant, run_id, f"/v1/matching-runs/{run_id}")
        case MatchingRunFailed(run_id=run_id, reason=reason):
            failure = RunFailed(f"The run could not be worked out: {reason}.")
            await operations.fail(db, recorded.tenant, run_id, failure)
        case _:
            pass
    return ()


async def _solved_elsewhere(source: RunInput) -> Solution:
    """The answer of a fresh process, which is gone afterwards with all the memory it took."""
    workers = ProcessPoolExecutor(max_workers=1, mp_context=get_context("spawn"))
    try:
        return await asyncio.get_running_loop().run_in_executor(workers, solve, source)
    finally:
        workers.shutdown(wait=False, cancel_futures=True)

"""A closed cohort: what is proposed is taken back, what is paired ends, and its pool empties."""

from collections.abc import Iterable
from typing import Any

from services.matching.domain import closing
from services.matching.domain.cohort_end import (
    COHORT_END,
    AdvanceCohortEnd,
    BeginCohortEnd,
    CompleteCohortEnd,
)
from services.matching.domain.pairing_commands import LeavePairing
from services.matching.domain.roster import Delist
from services.matching.queries import pool
from services.matching.queries.pool import Pair
from services.matching.reactions.steps import Steps, of_pairing, of_rosters, sides_of
from shared.command_handler import Step
from shared.database import Database
from shared.deadlines import Due
from shared.envelope import Recorded
from shared.events.enrollment import CohortClosed, ProgramClosed
from shared.events.matching import EndReason, ParticipantListed
from shared.ids import CohortId, ProgramId

PAIRS_AT_ONCE = 50  # in one transaction
PLACES_AT_ONCE = 200
REASON = EndReason.COHORT_CLOSED


async def begin_cohort_end(recorded: Recorded, db: Database) -> Steps:
    """The cohort is over: its end is carried out by a timer, some at a time.

    The cohorts of a closed program are over, too: whoever comes late is not to stay in them.
    """
    match recorded.event:
        case CohortClosed(cohort_id=cohort, program_id=program):
            return (_begun(cohort, program),)
        case ProgramClosed(program_id=program):
            cohorts = await pool.cohorts_of(db, recorded.tenant, program)
            return [_begun(cohort, program) for cohort in cohorts]
        case _:
            return ()


async def leave_ended_cohort(recorded: Recorded, db: Database) -> Steps:
    """Whoever was listed in the moment in which their cohort ended was overlooked by its end."""
    match recorded.event:
        case ParticipantListed(enrollment_id=who, cohort_id=cohort):
            if not await pool.is_over(db, recorded.tenant, cohort):
                return ()
            steps = _ended(await pool.open_pairs_of(db, recorded.tenant, who))
            return [*steps, *of_rosters([Delist(enrollment_id=who, reason=REASON.value)])]
        case _:
            return ()


async def end_cohort(due: Due, db: Database) -> Steps:
    """The next pairings of a closed cohort, then its places, until nothing is left."""
    cohort = CohortId(due.subject)
    steps = _ended(await pool.open_pairs_of_cohort(db, due.tenant, cohort, PAIRS_AT_ONCE))
    if not steps:
        places = await pool.places_of_cohort(db, due.tenant, cohort, PLACES_AT_ONCE)
        steps += of_rosters(
            Delist(enrollment_id=place.enrollment_id, reason=REASON.value) for place in places
        )
    if not steps:
        return (Step(decider=COHORT_END, command=CompleteCohortEnd(cohort_id=cohort)),)
    return (*steps, Step(decider=COHORT_END, command=AdvanceCohortEnd(cohort_id=cohort)))


def _begun(cohort: CohortId, program: ProgramId) -> Step[Any, Any, Any]:
    return Step(decider=COHORT_END, command=BeginCohortEnd(cohort_id=cohort, program_id=program))


def _ended(pairs: Iterable[Pair]) -> list[Step[Any, Any, Any]]:
    steps: list[Step[Any, Any, Any]] = []
    for pair in pairs:
        leave = LeavePairing(pairing_id=pair.pairing_id, by=None, reason=REASON)
        steps.append(of_pairing(leave))
        steps += of_rosters(closing.after_end(sides_of(pair), REASON, None))
    return steps

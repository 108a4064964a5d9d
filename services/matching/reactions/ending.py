"""A closed cohort: what is proposed is taken back, what is paired ends, and its pool empties."""

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
from services.matching.reactions.steps import Steps, of_pairing, of_rosters, sides_of
from shared.command_handler import Step
from shared.database import Database
from shared.deadlines import Due
from shared.envelope import Recorded
from shared.events.enrollment import CohortClosed
from shared.events.matching import EndReason
from shared.ids import CohortId

PAIRS_AT_ONCE = 50  # in one transaction
PLACES_AT_ONCE = 200
REASON = EndReason.COHORT_CLOSED


async def begin_cohort_end(recorded: Recorded, _: Database) -> Steps:
    """The cohort is over: its end is carried out by a timer, some at a time."""
    match recorded.event:
        case CohortClosed(cohort_id=cohort, program_id=program):
            begin = BeginCohortEnd(cohort_id=cohort, program_id=program)
            return (Step(decider=COHORT_END, command=begin),)
        case _:
            return ()


async def end_cohort(due: Due, db: Database) -> Steps:
    """The next pairings of a closed cohort, then its places, until nothing is left."""
    cohort = CohortId(due.subject)
    steps: list[Step[Any, Any, Any]] = []
    for pair in await pool.open_pairs_of_cohort(db, due.tenant, cohort, PAIRS_AT_ONCE):
        leave = LeavePairing(pairing_id=pair.pairing_id, by=None, reason=REASON)
        steps.append(of_pairing(leave))
        steps += of_rosters(closing.after_end(sides_of(pair), REASON, None))
    if not steps:
        places = await pool.places_of_cohort(db, due.tenant, cohort, PLACES_AT_ONCE)
        steps += of_rosters(
            Delist(enrollment_id=place.enrollment_id, reason=REASON.value) for place in places
        )
    if not steps:
        return (Step(decider=COHORT_END, command=CompleteCohortEnd(cohort_id=cohort)),)
    return (*steps, Step(decider=COHORT_END, command=AdvanceCohortEnd(cohort_id=cohort)))

"""Cohorts that are over, and the timer that ends a closed cohort, some pairings at a time."""

from collections.abc import Iterator

from services.matching.projections.timers import answered, due
from shared.envelope import Recorded
from shared.events.matching import CohortEndAdvanced, CohortEndBegun, CohortEndCompleted
from shared.projection import Effect, Put, hears

COHORT_END_TIMER = "cohort_end"


@hears(CohortEndBegun)
def cohort_ends(recorded: Recorded) -> Iterator[Effect]:
    """Cohorts in which nobody is offered anything any more."""
    match recorded.event:
        case CohortEndBegun(cohort_id=cohort, at=at):
            yield Put(table="cohort_ends", row={"cohort_id": cohort, "begun_at": at})
        case _:
            return


@hears(CohortEndBegun, CohortEndAdvanced, CohortEndCompleted)
def cohort_end_deadlines(recorded: Recorded) -> Iterator[Effect]:
    """Due at once, and again as long as something is left."""
    match recorded.event:
        case CohortEndBegun(cohort_id=cohort, at=at) | CohortEndAdvanced(cohort_id=cohort, at=at):
            yield due(COHORT_END_TIMER, cohort, at)
        case CohortEndCompleted(cohort_id=cohort):
            yield answered(COHORT_END_TIMER, cohort)
        case _:
            return

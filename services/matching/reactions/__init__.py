"""What others tell, and what comes due, as commands of matching."""

from collections.abc import Mapping
from types import MappingProxyType

from services.matching.projections.appeals import APPEAL_TIMER
from services.matching.projections.cohort_ends import COHORT_END_TIMER
from services.matching.projections.courses import ESCALATION_TIMER, REVIEW_TIMER, TERM_TIMER
from services.matching.projections.pairings import PROPOSAL_TIMER, TRIAL_TIMER
from services.matching.projections.places import AWAY_TIMER, BREAK_TIMER, ORPHAN_TIMER
from services.matching.projections.requests import REQUEST_TIMER
from services.matching.projections.runs import PUBLICATION_TIMER, RUN_TIMER
from services.matching.projections.silences import SILENCE_TIMER
from services.matching.reactions.asking import look_at_request_again, settle_requests, turn_request
from services.matching.reactions.computing import compute_run, report_run
from services.matching.reactions.ending import begin_cohort_end, end_cohort, leave_ended_cohort
from services.matching.reactions.forgetting import forget_in_new_record, forget_in_records
from services.matching.reactions.gathering import leave_gatherings, look_for_the_gone
from services.matching.reactions.leaving import (
    close_completed_journey,
    close_program,
    delist_participant,
    forget,
    recheck_mover,
)
from services.matching.reactions.listing import (
    change_declared_seats,
    follow_policy,
    list_participant,
    look_at_seats_again,
)
from services.matching.reactions.loads import limit_load
from services.matching.reactions.meeting import (
    excuse_the_absent,
    hear_of_meetings,
    take_silence_step,
)
from services.matching.reactions.offering import offer_freed_seats, take_orphan_step
from services.matching.reactions.publishing import finish_publication
from services.matching.reactions.steps import Steps
from services.matching.reactions.timers import (
    begin_away,
    come_to_review,
    end_break,
    end_term,
    expire_proposal,
    mark_appeal_overdue,
    mark_escalation_overdue,
    pass_trial,
)
from shared.database import Database
from shared.deadlines import DeadlineCommand
from shared.envelope import Recorded
from shared.reactor import Reaction


async def keep_rosters(recorded: Recorded, db: Database) -> Steps:
    """What enrollment tells of a person changes the pool and their pairings."""
    return (
        *await list_participant(recorded, db),
        *await change_declared_seats(recorded, db),
        *await limit_load(recorded, db),
        *await delist_participant(recorded, db),
        *await forget(recorded, db),
        *await forget_in_records(recorded, db),
        *await close_program(recorded, db),
        *await begin_cohort_end(recorded, db),
        *await recheck_mover(recorded, db),
    )


async def follow_journeys(recorded: Recorded, db: Database) -> Steps:
    """What sessions tells of two: that they met or did not, and that they have come to an end."""
    return (
        *await close_completed_journey(recorded, db),
        *await hear_of_meetings(recorded, db),
    )


async def follow_own(recorded: Recorded, db: Database) -> Steps:
    """What a new policy, a mentor's seats and a finished run mean for others of our own."""
    return (
        *await follow_policy(recorded, db),
        *await look_at_seats_again(recorded, db),
        *await leave_ended_cohort(recorded, db),
        *await forget_in_new_record(recorded, db),
        *await report_run(recorded, db),
        *await settle_requests(recorded, db),
        *await look_at_request_again(recorded, db),
        *await leave_gatherings(recorded, db),
        *await look_for_the_gone(recorded, db),
        *await excuse_the_absent(recorded, db),
    )


REACTIONS = (
    Reaction(name="rosters", source="enrollment", react=keep_rosters),
    Reaction(name="journeys", source="sessions", react=follow_journeys),
    Reaction(name="policies", source="matching", react=follow_own),
    Reaction(name="offers", source="matching", react=offer_freed_seats, from_now=True),
)
DEADLINES: Mapping[str, DeadlineCommand] = MappingProxyType(
    {
        RUN_TIMER: compute_run,
        PUBLICATION_TIMER: finish_publication,
        PROPOSAL_TIMER: expire_proposal,
        TRIAL_TIMER: pass_trial,
        TERM_TIMER: end_term,
        REVIEW_TIMER: come_to_review,
        ESCALATION_TIMER: mark_escalation_overdue,
        BREAK_TIMER: end_break,
        AWAY_TIMER: begin_away,
        ORPHAN_TIMER: take_orphan_step,
        SILENCE_TIMER: take_silence_step,
        APPEAL_TIMER: mark_appeal_overdue,
        COHORT_END_TIMER: end_cohort,
        REQUEST_TIMER: turn_request,
    }
)

"""What others tell, and the timers of enrollment itself, as commands."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from services.enrollment.domain.cohort import COHORT, FollowCalendar
from services.enrollment.domain.enrollment import ENROLLMENT
from services.enrollment.domain.enrollment.joining import GraduateParticipant, WithdrawLeaver
from services.enrollment.projections.programs import COHORT_STAGE
from services.enrollment.queries.enrollments import left_behind
from shared.command_handler import Step
from shared.database import Database
from shared.deadlines import DeadlineCommand, Due
from shared.envelope import Recorded
from shared.events.enrollment import ApplicationSubmitted, PersonLeft
from shared.events.sessions import JourneyCompleted
from shared.ids import CohortId
from shared.reactor import Reaction


async def graduate(recorded: Recorded, db: Database) -> Sequence[Step[Any, Any, Any]]:
    """A completed journey is a graduation, for mentor and mentee alike."""
    del db
    match recorded.event:
        case JourneyCompleted(pairing_id=pairing_id, mentor=mentor, mentee=mentee):
            return [
                Step(
                    decider=ENROLLMENT,
                    command=GraduateParticipant(enrollment_id=each, pairing_id=pairing_id),
                )
                for each in (mentor, mentee)
            ]
        case _:
            return ()


async def let_go(recorded: Recorded, db: Database) -> Sequence[Step[Any, Any, Any]]:
    """Whoever applied in the moment in which they left is withdrawn, too.

    Neither saw the other; of the two, the one that was written last is heard when both are there.
    """
    match recorded.event:
        case PersonLeft(person_id=person_id) | ApplicationSubmitted(person_id=person_id):
            return [
                Step(decider=ENROLLMENT, command=WithdrawLeaver(enrollment_id=each))
                for each in await left_behind(db, recorded.tenant, person_id)
            ]
        case _:
            return ()


async def follow_calendar(due: Due, db: Database) -> Sequence[Step[Any, Any, Any]]:
    """The day has come on which a cohort moves on."""
    del db
    return [Step(decider=COHORT, command=FollowCalendar(cohort_id=CohortId(due.subject)))]


REACTIONS: Final[Sequence[Reaction]] = (
    Reaction(name="graduations", source="sessions", react=graduate),
    Reaction(name="leavers", source="enrollment", react=let_go),
)
DEADLINES: Final[Mapping[str, DeadlineCommand]] = {COHORT_STAGE: follow_calendar}

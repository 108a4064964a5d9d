"""What a mentor declares is the limit of what they carry in all programs together."""

from services.matching.domain.load import LOAD, LimitLoad
from services.matching.reactions.steps import Steps
from shared.command_handler import Step
from shared.database import Database
from shared.envelope import Recorded
from shared.events.enrollment import MentorCapacityDeclared


async def limit_load(recorded: Recorded, _: Database) -> Steps:
    """Seats and hours as declared; whoever carries more is found out at once."""
    match recorded.event:
        case MentorCapacityDeclared(person_id=who, seats=seats, hours_per_month=hours):
            limit = LimitLoad(person_id=who, seats=seats, hours=hours)
            return (Step(decider=LOAD, command=limit),)
        case _:
            return ()

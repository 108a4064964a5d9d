"""An erased person is taken out of the records of all runs that looked at them."""

from services.matching.queries import records
from services.matching.reactions.steps import Steps
from shared.database import Database
from shared.envelope import Recorded
from shared.events.enrollment import PersonErased


async def forget_in_records(recorded: Recorded, db: Database) -> Steps:
    """The digests stay, so that a record still says that nothing else in it was changed."""
    match recorded.event:
        case PersonErased(person_id=person_id):
            await records.forget(db, recorded.tenant, person_id)
        case _:
            pass
    return ()

"""An erased person is taken out of the records of all runs that looked at them."""

from services.matching.queries import records
from services.matching.reactions.steps import Steps
from shared.database import Database
from shared.envelope import Recorded
from shared.events.enrollment import PersonErased
from shared.events.matching import MatchingRunCompleted


async def forget_in_records(recorded: Recorded, db: Database) -> Steps:
    """The digests stay, so that a record still says that nothing else in it was changed."""
    match recorded.event:
        case PersonErased(person_id=person_id):
            await records.forget(db, recorded.tenant, person_id)
        case _:
            pass
    return ()


async def forget_in_new_record(recorded: Recorded, db: Database) -> Steps:
    """Whoever was erased while a run was worked out is taken out of its record once it is kept.

    Erasures mark a person before they look for records: one of the two sees the other.
    """
    match recorded.event:
        case MatchingRunCompleted(record_digest=digest) as fact if digest:
            key = (fact.run_id, digest)
            await records.forget_in_new(db, recorded.tenant, fact.cohort_id, key)
        case _:
            pass
    return ()

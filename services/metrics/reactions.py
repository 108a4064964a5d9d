"""What metrics does when the others tell something: it forgets those who are erased."""

from collections.abc import Sequence
from typing import Any

from services.metrics.queries.declarations import forget
from shared.command_handler import Step
from shared.database import Database
from shared.envelope import Recorded
from shared.events.enrollment import PersonErased
from shared.reactor import Reaction
from shared.vault import destroy


async def _forget(recorded: Recorded, db: Database) -> Sequence[Step[Any, Any, Any]]:
    """Remove what an erased person declared; doing it twice removes nothing more.

    That they are erased is kept first: whatever they are just declaring is not taken any more.
    """
    match recorded.event:
        case PersonErased(person_id=person):
            await destroy(db, recorded.tenant, str(person))
            await forget(db, recorded.tenant, person)
        case _:
            pass
    return ()


REACTIONS = (Reaction(name="forget", source="enrollment", react=_forget),)

"""Events of matching and enrollment, and what follows from them for a journey."""

from collections.abc import Sequence
from typing import Any

from services.sessions.domain.journey import JOURNEY
from services.sessions.domain.journey.commands import EndJourney, StartJourney
from shared.command_handler import Step
from shared.database import Database
from shared.envelope import Recorded
from shared.events.enrollment import PersonErased
from shared.events.matching import PairingEnded, PairingFormat, ParticipantsPaired
from shared.reactor import Reaction
from shared.vault import destroy


async def accompany(recorded: Recorded, _: Database) -> Sequence[Step[Any, Any, Any]]:
    """Begin a journey when two are paired; end it when they part, unless it was completed."""
    match recorded.event:
        case ParticipantsPaired() as paired:
            start = StartJourney(
                pairing_id=paired.pairing_id,
                program_id=paired.program_id,
                cohort_id=paired.cohort_id,
                mentor=paired.mentor,
                mentee=paired.mentee,
                mentor_person=paired.mentor_person,
                mentee_person=paired.mentee_person,
                flash=paired.format is PairingFormat.FLASH,
            )
            return (Step(decider=JOURNEY, command=start),)
        case PairingEnded(pairing_id=pairing_id, reason=reason):
            end = EndJourney(pairing_id=pairing_id, reason=reason)
            return (Step(decider=JOURNEY, command=end),)
        case _:
            return ()


async def forget(recorded: Recorded, db: Database) -> Sequence[Step[Any, Any, Any]]:
    """Destroy the keys of an erased person's texts; done twice, it destroys nothing more."""
    match recorded.event:
        case PersonErased(person_id=person_id):
            await destroy(db, recorded.tenant, str(person_id))
        case _:
            pass
    return ()


REACTIONS = (
    Reaction(name="accompany", source="matching", react=accompany),
    Reaction(name="forget", source="enrollment", react=forget),
)

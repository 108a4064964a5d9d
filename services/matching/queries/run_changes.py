"""What became of a run's answer by hand, and where somebody stands who waits."""

from typing import Any
from uuid import UUID

import msgspec

from services.matching.domain.reasons import Wait
from services.matching.domain.waiting import FreedSeats, expected_days
from services.matching.queries.waiting import RANKED
from shared.database import Database
from shared.frozen import frozen
from shared.sealed import Sealed

_BY_HAND = """
SELECT mentor, score, components::text AS components, reason::text AS reason FROM read.run_overrides
WHERE run_id = $1 AND mentee = $2
"""
_OWNER = """
SELECT EXISTS (SELECT FROM read.rosters WHERE enrollment_id = $1 AND person_id = $2)
"""
_POSITION = f"""
SELECT position::integer FROM ({RANKED}) AS ranked WHERE enrollment_id = $2
"""  # noqa: S608  # the list named there


@frozen
class ByHand:
    """What a manager made of one mentee in a draft."""

    mentor: UUID | None  # None: nobody
    score: int | None
    components: dict[str, int] | None
    reason: Sealed  # for managers


async def by_hand(db: Database, run_id: UUID, mentee: UUID) -> ByHand | None:
    """What was changed by hand for a mentee in a run, if anything was."""
    row: Any = await db.fetchrow(_BY_HAND, run_id, mentee)
    if row is None:
        return None
    parts = row["components"]
    return ByHand(
        mentor=row["mentor"],
        score=row["score"],
        components=None if parts is None else msgspec.json.decode(parts),
        reason=msgspec.json.decode(row["reason"], type=Sealed),
    )


async def is_own(db: Database, enrollment_id: UUID, person: UUID | None) -> bool:
    """Whether an enrollment is this person's."""
    own: bool = person is not None and await db.fetchval(_OWNER, enrollment_id, person)
    return own


async def wait_of(db: Database, cohort_id: UUID, mentee: UUID, freed: FreedSeats) -> Wait:
    """The place of a mentee on the waiting list, and what seats that became free tell of it."""
    position: int | None = await db.fetchval(_POSITION, cohort_id, mentee)
    return Wait(
        position=position,
        expected_days=None if position is None else expected_days(position, freed),
        freed=freed.seats,
        within_days=freed.days,
    )

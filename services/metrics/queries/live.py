"""What has happened in a program since a position: read from stored rows, so nothing is missed."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any
from uuid import UUID

from services.metrics.queries import positions
from services.metrics.queries.positions import PLACES, Place, Positions
from services.metrics.queries.views import ProgramEventView
from shared.database import Database
from shared.frozen import frozen

_EVENTS_MAX = 50  # of one place at once
_UNKNOWN_FOR = timedelta(seconds=30)

# Not every event names its program; the row of what it is about does, once it has come.
_SINCE = """
SELECT f.*, coalesce(
    f.program_id,
    (SELECT j.program_id FROM figures.journeys j WHERE j.pairing_id = f.subject),
    (SELECT p.program_id FROM figures.pairings p WHERE p.pairing_id = f.subject),
    (SELECT r.program_id FROM figures.roster r WHERE r.enrollment_id = f.subject),
    (SELECT e.program_id FROM figures.enrollments e WHERE e.enrollment_id = f.subject),
    (SELECT r.program_id FROM figures.runs r WHERE r.run_id = f.subject),
    (SELECT c.program_id FROM figures.cohorts c WHERE c.cohort_id = f.subject)) AS program
FROM unnest($1::text[], $2::integer[], $3::bigint[]) AS seen(service, slot, number)
CROSS JOIN LATERAL (
    SELECT * FROM figures.feed f
    WHERE f.service = seen.service AND f.slot = seen.slot AND f.number > seen.number
    ORDER BY f.number LIMIT $4) f
ORDER BY f.service, f.slot, f.number
"""


@frozen
class News:
    """Events of a program that were not seen before, and the position after them."""

    events: Sequence[ProgramEventView]
    positions: Positions


async def news(db: Database, *, program_id: UUID, since: Positions, now: datetime) -> News:
    """What a program's followers have not seen yet, each stream in its order."""
    reached = await positions.reached(db)
    moved = [place for place in PLACES if reached[place] > since.get(place, 0)]
    if not moved:
        return News(events=(), positions=since)
    rows = await db.fetch(
        _SINCE,
        [service for service, _ in moved],
        [slot for _, slot in moved],
        [since.get(place, 0) for place in moved],
        _EVENTS_MAX,
    )
    seen: dict[Place, int] = dict(since)
    ours: list[Any] = []
    for place, group in groupby(rows, key=lambda row: (row["service"], row["slot"])):
        for row in group:
            # Whose it is may come with an event of another stream: wait for it, not for ever.
            if row["program"] is None and now - row["recorded_at"] < _UNKNOWN_FOR:
                break
            seen[place] = row["number"]
            if row["program"] == program_id:
                ours.append(row)
    ours.sort(key=lambda row: (row["recorded_at"], row["service"], row["slot"], row["number"]))
    return News(events=[ProgramEventView(**_shown(row)) for row in ours], positions=seen)


def _shown(row: Any) -> dict[str, Any]:  # noqa: ANN401  # a row
    return {
        "event_id": row["event_id"],
        "type": row["type"],
        "service": row["service"],
        "stream": row["stream"],
        "version": row["version"],
        "recorded_at": row["recorded_at"],
    }

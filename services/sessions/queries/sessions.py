"""Sessions of a pair, their agendas, and what was written about them."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
from pydantic import Field

from services.sessions.domain.journey.state import SessionStatus
from services.sessions.queries import places
from services.sessions.queries.sight import BOTH, Sight, WritingView
from shared.events.sessions import AgendaItem, Visibility
from shared.events.vocabulary import Part
from shared.http import Moment, PageOf, PageRequest, View
from shared.ids import SessionId


class SessionView(View):
    session_id: UUID
    pairing_id: UUID
    place: int = Field(description="In the template; 0 is a free meeting.")
    starts_at: Moment
    minutes: int
    status: SessionStatus
    absent: Part | None
    moves: int = Field(description="How often it was moved.")
    planned_by: Part
    planned_at: Moment
    told_by: Part | None = Field(description="Who said what became of it.")
    told_at: Moment | None
    reflected: list[Part] = Field(description="Who has reflected on it.")


class AgendaItemView(View):
    minutes: int
    prompt: str


class AgendaView(View):
    session_id: UUID
    place: int
    minutes: int
    items: list[AgendaItemView]


class ReflectionView(View):
    session_id: UUID
    part: Part
    visibility: Visibility | None = Field(description="Null unless you are of the pair.")
    usefulness: int | None = Field(description="1 to 5; null unless you may read the reflection.")
    reflection: WritingView
    recorded_at: Moment


_SESSIONS = """
SELECT session_id, pairing_id, place, starts_at, minutes, status, absent, moves, planned_by,
       planned_at, told_by, told_at, ARRAY(
           SELECT part FROM read.reflections AS r
           WHERE r.tenant = s.tenant AND r.pairing_id = s.pairing_id
             AND r.session_id = s.session_id ORDER BY part
       ) AS reflected
FROM read.sessions AS s WHERE pairing_id = $1
"""
_PAGE = f"""{_SESSIONS} AND ($2::text IS NULL OR status = $2)
AND ($3::timestamptz IS NULL OR (starts_at, session_id) > ($3, $4::uuid))
ORDER BY starts_at, session_id LIMIT $5
"""
_AGENDA = """
SELECT session_id, place, minutes, agenda::text AS agenda FROM read.sessions
WHERE pairing_id = $1 AND session_id = $2
"""
_REFLECTIONS = """
SELECT session_id, part, visibility, usefulness, sealed::text AS sealed, recorded_at
FROM read.reflections WHERE pairing_id = $1 AND ($2::uuid IS NULL OR session_id = $2)
AND ($3::timestamptz IS NULL OR (recorded_at, session_id, part) > ($3, $4::uuid, $5::text))
ORDER BY recorded_at, session_id, part LIMIT $6
"""


async def session(sight: Sight, *, session_id: SessionId) -> SessionView | None:
    """One session."""
    query = f"{_SESSIONS} AND session_id = $2"
    row = await sight.db.fetchrow(query, sight.pair.pairing_id, session_id)
    return SessionView(**row) if row else None


async def sessions(
    sight: Sight, page: PageRequest, *, status: SessionStatus | None
) -> PageOf[SessionView]:
    """Sessions of a pair, the earliest first."""
    after = page.after or (None, None)
    rows = await sight.db.fetch(_PAGE, sight.pair.pairing_id, status, *after, page.rows)
    return page.of([SessionView(**row) for row in rows], _start)


async def agenda(sight: Sight, *, session_id: SessionId) -> AgendaView | None:
    """The playbook of one session."""
    row = await sight.db.fetchrow(_AGENDA, sight.pair.pairing_id, session_id)
    if row is None:
        return None
    items = msgspec.json.decode(row["agenda"], type=list[AgendaItem])
    return AgendaView(
        session_id=row["session_id"],
        place=row["place"],
        minutes=row["minutes"],
        items=[AgendaItemView.model_validate(item) for item in items],
    )


async def reflections(
    sight: Sight, page: PageRequest, *, session_id: SessionId | None
) -> PageOf[ReflectionView]:
    """Reflections of a pair, the earliest first; what is private shows only that it exists."""
    after = page.after or (None, None, None)
    where = sight.pair.pairing_id
    rows = await sight.db.fetch(_REFLECTIONS, where, session_id, *after, page.rows)
    items = [await _reflection(sight, row) for row in rows]
    return page.of(items, lambda item: (item.recorded_at, item.session_id, item.part.value))


async def _reflection(sight: Sight, row: Mapping[str, Any]) -> ReflectionView:
    part, visibility = Part(row["part"]), Visibility(row["visibility"])
    # "Anonymous" is for use without a name: to the partner the name would be plain.
    readers = BOTH if visibility is Visibility.PARTNER else frozenset({part})
    pair = sight.pair
    place = places.reflection(pair.tenant, pair.pairing_id, row["session_id"], part)
    return ReflectionView(
        session_id=row["session_id"],
        part=part,
        visibility=visibility if pair.part else None,
        usefulness=row["usefulness"] if sight.may_read(readers) else None,
        reflection=await sight.writing(row["sealed"], place, readers),
        recorded_at=row["recorded_at"],
    )


def _start(session: SessionView) -> tuple[datetime, UUID]:
    return session.starts_at, session.session_id

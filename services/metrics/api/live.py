"""A program as it happens: server-sent events, resumed from stored rows."""

import asyncio
from collections.abc import AsyncIterator
from typing import Annotated, Final
from uuid import UUID

from fastapi import Depends, Query
from starlette.requests import Request as StarletteRequest
from starlette.responses import Response, StreamingResponse

from services.metrics.api.asking import VIEWERS, looked_at
from services.metrics.api.tickets import follower_of, issued
from services.metrics.queries import positions
from services.metrics.queries.live import news
from services.metrics.queries.positions import Positions
from services.metrics.queries.sight import Detail, sight_of
from services.metrics.queries.views import ProgramEventView, TicketView
from shared import clock
from shared.auth import Principal
from shared.errors import NotFound
from shared.http import Reads, Request, Routes, StreamEvent, event_stream, last_event_id, problems
from shared.http import streams as streamed
from shared.http.commands import JSON, json_of
from shared.http.ports import Ports, ports_of

router: Final = Routes("live")

POLL_SECONDS = 0.5

Follower = Annotated[Principal, Depends(follower_of)]


class StreamTicketBody(Request):
    """Which stream is to be opened."""

    program_id: UUID


@router.post(
    "/v1/stream-tickets",
    response_model=TicketView,
    responses=problems(NotFound),
    dependencies=VIEWERS,
)
async def issue_stream_ticket(
    body: StreamTicketBody, reads: Reads, request: StarletteRequest
) -> Response:
    """A ticket for one event stream: valid once, for 60 seconds.

    A browser's EventSource cannot send a token; a client that can does not need a ticket.
    """
    await reads.wait()
    async with reads.db() as db:
        await looked_at(db, reads.caller, body.program_id)
    ticket, until = issued(ports_of(request), reads.caller, body.program_id)
    return Response(json_of(TicketView(ticket=ticket, expires_at=until)), media_type=JSON)


@router.get(
    "/v1/programs/{program_id}/events",
    responses={**problems(NotFound), **streamed(ProgramEventView)},
    response_class=StreamingResponse,
)
async def follow_program(
    program_id: UUID,
    request: StarletteRequest,
    follower: Follower,
    after: Annotated[
        str | None, Query(max_length=4096, description="Where to begin, as Last-Event-ID says it.")
    ] = None,
) -> Response:
    """What happens in a program, as server-sent events.

    `id` is a position in the logs; after a break the stream goes on from it, from stored rows, so
    nothing is missed. The last event of each burst carries it: one that came before may come
    again, and its `event_id` tells. `event: resync` says that a position is not known here, and
    that the client should read afresh. Who may not see single pairings is told only that figures
    have changed.
    """
    ports = ports_of(request)
    async with ports.reading(follower.tenant) as db:
        await looked_at(db, follower, program_id)
        reached = await positions.reached(db)  # what happens once we have answered is told
    since = last_event_id(request) or after
    return event_stream(request, _told(ports, follower, program_id, (since, reached)))


async def _told(
    ports: Ports, follower: Principal, program_id: UUID, after: tuple[str | None, Positions]
) -> AsyncIterator[StreamEvent]:
    since, reached = after
    seen = _known(since, reached)
    if seen is None:
        seen = reached
        what = "resync" if since is not None else "ready"
        yield StreamEvent(event=what, data={}, id=positions.packed(seen))
    while clock.true_now().timestamp() < follower.expires_at:
        async with ports.reading(follower.tenant) as db:
            sight = await sight_of(db, caller=follower, program_id=program_id)
            found = await news(db, program_id=program_id, since=seen, now=clock.now())
        if sight is None:
            return
        seen = found.positions
        events = found.events if sight.detail is Detail.FULL else found.events[:0]
        if found.events and not events:
            yield StreamEvent(event="figures_changed", data={}, id=positions.packed(seen))
        for event in events:
            place = positions.packed(seen) if event is events[-1] else None
            yield StreamEvent(event="happened", data=event, id=place)
        if not found.events:
            await asyncio.sleep(POLL_SECONDS)


def _known(since: str | None, reached: Positions) -> Positions | None:
    """The position that a client gave, unless it is none of ours or ahead of what is stored."""
    if since is None:
        return None
    try:
        given = positions.unpacked(since)
    except positions.PositionUnreadable:
        return None
    return given if all(number <= reached[place] for place, number in given.items()) else None

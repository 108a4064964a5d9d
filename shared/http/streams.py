"""Server-sent events: a stream that keeps the line alive and ends when the process does."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import suppress
from typing import Any

from pydantic import BaseModel
from starlette.requests import Request
from starlette.responses import StreamingResponse

from shared.frozen import frozen
from shared.http.closing import Closing
from shared.http.commands import json_of
from shared.waiting import called_off

MEDIA_TYPE = "text/event-stream"
PING_SECONDS = 15.0
_PING = b": ping\n\n"
_CLOSING = b"event: server.closing\nretry: 1000\ndata: {}\n\n"
_PAD_MAX = 8192


@frozen
class StreamEvent:
    """One event of a stream."""

    event: str  # its type: letters, digits, dots, underscores
    data: BaseModel | dict[str, Any]
    id: str | None = None  # what Last-Event-ID says after a reconnect

    def encoded(self) -> bytes:
        """Its bytes on the line; JSON holds no line breaks, so one data line is enough."""
        data = json_of(self.data) if isinstance(self.data, BaseModel) else _json(self.data)
        name = f"id: {self.id}\n" if self.id is not None else ""
        return f"{name}event: {self.event}\ndata: ".encode() + data + b"\n\n"


def event_stream(request: Request, events: AsyncIterator[StreamEvent]) -> StreamingResponse:
    """The answer that tells `events` as they come.

    `?pad=2048` begins with so many blanks, for proxies that hold small answers back.
    """
    closing: Closing = request.app.state.closing
    pad = request.query_params.get("pad", "")
    blanks = min(int(pad), _PAD_MAX) if pad.isdecimal() and len(pad) < 6 else 0  # noqa: PLR2004  # digits
    return StreamingResponse(
        _told(events, closing, blanks),
        media_type=MEDIA_TYPE,
        headers={"cache-control": "no-cache", "x-accel-buffering": "no"},
    )


def last_event_id(request: Request) -> str | None:
    """Where a stream that broke off should go on."""
    return request.headers.get("last-event-id")


def streams(event: type[BaseModel]) -> dict[int | str, dict[str, Any]]:
    """What a route that streams says in its `responses`."""
    schema = {"type": "string", "x-event-schema": event.__name__}
    content = {MEDIA_TYPE: {"schema": schema}}
    return {200: {"description": "Events as they happen.", "content": content}}


async def _told(
    events: AsyncIterator[StreamEvent], closing: Closing, blanks: int
) -> AsyncIterator[bytes]:
    if blanks:
        yield b": " + b" " * blanks + b"\n\n"
    ends = asyncio.ensure_future(closing.wait())
    coming = asyncio.ensure_future(_next(events))
    try:
        while not ends.done():
            await asyncio.wait(
                (ends, coming), timeout=PING_SECONDS, return_when=asyncio.FIRST_COMPLETED
            )
            if coming.done():
                event = coming.result()
                if event is None:
                    return
                yield event.encoded()
                coming = asyncio.ensure_future(_next(events))
            elif not ends.done():
                yield _PING
        yield _CLOSING
    finally:
        with suppress(asyncio.CancelledError):
            await called_off(ends, coming)


async def _next(events: AsyncIterator[StreamEvent]) -> StreamEvent | None:
    return await anext(events, None)


def _json(data: dict[str, Any]) -> bytes:
    return json.dumps(data, separators=(",", ":")).encode()

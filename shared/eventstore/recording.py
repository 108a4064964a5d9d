"""Puts new facts into their envelopes: who, when, where they will stand."""

from collections.abc import Callable, Iterable
from datetime import datetime

from shared.envelope import Cause, Recorded
from shared.eventstore import Append, slot_of
from shared.ids import EventId, fresh_id


def recorded(
    cause: Cause,
    appends: Iterable[Append],
    *,
    service: str,
    at: datetime,
    schema_of: Callable[[str], int],
) -> list[Recorded]:
    """All events of the appends, in their order, at the versions they are to have.

    Raises:
        ValueError: two appends are to the same stream.
    """
    new: list[Recorded] = []
    streams: set[str] = set()
    for append in appends:
        if append.stream in streams:
            message = f"{append.stream} is appended to twice at once"
            raise ValueError(message)
        streams.add(append.stream)
        slot = slot_of(append.stream)
        for version, event in enumerate(append.events, start=append.expected_version + 1):
            kind = type(event).__name__
            new.append(
                Recorded(
                    event=event,
                    event_id=EventId(fresh_id()),
                    tenant=cause.tenant,
                    service=service,
                    stream=append.stream,
                    version=version,
                    type=kind,
                    schema=schema_of(kind),
                    recorded_at=at,
                    cause=cause,
                    slot=slot,
                )
            )
    return new

"""An event as it stands in the log: the fact, where it stands, who caused it, and when."""

from datetime import datetime
from typing import Any
from uuid import UUID

from shared.frozen import light
from shared.ids import EventId, TenantId

SLOTS = 64  # fixed for ever: a stream's slot decides its delivery order on every bus


@light
class Cause:
    """Who and what led to an event; copied into every event that the command makes."""

    tenant: TenantId
    actor: str  # the caller's subject, or "reactor:<name>", "timer:<name>", "import:<name>"
    right: str  # the role or relationship that allowed it
    correlation_id: UUID  # the same for everything that follows from one request
    causation_id: UUID  # the request or event that led directly to this one
    traceparent: str | None = None  # W3C trace context, if there was one


@light
class Recorded:
    """One event of the log with its envelope."""

    event: Any  # an instance of a class in shared.events
    event_id: EventId
    tenant: TenantId
    service: str
    stream: str  # "<category>-<uuid>"
    version: int  # position in the stream, from 1
    type: str  # the event's class name
    schema: int  # the version of the event's form that was stored
    recorded_at: datetime
    cause: Cause
    slot: int
    number: int | None = None  # gapless in its slot; None until the sequencer has seen it


@light
class Unreadable:
    """What stands in the log but cannot be decoded here: kept, parked, released after the fix."""

    raw: bytes
    reason: str

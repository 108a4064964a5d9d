"""What is known about a request before its route is: ids, trace, and the digest of its body."""

import hashlib
import re
from typing import Any, Final
from uuid import UUID

from opentelemetry import trace
from starlette.requests import Request

from shared.auth import Principal
from shared.ids import fresh_id

KEY: Final = "fairlead.arrival"  # where it stands in the ASGI scope

_TRACEPARENT = re.compile(rb"00-([0-9a-f]{32})-([0-9a-f]{16})-[0-9a-f]{2}")
_NO_TRACE = "0" * 32


class Arrival:
    """One request on its way in; mutable, because the body and the caller come to be known."""

    __slots__ = (
        "caller",
        "correlation_id",
        "correlation_text",
        "digest",
        "request_id",
        "request_text",
        "right",
        "trace_id",
        "traceparent",
    )

    def __init__(self, headers: dict[bytes, bytes]) -> None:
        """Read what the caller says of the request's origin; anything malformed is ignored."""
        self.request_id = fresh_id()
        self.request_text = str(self.request_id)
        told = _uuid(headers.get(b"x-correlation-id"))
        self.correlation_id = told or self.request_id
        self.correlation_text = str(told) if told else self.request_text
        self.traceparent, self.trace_id = _trace(headers.get(b"traceparent"), self.request_id)
        self.digest: Any = hashlib.sha256() if b"idempotency-key" in headers else None
        self.caller: Principal | None = None
        self.right: str | None = None


def arrival_of(request: Request) -> Arrival:
    """What is known about this request."""
    arrival: Arrival = request.scope[KEY]
    return arrival


def _uuid(text: bytes | None) -> UUID | None:
    try:
        return None if text is None else UUID(text.decode("ascii"))
    except ValueError:  # UnicodeDecodeError is one
        return None


def _trace(received: bytes | None, request_id: UUID) -> tuple[str | None, str]:
    span = trace.get_current_span().get_span_context()
    if span.is_valid:
        ours = f"00-{span.trace_id:032x}-{span.span_id:016x}-{span.trace_flags:02x}"
        return ours, f"{span.trace_id:032x}"
    match = _TRACEPARENT.fullmatch(received or b"")
    if received is None or match is None or match[1].decode() == _NO_TRACE:
        return None, request_id.hex
    return received.decode(), match[1].decode()

"""One trace from a request to all that follows from it; off, and free, unless somebody collects it.

An event carries the trace of the command that made it. Whoever handles the event later goes on
with that trace, if it was sampled.
"""

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from importlib import import_module
from itertools import islice
from typing import Any, Protocol

from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.trace import (
    NonRecordingSpan,
    SpanContext,
    SpanKind,
    TraceFlags,
    Tracer,
    TracerProvider,
)

from shared.settings import TracingSettings
from shared.tracing import attributes as names

# A backlog after an outage is thousands of traces in one batch; the first of them show enough.
SPANS_A_BATCH_MAX = 100
TYPES_MAX = 8

_TRACEPARENT = re.compile(
    "00-(?P<trace>[0-9a-f]{32})-(?P<span>[0-9a-f]{16})-(?P<flags>[0-9a-f]{2})"
)

_OFF: AbstractContextManager[None] = nullcontext()
_provider: TracerProvider | None = None
_tracer: Tracer | None = None


class Told(Protocol):
    """What spans say of an event."""

    @property
    def stream(self) -> str:
        """Its stream."""
        ...

    @property
    def type(self) -> str:
        """Its name."""
        ...


def begin(service: str, settings: TracingSettings) -> None:
    """Collect spans of this process from now on, if the settings say where they go."""
    if settings.endpoint:  # the exporter alone takes a third of a second to import
        use(import_module("shared.tracing.exporting").provider_of(service, settings))


def use(provider: TracerProvider | None) -> None:
    """Let spans go to this provider; to none if None."""
    global _provider, _tracer  # noqa: PLW0603  # of the whole process, set at its start and end
    _provider = provider
    _tracer = None if provider is None else provider.get_tracer("fairlead")


def end() -> None:
    """Send what is collected, and collect no more."""
    ending = _provider
    use(None)
    if ending is not None:
        import_module("shared.tracing.exporting").end(ending)


def provider() -> TracerProvider | None:
    """Where spans go; None if nowhere."""
    return _provider


def current() -> str | None:
    """The trace that goes on here, as a W3C traceparent; None outside of any."""
    span = trace.get_current_span().get_span_context()
    if not span.is_valid:
        return None
    return f"00-{span.trace_id:032x}-{span.span_id:016x}-{span.trace_flags:02x}"


def appending(events: Sequence[Told]) -> AbstractContextManager[Any]:
    """The way to the log and back, as part of the trace that goes on here."""
    if _tracer is None or not trace.get_current_span().is_recording():
        return _OFF
    said: dict[str, Any] = {
        names.DATABASE: "postgresql",
        names.PROCEDURE: "log.commit",
        names.EVENTS: len(events),
        names.EVENT_TYPES: _first(event.type for event in events),
        names.STREAMS: _first(event.stream for event in events),
    }
    return _tracer.start_as_current_span("append", kind=SpanKind.CLIENT, attributes=said)


def reacting(consumer: str, source: str, traceparent: str | None) -> AbstractContextManager[Any]:
    """The commands that answer an event, as part of the event's trace."""
    said = {names.CONSUMER: consumer, names.DESTINATION: source, names.OPERATION: "process"}
    return _following(f"react {consumer}", traceparent, said)


def firing(kind: str) -> AbstractContextManager[Any]:
    """The command of a timer: the beginning of a trace."""
    if _tracer is None:
        return _OFF
    return _tracer.start_as_current_span(f"timer {kind}", attributes={names.TIMER: kind})


def projected(consumer: str, source: str, traces: Iterable[str | None], began: int) -> None:
    """A batch was applied to read tables: say so in each of its events' traces.

    Args:
        consumer: whose tables.
        source: whose events.
        traces: the traceparent of each event.
        began: when, in nanoseconds since 1970.
    """
    said = {names.CONSUMER: consumer, names.DESTINATION: source, names.OPERATION: "process"}
    _tell(f"project {consumer}", SpanKind.CONSUMER, traces, began, said)


def published(source: str, traces: Iterable[str | None], began: int) -> None:
    """A batch was acknowledged by the bus: say so in each of its events' traces."""
    said = {names.DESTINATION: source, names.OPERATION: "send"}
    _tell(f"relay publish {source}", SpanKind.PRODUCER, traces, began, said)


def _tell(
    name: str, kind: SpanKind, traces: Iterable[str | None], began: int, said: Mapping[str, Any]
) -> None:
    if _tracer is None:
        return
    batch = Counter(traces)
    total = batch.total()
    sampled = ((parent, batch[each]) for each in batch if (parent := _parent(each)))
    for parent, events in islice(sampled, SPANS_A_BATCH_MAX):
        counts = {names.EVENTS: events, names.BATCH: total}
        span = _tracer.start_span(
            name,
            context=parent,
            kind=kind,
            attributes={**said, **counts},
            start_time=began,
        )
        span.end()


def _following(
    name: str, traceparent: str | None, said: Mapping[str, Any]
) -> AbstractContextManager[Any]:
    if _tracer is None or (parent := _parent(traceparent)) is None:
        return _OFF
    return _tracer.start_as_current_span(
        name, context=parent, kind=SpanKind.CONSUMER, attributes=said
    )


def _parent(traceparent: str | None) -> Context | None:
    """Where to go on; None if nobody collects this trace, or if it is none."""
    match = _TRACEPARENT.fullmatch(traceparent or "")
    if match is None or not int(match["flags"], 16) & TraceFlags.SAMPLED:
        return None
    parent = SpanContext(
        trace_id=int(match["trace"], 16),
        span_id=int(match["span"], 16),
        is_remote=True,
        trace_flags=TraceFlags(int(match["flags"], 16)),
    )
    return trace.set_span_in_context(NonRecordingSpan(parent))


def _first(texts: Iterable[str]) -> Sequence[str]:
    return list(dict.fromkeys(texts))[:TYPES_MAX]

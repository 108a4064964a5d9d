"""What a collector reads is what the library would have told it, whatever spans say."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some
from opentelemetry.exporter.otlp.proto.common.trace_encoder import encode_spans
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import (
    Link,
    NonRecordingSpan,
    SpanContext,
    SpanKind,
    StatusCode,
    TraceFlags,
    TraceState,
    set_span_in_context,
)

from shared.tracing.encoding import encoded

ABROAD = SpanContext(7, 9, is_remote=True, trace_flags=TraceFlags(1))
STATED = SpanContext(
    7, 9, is_remote=True, trace_flags=TraceFlags(1), trace_state=TraceState([("a", "b")])
)

numbers = some.integers(-(2**63), 2**63 - 1)
single = some.text() | some.booleans() | numbers | some.floats(allow_nan=False)
many = some.lists(some.text(), max_size=3) | some.lists(numbers, max_size=3)
said = some.dictionaries(some.text(min_size=1), single | many, max_size=5)


class Spans:
    """Spans of one process, as they come to its exporter."""

    def __init__(self) -> None:
        self._exporter = InMemorySpanExporter()
        resource = Resource({"service.name": "matching"}, "https://example.org/schema")
        self.provider = TracerProvider(resource=resource, shutdown_on_exit=False)
        self.provider.add_span_processor(SimpleSpanProcessor(self._exporter))
        self.tracer = self.provider.get_tracer("fairlead")

    def made(self) -> Sequence[ReadableSpan]:
        """All that ended so far."""
        return self._exporter.get_finished_spans()


@pytest.fixture
def spans() -> Iterator[Spans]:
    made = Spans()
    yield made
    made.provider.shutdown()


def read(request: ExportTraceServiceRequest) -> Mapping[bytes, Any]:
    """Each span with what is said of all that come with it."""
    return {
        span.span_id: (span, group.resource, group.schema_url, scoped.scope, scoped.schema_url)
        for group in request.resource_spans
        for scoped in group.scope_spans
        for span in scoped.spans
    }


def assert_same(spans: Sequence[ReadableSpan]) -> None:
    ours = read(ExportTraceServiceRequest.FromString(encoded(spans)))
    assert len(ours) == len(spans)
    assert ours == read(encode_spans(spans))


@settings(deadline=None)
@given(name=some.text(), said=said, kind=some.sampled_from(SpanKind))
def test_whatever_is_said(name: str, said: Mapping[str, Any], kind: SpanKind) -> None:
    spans = Spans()
    spans.tracer.start_span(name, kind=kind, attributes=said).end()
    assert_same(spans.made())


def test_one_and_true_are_told_apart(spans: Spans) -> None:
    for value in (1, True, 0, False, 1.0):
        spans.tracer.start_span("step", attributes={"value": value}).end()
    assert_same(spans.made())


def test_a_parent_here_and_one_elsewhere(spans: Spans) -> None:
    elsewhere = set_span_in_context(NonRecordingSpan(ABROAD))
    with spans.tracer.start_as_current_span("outer", context=elsewhere):
        spans.tracer.start_span("inner").end()
    assert_same(spans.made())


def test_spans_of_several_libraries(spans: Spans) -> None:
    http = spans.provider.get_tracer("http", "1.2", "https://example.org/http", {"kind": "test"})
    for tracer in (spans.tracer, http, spans.tracer):
        tracer.start_span("step").end()
    assert_same(spans.made())


@pytest.mark.parametrize("words", [None, "the disk is full"])
def test_one_that_failed(spans: Spans, words: str | None) -> None:
    span = spans.tracer.start_span("step")
    span.set_status(StatusCode.ERROR, words)
    span.end()
    assert_same(spans.made())


def test_what_is_unusual_comes_with_the_rest(spans: Spans) -> None:
    stated = set_span_in_context(NonRecordingSpan(STATED))
    spans.tracer.start_span("before").end()
    spans.tracer.start_span("stated", context=stated).end()
    spans.tracer.start_span("linked", links=[Link(ABROAD)]).end()
    told = spans.tracer.start_span("told", attributes={"bytes": b"\x00"})
    told.add_event("half way", {"done": 50})
    told.end()
    spans.tracer.start_span("after", attributes={"long": "x" * 1_000}).end()
    assert_same(spans.made())

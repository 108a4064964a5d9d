"""One trace leads from a request to all that follows from it, and costs nothing where it is off."""

from collections.abc import Iterator
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path

import pytest
from opentelemetry import trace
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import SpanKind

from shared import tracing
from shared.bus.memory import MemoryBus
from shared.eventstore import Append
from shared.settings import TracingSettings
from shared.tracing.exporting import NamesOnly, provider_of
from tests.broker import Broker
from tests.collector import collecting
from tests.consuming import Telling, following, projecting, relaying, running, telling
from tests.fresh_databases import FreshDatabase
from tests.kafka.carried import carried
from tests.patience import stopwatch
from tests.progress import CAUSE, Progress, achieved, agreed, projection, stream

PARENT = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331"
SAMPLED, UNSAMPLED = f"{PARENT}-01", f"{PARENT}-00"


@pytest.fixture
def spans() -> Iterator[InMemorySpanExporter]:
    exporter = InMemorySpanExporter()
    provider = TracerProvider(shutdown_on_exit=False)
    provider.add_span_processor(NamesOnly())
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    tracing.use(provider)
    yield exporter
    tracing.end()


def only(spans: InMemorySpanExporter, start: str) -> ReadableSpan:
    found = [span for span in spans.get_finished_spans() if span.name.startswith(start)]
    assert len(found) == 1, [span.name for span in spans.get_finished_spans()]
    return found[0]


def parent_of(span: ReadableSpan) -> int:
    return 0 if span.parent is None else span.parent.span_id


async def tell_within(service: Telling, traceparent: str | None) -> None:
    append = Append(
        stream=stream("ana"), expected_version=0, events=[agreed("ana"), achieved("ana", 1)]
    )
    traced = replace(CAUSE, traceparent=traceparent)
    async with service.store.transaction(traced) as transaction:
        await transaction.append([append])
    await service.tell([])


async def tell_in_a_request(service: Telling) -> None:
    caller = trace.get_tracer("a caller", tracer_provider=tracing.provider())
    with caller.start_as_current_span("request"):
        await tell_within(service, tracing.current())


def assert_one_trace(spans: InMemorySpanExporter) -> None:
    """All that followed has the request's span as its parent."""
    request, append = only(spans, "request"), only(spans, "append")
    relay, project = only(spans, "relay publish"), only(spans, "project")
    assert request.context is not None
    for each in (append, relay, project):
        assert parent_of(each) == request.context.span_id
        assert each.context is not None
        assert each.context.trace_id == request.context.trace_id
    assert (append.attributes or {})["fairlead.event.types"] == ("RoadmapAccepted", "GoalAchieved")
    assert (project.attributes or {})["fairlead.events"] == 2  # both in one span
    kinds = [each.kind for each in (append, relay, project)]
    assert kinds == [SpanKind.CLIENT, SpanKind.PRODUCER, SpanKind.CONSUMER]


@pytest.mark.integration
async def test_an_event_carries_its_trace_over_a_bus_to_the_tables(
    database: FreshDatabase, spans: InMemorySpanExporter, tmp_path: Path
) -> None:
    tables = projection(Progress(), tmp_path)
    bus = MemoryBus()
    async with telling(database, tables) as service, following(service.pool) as feed:
        await tell_in_a_request(service)
        async with running(relaying(service, feed, bus), projecting(service, bus, tables)):
            await service.caught_up(tables.name)
    assert_one_trace(spans)


@pytest.mark.kafka
@pytest.mark.integration
async def test_an_event_carries_its_trace_over_kafka_to_the_tables(
    kafka: Broker, database: FreshDatabase, spans: InMemorySpanExporter, tmp_path: Path
) -> None:
    async with carried(kafka.settings(), database, tmp_path) as line:
        await tell_in_a_request(line.service)
        async with running(line.relay(), line.projector()):
            await line.published()  # or it would be stopped before it has heard that it has
            await line.delivered()
    assert_one_trace(spans)


@pytest.mark.integration
async def test_what_was_not_sampled_leaves_no_span(
    database: FreshDatabase, spans: InMemorySpanExporter, tmp_path: Path
) -> None:
    tables = projection(Progress(), tmp_path)
    async with telling(database, tables) as service, following(service.pool) as feed:
        await tell_within(service, UNSAMPLED)
        async with running(projecting(service, feed, tables)):
            await service.caught_up(tables.name)
    assert spans.get_finished_spans() == ()


def test_a_reaction_goes_on_with_the_trace_of_its_event(spans: InMemorySpanExporter) -> None:
    with tracing.reacting("seats", "enrollment", SAMPLED):
        traceparent = tracing.current()
    with tracing.reacting("seats", "enrollment", UNSAMPLED), tracing.reacting("s", "e", None):
        assert tracing.current() is None
    react = only(spans, "react seats")
    assert parent_of(react) == 0xB7AD6B7169203331
    assert react.context is not None
    assert traceparent == f"{PARENT[:36]}{react.context.span_id:016x}-01"


def test_a_timer_begins_a_trace(spans: InMemorySpanExporter) -> None:
    with tracing.firing("cohort_stage"):
        assert (tracing.current() or "").endswith(("-01", "-03"))  # the second bit: chance chose it
    assert only(spans, "timer cohort_stage").parent is None


def test_a_backlog_does_not_flood_the_collector(spans: InMemorySpanExporter) -> None:
    many = [f"00-{each:032x}-b7ad6b7169203331-01" for each in range(1, 5_000)]
    tracing.projected("directory", "enrollment", many, began=1)
    assert len(spans.get_finished_spans()) == tracing.SPANS_A_BATCH_MAX


def test_what_people_search_for_stays_out_of_traces(spans: InMemorySpanExporter) -> None:
    provider = tracing.provider()
    assert provider is not None
    query = {"url.query": "search=ana%40example.org&limit=5"}
    provider.get_tracer("http").start_span("GET", attributes=query).end()
    assert (only(spans, "GET").attributes or {})["url.query"] == "search&limit"


def test_whose_address_was_asked_for_stays_out_of_traces(spans: InMemorySpanExporter) -> None:
    provider = tracing.provider()
    assert provider is not None
    path = {"url.path": "/v1/people/0198c5a4-0000-7000-8000-00000000be00/bars"}
    provider.get_tracer("http").start_span("POST", attributes=path).end()
    assert (only(spans, "POST").attributes or {})["url.path"] == "/v1/people/{person_id}/bars"


def test_what_people_search_for_is_not_sent() -> None:
    sent = InMemorySpanExporter()
    provider = provider_of("matching", TracingSettings(endpoint="http://127.0.0.1:9"), sent)
    query = {"url.query": "search=ana%40example.org&limit=5"}
    provider.get_tracer("http").start_span("GET", attributes=query).end()
    provider.shutdown()
    assert (only(sent, "GET").attributes or {})["url.query"] == "search&limit"


def test_without_a_collector_nothing_is_set_up() -> None:
    tracing.begin("matching", TracingSettings())
    assert tracing.provider() is None
    assert isinstance(tracing.appending([]), nullcontext)
    assert isinstance(tracing.reacting("seats", "enrollment", SAMPLED), nullcontext)
    tracing.projected("directory", "enrollment", [SAMPLED], began=1)
    tracing.published("enrollment", [SAMPLED], began=1)
    assert tracing.current() is None
    tracing.end()


def test_spans_reach_a_collector_with_the_name_of_their_service() -> None:
    with collecting() as collector:
        tracing.begin("matching", TracingSettings(endpoint=collector.address))
        with tracing.reacting("seats", "enrollment", SAMPLED):
            pass
        tracing.end()
        found = collector.wait_for(PARENT[3:35], bool)
    assert [(span.service, span.name) for span in found] == [("matching", "react seats")]


def test_a_collector_that_is_away_does_not_hold_up_the_end(
    caplog: pytest.LogCaptureFixture,
) -> None:
    provider = provider_of("matching", TracingSettings(endpoint="http://127.0.0.1:9"))
    tracing.use(provider)
    with tracing.reacting("seats", "enrollment", SAMPLED):
        pass
    seconds = stopwatch()
    tracing.end()
    assert seconds() < 2
    assert all("Traceback" not in record.getMessage() for record in caplog.records)

"""Sends spans to a collector, in batches, beside everything else; imported only if asked for."""

import logging
import os
import re
import socket
import threading
from collections.abc import Mapping
from importlib.metadata import version

from opentelemetry.context import Context
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import Span, SpanProcessor, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter
from opentelemetry.sdk.trace.sampling import ParentBased, TraceIdRatioBased

from shared.settings import TracingSettings

EXPORT_SECONDS = 3.0
QUEUE_SPANS_MAX = 8_192  # what a collector that is away can cost in memory; more is dropped
BATCH_SPANS_MAX = 512
EVERY_SECONDS = 1.0
END_SECONDS = 1.0  # a collector that is away does not keep a process from ending
QUERY, ADDRESS = "url.query", "url.path"
PATH = "v1/traces"
_PERSON = re.compile(r"(?<=/people/)[^/]+")


class NamesOnly(SpanProcessor):
    """Keeps what people searched for out of traces, and what they did for themselves.

    Of a query only the names stay, of a person's own address that it is one.
    """

    def on_start(self, span: Span, parent_context: Context | None = None) -> None:  # noqa: ARG002  # theirs
        """Cut the values off."""
        said = span.attributes or {}
        query, address = said.get(QUERY), said.get(ADDRESS)
        if isinstance(query, str):
            span.set_attribute(QUERY, "&".join(part.partition("=")[0] for part in query.split("&")))
        if isinstance(address, str):
            span.set_attribute(ADDRESS, _PERSON.sub("{person_id}", address))


class Sending(NamesOnly, BatchSpanProcessor):
    """One that does both: each one more costs a fifth of what a span costs."""


def provider_of(
    service: str, settings: TracingSettings, exporter: SpanExporter | None = None
) -> TracerProvider:
    """What collects the spans of a service and sends them where the settings say."""
    # It says once for each batch that nobody took it; not once more for each span that is dropped.
    logging.getLogger("opentelemetry.sdk._shared_internal").setLevel(logging.ERROR)
    provider = TracerProvider(
        sampler=ParentBased(TraceIdRatioBased(settings.sample_ratio)),
        resource=Resource.create(_resource(service)),
        shutdown_on_exit=False,
    )
    provider.add_span_processor(
        Sending(
            exporter or OTLPSpanExporter(_address(settings.endpoint), timeout=EXPORT_SECONDS),
            max_queue_size=QUEUE_SPANS_MAX,
            max_export_batch_size=BATCH_SPANS_MAX,
            schedule_delay_millis=EVERY_SECONDS * 1000,
        )
    )
    return provider


def end(provider: TracerProvider) -> None:
    """Send what is collected, within `END_SECONDS`; what nobody takes by then is lost."""
    ending = threading.Thread(target=provider.shutdown, daemon=True)
    ending.start()
    ending.join(END_SECONDS)


def _address(endpoint: str) -> str:
    """Of spans; the settings name the collector as the conventions do, without the path."""
    return endpoint if endpoint.endswith(PATH) else f"{endpoint.rstrip('/')}/{PATH}"


def _resource(service: str) -> Mapping[str, str]:
    return {
        "service.namespace": "fairlead",
        "service.name": service,
        "service.version": version("fairlead"),
        "service.instance.id": f"{socket.gethostname()}-{os.getpid()}",
    }

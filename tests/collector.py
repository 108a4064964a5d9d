"""What stands where a trace collector would: takes spans over OTLP, and finds them by trace."""

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from shared.frozen import frozen
from tests.patience import PATIENCE_SECONDS


@frozen
class Span:
    """What somebody did, as part of which trace."""

    service: str
    instance: str
    trace: str
    span: str
    parent: str  # empty: the first
    name: str
    said: dict[str, Any]


class Collector:
    """Spans of all services that were told its address."""

    def __init__(self, port: int) -> None:
        self.address = f"http://127.0.0.1:{port}"
        self._spans: list[Span] = []

    def take(self, body: bytes) -> None:
        for of_resource in ExportTraceServiceRequest.FromString(body).resource_spans:
            who = _said(of_resource.resource.attributes)
            self._spans += [
                Span(
                    service=who["service.name"],
                    instance=who["service.instance.id"],
                    trace=span.trace_id.hex(),
                    span=span.span_id.hex(),
                    parent=span.parent_span_id.hex(),
                    name=span.name,
                    said=_said(span.attributes),
                )
                for scope in of_resource.scope_spans
                for span in scope.spans
            ]

    def spans(self, trace: str) -> Sequence[Span]:
        return [span for span in list(self._spans) if span.trace == trace]

    def wait_for(self, trace: str, claim: Callable[[Sequence[Span]], bool]) -> Sequence[Span]:
        """The spans of a trace, as soon as they are what is claimed; at the latest, as they are."""
        until = time.monotonic() + PATIENCE_SECONDS
        while not claim(self.spans(trace)) and time.monotonic() < until:
            time.sleep(0.05)
        return self.spans(trace)


@contextmanager
def collecting() -> Iterator[Collector]:
    """A collector on any port, for the time of the block."""

    class Taking(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            assert self.path == "/v1/traces"
            collector.take(self.rfile.read(int(self.headers["content-length"])))
            self.send_response(200)
            self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Taking) as server:
        collector = Collector(server.server_address[1])
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield collector
        finally:
            server.shutdown()
            thread.join()


def _said(attributes: Any) -> dict[str, Any]:  # noqa: ANN401  # generated classes without types
    return {each.key: _value(each.value) for each in attributes}


def _value(value: Any) -> Any:  # noqa: ANN401  # generated classes without types
    kind = value.WhichOneof("value")
    if kind == "array_value":
        return [_value(each) for each in value.array_value.values]
    return getattr(value, kind)

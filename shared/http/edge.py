"""The outermost layer: gives a request its ids, and lets no error out in another form than ours."""

from time import perf_counter
from typing import Any

from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from shared import telemetry
from shared.errors import MentorshipError
from shared.http import protocol_errors as protocol
from shared.http.arrival import KEY, Arrival
from shared.http.error_handlers import kind_by_status
from shared.http.idempotency import REPLAYED
from shared.http.measures import DURATION, QUIET, REPLAYS
from shared.http.problems import MEDIA_TYPE, problem_response

log = telemetry.logger(__name__)

_FAILED = 400
_BROKEN = 500


class Edge:
    """Wraps a whole application."""

    def __init__(self, app: ASGIApp, service: str) -> None:
        """Name the service, for what is counted."""
        self._app = app
        self._service = service

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, and its answer back."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        arrival = Arrival(dict(scope["headers"]))
        scope[KEY] = arrival
        answer = _Answer(scope, receive, send, arrival)
        began = perf_counter()
        with telemetry.bound(
            request_id=arrival.request_text,
            correlation_id=arrival.correlation_text,
            trace_id=arrival.trace_id,
        ):
            try:
                await self._app(scope, answer.receive, answer.send)
            except Exception as error:  # the last place that can still answer
                log.exception("request failed", error=type(error).__name__)
                await self._fail(error, answer)
            self._note(scope, answer, perf_counter() - began)

    async def _fail(self, error: Exception, answer: "_Answer") -> None:
        if answer.status == 0:
            await answer.problem(protocol.Unexpected)
        elif answer.status < _BROKEN:
            raise error  # half an answer is out: only a cut connection can tell so

    def _note(self, scope: Scope, answer: "_Answer", seconds: float) -> None:
        route = getattr(scope.get("route"), "path", "")
        method, status = scope["method"], answer.status
        DURATION.labels(self._service, method, route, status).observe(seconds)
        if answer.is_replay:
            REPLAYS.labels(self._service).inc()
        if scope["path"] not in QUIET:
            log.info(
                "request answered",
                method=method,
                route=route,
                status=status,
                duration_ms=round(seconds * 1000, 2),
            )


class _Answer:
    """One answer on its way out, and the body on its way in."""

    def __init__(self, scope: Scope, receive: Receive, send: Send, arrival: Arrival) -> None:
        self.status = 0  # until it has begun
        self.is_replay = False
        self._scope = scope
        self._receive = receive
        self._send = send
        self._digest = arrival.digest
        self._replaced = False
        self._ids = (
            (b"x-request-id", arrival.request_text.encode()),
            (b"x-correlation-id", arrival.correlation_text.encode()),
            (b"trace-id", arrival.trace_id.encode()),
            (b"x-content-type-options", b"nosniff"),
        )

    async def receive(self) -> Message:
        message = await self._receive()
        if self._digest is not None and message["type"] == "http.request":
            self._digest.update(message.get("body", b""))
        return message

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            await self._start(message)
        elif not self._replaced:
            await self._send(message)

    async def problem(self, error: type[MentorshipError], headers: Any = None) -> None:  # noqa: ANN401  # raw headers to keep
        response = problem_response(error, Request(self._scope))
        response.raw_headers.extend(headers or ())
        await response(self._scope, self._receive, self.send)

    async def _start(self, message: Message) -> None:
        status: int = message["status"]
        headers: list[tuple[bytes, bytes]] = list(message.get("headers", ()))
        names = dict(headers)
        is_ours = names.get(b"content-type") == MEDIA_TYPE.encode()
        if status >= _FAILED and not is_ours and self._scope["path"] not in QUIET:
            await self.problem(kind_by_status(status))
            self._replaced = True
            return
        self.status = status
        self.is_replay = REPLAYED.encode() in names
        headers.extend(self._ids)
        if b"cache-control" not in names:
            headers.append((b"cache-control", b"no-store"))
        await self._send({**message, "headers": headers})

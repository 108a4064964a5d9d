"""The short way of an ordinary request: straight to its route.

FastAPI and Starlette try each route in turn, and ask of each request what almost none needs: forms,
files, uploads without an end, dependencies that clean up. Requests that need none of it go past all
that. Whatever is unusual about a request, or wrong with it, FastAPI hears of as if it came first.
"""

import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, Final

from fastapi import FastAPI
from fastapi.routing import iter_route_contexts
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from shared.frozen import frozen
from shared.http.recipes import Recipe, Unusual, recipe_of
from shared.http.routes import StrictRequest, StrictRoute
from shared.strict_json import NotStrictJson, strict_json

_NAMED_GROUP: Final = re.compile(r"\(\?P<\w+>([^)]*)\)")
_JSON: Final = b"application/json"
# What these ask for, only the long way knows.
_UNUSUAL_HEADERS: Final = frozenset({b"transfer-encoding", b"content-encoding", b"origin"})


@frozen
class Lane:
    """One route, and how it is called."""

    route: Any  # what FastAPI knows of it
    pattern: re.Pattern[str]
    recipe: Recipe


@frozen
class Lanes:
    """All routes of one method: one pattern tells which of them a path is for."""

    pattern: re.Pattern[str]
    lanes: tuple[Lane | None, ...]  # None: only FastAPI knows the way

    def lane(self, path: str) -> Lane | None:
        """The way of the first route that this path is for."""
        match = self.pattern.match(path)
        return None if match is None or match.lastindex is None else self.lanes[match.lastindex - 1]


class Express:
    """Stands before all that Starlette does for a request."""

    def __init__(self, long_way: ASGIApp, app: FastAPI, body_bytes_max: int) -> None:
        """Learn the routes when the first request comes: by then all are there."""
        self._long_way = long_way
        self._app = app
        self._body_bytes_max = body_bytes_max
        # Said to caches of every answer, also where nobody asks from another origin.
        layers: list[object] = [each.cls for each in app.user_middleware]
        self._has_origins = CORSMiddleware in layers
        self._lanes: Mapping[str, Lanes] | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, the short way or the long one."""
        lane = self._lane(scope)
        if lane is None:
            await self._long_way(scope, receive, send)
            return
        content = _Content(receive) if lane.recipe.body is not None else None
        request = _ReadRequest(scope, receive, content)
        try:
            path = lane.pattern.match(_route_path(scope))
            parameters = {} if path is None else path.groupdict()
            body = None if content is None else strict_json(await content.read())
            found = lane.recipe.found(request, parameters, body)
        except (Unusual, NotStrictJson):
            await self._long_way(scope, receive if content is None else content.again, send)
            return
        scope.update(route=lane.route, endpoint=lane.recipe.endpoint, path_params=parameters)
        _tell_trace(scope, lane.route.path)
        response = await self._answer(request, lane.recipe.answer(found))
        if self._has_origins:
            response.headers.add_vary_header("Origin")
        await response(scope, receive, send)

    def _lane(self, scope: Scope) -> Lane | None:
        if scope["type"] != "http" or scope["query_string"] or self._app.dependency_overrides:
            return None
        if self._lanes is None:
            self._lanes = lanes_of(self._app)
        lanes = self._lanes.get(scope["method"])
        lane = None if lanes is None else lanes.lane(_route_path(scope))
        if lane is None or not _is_ordinary(scope, lane, self._body_bytes_max):
            return None
        return lane

    async def _answer(self, request: Request, answering: Awaitable[Response]) -> Response:
        try:
            return await answering
        except Exception as error:
            handler = self._handler(type(error))
            if handler is None:
                raise
            answer = await handler(request, error)
            error.__traceback__ = None  # an error that is raised again would collect them
            return answer

    def _handler(self, kind: type[Exception]) -> Callable[..., Awaitable[Response]] | None:
        handlers: Any = self._app.exception_handlers  # those of ours all are coroutines
        return next((handlers[each] for each in kind.__mro__ if each in handlers), None)


class _Content:
    """A body that can be read a second time."""

    def __init__(self, receive: Receive) -> None:
        self._receive = receive
        self._messages: list[Message] = []
        self._at = 0

    async def read(self) -> bytes:
        """All of it.

        Raises:
            Unusual: the caller has gone.
        """
        more = True
        while more:
            message = await self._receive()
            self._messages.append(message)
            if message["type"] != "http.request":
                raise Unusual
            more = message.get("more_body", False)
        return b"".join(message.get("body", b"") for message in self._messages)

    async def again(self) -> Message:
        """What was received, from the beginning; then what comes after it."""
        if self._at == len(self._messages):
            return await self._receive()
        self._at += 1
        return self._messages[self._at - 1]


class _ReadRequest(StrictRequest):
    """A request whose body may have been read already."""

    def __init__(self, scope: Scope, receive: Receive, content: _Content | None) -> None:
        super().__init__(scope, receive if content is None else content.again)


def lanes_of(app: FastAPI) -> Mapping[str, Lanes]:
    """By method: the short ways through an application."""
    routes: dict[str, list[tuple[str, Lane | None]]] = {}
    for context in iter_route_contexts(app.routes):
        pattern = getattr(context, "path_regex", None)
        if pattern is None:
            break  # it is no route of one path: what stands behind it, it may have taken
        plain = _NAMED_GROUP.sub(r"\1", pattern.pattern)
        for method in context.methods or ():
            routes.setdefault(method, []).append((plain, _lane_of(context, pattern)))
    return {method: _joined(ways) for method, ways in routes.items()}


def _joined(ways: Sequence[tuple[str, Lane | None]]) -> Lanes:
    pattern = re.compile("|".join(f"({plain})" for plain, _ in ways))
    return Lanes(pattern=pattern, lanes=tuple(lane for _, lane in ways))


def _lane_of(context: Any, pattern: re.Pattern[str]) -> Lane | None:  # noqa: ANN401  # FastAPI's view of a route
    route = context.original_route
    if not isinstance(route, StrictRoute):
        return None
    recipe = recipe_of(context.dependant)
    return None if recipe is None else Lane(route=route, pattern=pattern, recipe=recipe)


def _is_ordinary(scope: Scope, lane: Lane, body_bytes_max: int) -> bool:
    headers = dict(scope["headers"])
    if not _UNUSUAL_HEADERS.isdisjoint(headers) or "\0" in scope["path"]:
        return False
    length = headers.get(b"content-length", b"0")
    if length == b"0":
        return lane.recipe.body is None
    content_type = headers.get(b"content-type", b"").partition(b";")[0].strip().lower()
    return content_type == _JSON and length.isdigit() and int(length) <= body_bytes_max


def _route_path(scope: Scope) -> str:
    """The path without what a proxy has put before it."""
    path: str = scope["path"]
    root: str = scope.get("root_path", "")
    return path.removeprefix(root) if root and path.startswith(f"{root}/") else path


def _tell_trace(scope: Scope, route: str) -> None:
    """Name the span of this request, as FastAPI does when it has found the route."""
    telemetry = scope.get("fastapi.telemetry")
    if telemetry is None:
        return
    telemetry.route = route
    if telemetry.span is not None:
        telemetry.span.set_attribute("http.route", route)
        telemetry.span.update_name(f"{telemetry.span_method} {route}")

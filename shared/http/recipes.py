"""What a route's function is called with, worked out once instead of for each request."""

import inspect
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, Final, TypeAlias

from fastapi import params
from starlette.requests import Request
from starlette.responses import Response

from shared.frozen import frozen

Arguments: TypeAlias = Sequence[tuple[str, int]]  # names, each with the place of its value
Found: TypeAlias = list[Any]  # the values of one request, by their places

REQUEST: Final = 0
BODY: Final = 1


class Unusual(Exception):
    """Only FastAPI knows how to call this route, or what is wrong with this request."""


@frozen
class _Step:
    """One dependency; its value takes the next place."""

    call: Callable[..., Awaitable[Any]]
    arguments: Arguments


@frozen
class Recipe:
    """How a route is called: the values of its path and body, its dependencies, its function."""

    paths: Sequence[Any]  # FastAPI's fields; their values follow the body's
    body: Any | None  # FastAPI's field; None: the body is not read
    steps: Sequence[_Step]
    endpoint: Callable[..., Awaitable[Response]]
    arguments: Arguments

    def found(self, request: Request, path: Mapping[str, str], body: Any) -> Found:  # noqa: ANN401  # any JSON value
        """The values that stand in the request itself.

        Raises:
            Unusual: one of them is not what the route takes.
        """
        content = None if self.body is None else _valid(self.body, body)
        return [request, content, *(_valid(field, path[field.alias]) for field in self.paths)]

    async def answer(self, found: Found) -> Response:
        """Ask the dependencies, then the route."""
        for step in self.steps:
            found.append(await step.call(**{name: found[at] for name, at in step.arguments}))
        return await self.endpoint(**{name: found[at] for name, at in self.arguments})


def recipe_of(dependant: Any) -> Recipe | None:  # noqa: ANN401  # FastAPI's tree of dependencies
    """How to call the route at the root of this tree; None if it asks for unusual things."""
    try:
        return _Kitchen(dependant).recipe()
    except Unusual:
        return None


class _Kitchen:
    """Turns a tree of dependencies into steps, each of them done once."""

    def __init__(self, dependant: Any) -> None:  # noqa: ANN401  # FastAPI's tree
        self._dependant = dependant
        self._paths: dict[str, Any] = {}
        self._steps: list[_Step] = []
        self._done: dict[int, int] = {}  # by the dependency: the place of its step
        self._gather_paths(dependant)

    def recipe(self) -> Recipe:
        """The whole of it."""
        dependant = self._dependant
        is_plain = inspect.signature(dependant.call).return_annotation is Response
        if not is_plain or not inspect.iscoroutinefunction(dependant.call):
            raise Unusual
        arguments = [*self._arguments(dependant)]
        body = None
        if dependant.body_params:
            (body,) = dependant.body_params
            arguments.append((body.name, BODY))
        return Recipe(
            paths=tuple(self._paths.values()),
            body=body,
            steps=tuple(self._steps),
            endpoint=dependant.call,
            arguments=tuple(arguments),
        )

    def _gather_paths(self, dependant: Any) -> None:  # noqa: ANN401  # FastAPI's tree
        for field in dependant.path_params:
            known = self._paths.setdefault(field.alias, field)
            if known.field_info.annotation is not field.field_info.annotation:
                raise Unusual
        for dependency in dependant.dependencies:
            self._gather_paths(dependency)

    def _arguments(self, dependant: Any) -> Arguments:  # noqa: ANN401  # FastAPI's tree
        _assert_plain(dependant, is_route=dependant is self._dependant)
        found = [(dependency.name, self._step(dependency)) for dependency in dependant.dependencies]
        arguments = [(name, at) for name, at in found if name is not None]
        aliases = list(self._paths)
        arguments += [
            (field.name, BODY + 1 + aliases.index(field.alias)) for field in dependant.path_params
        ]
        if dependant.request_param_name is not None:
            arguments.append((dependant.request_param_name, REQUEST))
        return arguments

    def _step(self, dependant: Any) -> int:  # noqa: ANN401  # FastAPI's tree
        arguments = self._arguments(dependant)
        done = self._done.get(id(dependant.call))
        if done is not None:
            return done
        self._steps.append(_Step(call=dependant.call, arguments=arguments))
        place = BODY + len(self._paths) + len(self._steps)
        return self._done.setdefault(id(dependant.call), place)


_UNUSUAL = (
    "query_params",
    "header_params",
    "cookie_params",
    "websocket_param_name",
    "http_connection_param_name",
    "response_param_name",
    "background_tasks_param_name",
    "security_scopes_param_name",
    "concurrency",
)


def _assert_plain(dependant: Any, *, is_route: bool) -> None:  # noqa: ANN401  # FastAPI's tree
    is_plain = not any(getattr(dependant, name) for name in _UNUSUAL)
    if is_route:
        bodies = dependant.body_params
        is_plain &= len(bodies) <= 1 and all(_is_json(field) for field in bodies)
    else:
        is_plain &= dependant.use_cache and not dependant.body_params and _is_awaited(dependant)
    if not is_plain:
        raise Unusual


def _is_json(field: Any) -> bool:  # noqa: ANN401  # FastAPI's field
    return not isinstance(field.field_info, params.Form) and not getattr(
        field.field_info, "embed", None
    )


def _is_awaited(dependant: Any) -> bool:  # noqa: ANN401  # FastAPI's tree
    call = dependant.call
    return inspect.iscoroutinefunction(call) or inspect.iscoroutinefunction(
        getattr(call, "__call__", None)  # noqa: B004  # asked of what it is, not whether it is
    )


def _valid(field: Any, value: Any) -> Any:  # noqa: ANN401  # FastAPI's field, and any value
    valid, errors = field.validate(value, {}, loc=())
    if errors:
        raise Unusual
    return valid

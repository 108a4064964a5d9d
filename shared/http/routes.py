"""Routes that read bodies and queries strictly, named for clients by their functions."""

from collections.abc import Callable, Coroutine, Iterator
from typing import Any, Final

from fastapi import APIRouter
from fastapi.routing import APIRoute
from pydantic import BaseModel
from starlette.requests import Request
from starlette.responses import Response

from shared.http.protocol_errors import (
    ContentTypeUnsupported,
    Fault,
    Malformed,
    RequestInvalid,
)
from shared.strict_json import NotStrictJson, strict_json

MEBIBYTE: Final = 1024 * 1024
IMPORT_BYTES_MAX: Final = 32 * MEBIBYTE

# Read by us for every route that lists, waits, or streams.
_OURS = frozenset({"limit", "cursor", "at_least", "pad"})

Handler = Callable[[Request], Coroutine[Any, Any, Response]]


class StrictRequest(Request):
    """A request whose body is UTF-8 JSON with no member named twice, or nothing."""

    async def json(self) -> Any:  # noqa: ANN401  # any JSON value
        """The body.

        Raises:
            Malformed: it is not JSON, or JSON that two readers would understand differently.
        """
        try:
            return strict_json(await self.body())
        except NotStrictJson as error:
            raise Malformed from error


class StrictRoute(APIRoute):
    """A route of ours."""

    def get_route_handler(self) -> Handler:
        """FastAPI's handler, given a stricter request."""
        handle = super().get_route_handler()
        known = _OURS | frozenset(_query_names(self.dependant))

        async def handle_strictly(request: Request) -> Response:
            if request.scope["query_string"]:
                _refuse_unknown(request, known)
            _refuse_nul(request)
            encoding = request.headers.get("content-encoding", "identity")
            if encoding.lower() != "identity":
                raise ContentTypeUnsupported
            return await handle(StrictRequest(request.scope, request.receive))

        return handle_strictly


class Routes(APIRouter):
    """The routes of one topic: `Routes("cohorts")`, with full paths from `/v1` on."""

    def __init__(self, tag: str, **options: Any) -> None:  # noqa: ANN401  # FastAPI's own options
        """Name the topic under which the documentation lists them."""
        super().__init__(
            tags=[tag],
            route_class=StrictRoute,
            generate_unique_id_function=operation_id,
            redirect_slashes=False,
            **options,
        )


def _refuse_unknown(request: Request, known: frozenset[str]) -> None:
    """A filter that is misspelt would otherwise be no filter, and nobody would notice."""
    unknown = [name for name in request.query_params if name not in known]
    if unknown:
        detail = f"Known here: {', '.join(sorted(known - _OURS)) or 'none'}."
        raise RequestInvalid(
            [
                Fault(source="query", pointer=f"/{name}", code="unknown_parameter", detail=detail)
                for name in unknown
            ]
        )


def _refuse_nul(request: Request) -> None:
    """U+0000 can be asked for in an address, and is in no text that we or the database keep."""
    if b"%00" not in request.scope["query_string"] and "\0" not in request.scope["path"]:
        return
    places = [
        *(("path", name, str(value)) for name, value in request.path_params.items()),
        *(("query", name, value) for name, value in request.query_params.multi_items()),
    ]
    faults = [
        Fault(source=source, pointer=f"/{name}", code="character_not_allowed", detail="U+0000")
        for source, name, value in places
        if "\0" in value
    ]
    if faults:
        raise RequestInvalid(faults)


def _query_names(dependant: Any) -> Iterator[str]:  # noqa: ANN401  # FastAPI's tree of dependencies
    for field in dependant.query_params:
        model = field.field_info.annotation
        if isinstance(model, type) and issubclass(model, BaseModel):
            yield from model.model_fields
        yield field.alias
    for dependency in dependant.dependencies:
        yield from _query_names(dependency)


def operation_id(route: APIRoute) -> str:
    """The function's name in camelCase: stable as long as nobody renames it."""
    first, *rest = route.name.split("_")
    return first + "".join(word.capitalize() for word in rest)

"""Routes that read bodies strictly, named for clients by their functions."""

from collections.abc import Callable, Coroutine
from typing import Any, Final

from fastapi import APIRouter
from fastapi.routing import APIRoute
from starlette.requests import Request
from starlette.responses import Response

from shared.http.protocol_errors import ContentTypeUnsupported, Malformed
from shared.strict_json import NotStrictJson, strict_json

MEBIBYTE: Final = 1024 * 1024
IMPORT_BYTES_MAX: Final = 32 * MEBIBYTE

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

        async def handle_strictly(request: Request) -> Response:
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


def operation_id(route: APIRoute) -> str:
    """The function's name in camelCase: stable as long as nobody renames it."""
    first, *rest = route.name.split("_")
    return first + "".join(word.capitalize() for word in rest)

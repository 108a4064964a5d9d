"""From whatever goes wrong to a problem that a caller can act on."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, Protocol, cast

from fastapi.exceptions import RequestValidationError
from fastapi.routing import iter_route_contexts
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from shared import telemetry
from shared.auth import Unauthenticated
from shared.errors import Conflict, InvalidCommand, MentorshipError, Unavailable
from shared.eventstore import KeyReused
from shared.eventstore.failures import AWAY, DatabaseAway
from shared.http import protocol_errors as protocol
from shared.http.arrival import arrival_of
from shared.http.parameters import faults_of, pointer_of
from shared.http.problems import problem_response
from shared.http.protocol_errors import Fault
from shared.http.registry import kind_of, register

log = telemetry.logger(__name__)

BOUND: Final = "fairlead.commands"  # where a request's commands stand in the ASGI scope


class Answered(Protocol):
    """What knows the answers that were given before."""

    async def answered(self) -> Response | None:
        """The answer to the same request, if it had one."""
        ...


RETRY_SECONDS = {
    protocol.ProjectionBehind: 1,
    protocol.StillRunning: 1,
    Conflict: 1,
    Unavailable: 2,
}

_BY_STATUS: Mapping[int, type[MentorshipError]] = {
    400: protocol.Malformed,
    401: Unauthenticated,
    404: protocol.PathUnknown,
    405: protocol.MethodNotAllowed,
    406: protocol.NotAcceptable,
    413: protocol.ContentTooLarge,
    415: protocol.ContentTypeUnsupported,
    429: protocol.TooManyRequests,
    503: Unavailable,
}

register(Unauthenticated, 401)


def handlers() -> dict[Any, Callable[[Request, Any], Any]]:
    """Exception handlers for an application."""
    return {
        MentorshipError: on_mentorship_error,
        RequestValidationError: on_invalid_request,
        HTTPException: on_http_exception,
        **dict.fromkeys(AWAY, on_database_away),
    }


async def on_mentorship_error(request: Request, error: MentorshipError) -> Response:
    """Answer an error of ours with the status that the registry has for it.

    A route may refuse before it comes to its command, for what has happened since: what was
    answered before under the request's key is answered again all the same.
    """
    commands: Answered | None = request.scope.get(BOUND)
    if commands is None or isinstance(error, KeyReused | Unavailable):
        return answer_to(error, request)
    try:
        return await commands.answered() or answer_to(error, request)
    except MentorshipError as other:  # the key stands for another request, or nobody can tell now
        return answer_to(other, request)


def answer_to(error: MentorshipError, request: Request) -> Response:
    """The problem that tells of `error`."""
    if error.is_noted:
        _note(error, request)
    headers: dict[str, str] = {}
    seconds = next((RETRY_SECONDS[c] for c in type(error).__mro__ if c in RETRY_SECONDS), None)
    if seconds is not None:
        headers["retry-after"] = str(seconds)
    if isinstance(error, Unauthenticated):
        headers["www-authenticate"] = "Bearer"
    return problem_response(error, request, faults=_faults(error), headers=headers)


def _note(error: MentorshipError, request: Request) -> None:
    caller = arrival_of(request).caller
    if caller is not None:
        code = kind_of(type(error)).code
        log.info("refusal noted", code=code, actor=caller.subject, tenant=caller.tenant)


async def on_invalid_request(request: Request, error: RequestValidationError) -> Response:
    """Tell a body that cannot be read (400) from one that breaks a rule of form (422)."""
    found = cast("Sequence[dict[str, Any]]", error.errors())
    first = found[0] if found else {"type": "", "loc": ()}
    if first["type"] == "json_invalid":
        return problem_response(protocol.Malformed, request)
    if _not_json(first, request):
        return problem_response(protocol.ContentTypeUnsupported, request)
    return problem_response(protocol.RequestInvalid, request, faults=faults_of(found, error.body))


async def on_http_exception(request: Request, error: HTTPException) -> Response:
    """Put what FastAPI and Starlette refuse by themselves into our form."""
    kind = kind_by_status(error.status_code)
    headers = dict(error.headers or {})
    if kind is protocol.MethodNotAllowed:
        headers["Allow"] = ", ".join(allowed_methods(request))
    if kind is Unauthenticated:
        headers["www-authenticate"] = "Bearer"
    return problem_response(kind, request, headers=headers)


async def on_database_away(request: Request, error: Exception) -> Response:
    """Ask to come back: the database does not answer, and nothing was changed."""
    if isinstance(error, OSError) and error.filename is not None:
        raise error  # a file, not the database
    log.warning("database did not answer", error=type(error).__name__)
    return answer_to(DatabaseAway(), request)


def kind_by_status(status: int) -> type[MentorshipError]:
    """The error that stands for a status which another library chose."""
    broken = status >= 500  # noqa: PLR2004  # a server error
    return _BY_STATUS.get(status, protocol.Unexpected if broken else protocol.Malformed)


def allowed_methods(request: Request) -> Sequence[str]:
    """Every method that any route at this address knows, not only those of the first one."""
    path = request.scope["path"].removeprefix(request.scope.get("root_path", ""))
    methods: set[str] = set()
    for route in iter_route_contexts(request.app.routes):
        pattern = getattr(route, "path_regex", None)
        if pattern is not None and pattern.match(path):
            methods |= route.methods or set()
    return sorted(methods)


def _not_json(first: Mapping[str, Any], request: Request) -> bool:
    # FastAPI hands a body of another content type to the model as bytes, which it cannot be.
    if tuple(first["loc"]) != ("body",) or first["type"] == "missing":
        return False
    content_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    return not (content_type == "application/json" or content_type.endswith("+json"))


def _faults(error: MentorshipError) -> Sequence[Fault]:
    if isinstance(error, protocol.RequestInvalid):
        return error.faults
    if isinstance(error, InvalidCommand) and error.field:
        pointer = error.field if error.field.startswith("/") else pointer_of([error.field])
        code = kind_of(type(error)).code
        return (Fault(source="body", pointer=pointer, code=code, detail=str(error)),)
    return ()

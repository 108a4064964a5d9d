"""The API's description as client generators want it: FastAPI's, completed and put right."""

from collections.abc import Iterator, Mapping
from inspect import cleandoc
from typing import Any

from fastapi import FastAPI
from fastapi.routing import iter_route_contexts

from shared.auth import Unauthenticated
from shared.command_handler import Stale
from shared.errors import Conflict, MentorshipError, NotFound, Unavailable
from shared.eventstore import KeyReused
from shared.http import protocol_errors as protocol
from shared.http.asked import Asked, asked_by
from shared.http.caller import RoleMissing
from shared.http.examples import example_of
from shared.http.headers import ANSWERED, PARAMETERS
from shared.http.problems import FieldProblem, Problem, add_problem
from shared.http.registry import kind_of
from shared.http.schemas import put_right, schema_of

Operation = dict[str, Any]

_METHODS = frozenset({"get", "put", "post", "patch", "delete"})
_DROPPED = ("HTTPValidationError", "ValidationError")
_BEARER = {
    "type": "http",
    "scheme": "bearer",
    "bearerFormat": "JWT",
    "description": "An OpenID Connect access token (RFC 9068) of the configured issuer.",
}


def described(document: dict[str, Any], app: FastAPI) -> dict[str, Any]:
    """The description, completed; `document` is changed in place."""
    asked = {
        (context.path_format, method.lower()): asked_by(context)
        for context in iter_route_contexts(app.routes)
        for method in context.methods or ()
    }
    components = document.setdefault("components", {})
    schemas = components.setdefault("schemas", {})
    for name in _DROPPED:
        schemas.pop(name, None)
    for model in (Problem, FieldProblem):
        schemas[model.__name__] = schema_of(model)
    components["securitySchemes"] = {"bearer": _BEARER}
    document["servers"] = [{"url": app.root_path or "/"}]
    for path, method, operation in _operations(document):
        _complete(operation, asked.get((path, method), Asked()), method)
    put_right(document)
    for _, _, operation in _operations(document):
        _exemplify(operation, schemas)
    return document


def _operations(document: Mapping[str, Any]) -> Iterator[tuple[str, str, Operation]]:
    for path, item in document.get("paths", {}).items():
        for method, operation in item.items():
            if method in _METHODS:
                yield path, method, operation


def _complete(operation: Operation, asked: Asked, method: str) -> None:
    told = cleandoc(operation.get("description", "")) or operation["summary"]
    operation["summary"] = told.partition("\n")[0].rstrip(".")
    operation["description"] = told
    operation["security"] = [{"bearer": []}]
    is_start = method == "post" and bool(operation["responses"].keys() & {"201", "202"})
    parameters = operation.setdefault("parameters", [])
    has_one_version = asked.is_conditional or not (is_start or "207" in operation["responses"])
    for name in asked.parameters(method, has_one_version=has_one_version):
        required = (name == "Idempotency-Key" and is_start) or (
            name == "If-Match" and asked.is_conditional
        )
        parameters.append({**PARAMETERS[name], "required": required})
    if not parameters:
        del operation["parameters"]
    for status, response in operation["responses"].items():
        if status.startswith("2"):
            _answer_headers(response, asked, status)
    _name_errors(operation, asked)


def _answer_headers(response: dict[str, Any], asked: Asked, status: str) -> None:
    for name in asked.answers(status):
        response.setdefault("headers", {})[name] = ANSWERED[name]


def _name_errors(operation: Operation, asked: Asked) -> None:
    responses = operation["responses"]
    unprocessable = responses.get("422", {}).get("content", {})
    if "application/json" in unprocessable:
        del responses["422"]
    for error in _errors(operation, asked):
        kind = kind_of(error)
        add_problem(responses, kind, key=str(kind.status))
    operation["responses"] = dict(sorted(responses.items()))


def _errors(operation: Operation, asked: Asked) -> Iterator[type[MentorshipError]]:
    yield Unauthenticated
    parameters = operation.get("parameters", ())
    if asked.roles:
        yield RoleMissing
    if any(parameter["in"] == "path" for parameter in parameters):
        yield NotFound
    if parameters or "requestBody" in operation:
        yield from (protocol.Malformed, protocol.RequestInvalid)
    if "requestBody" in operation:
        yield from (protocol.ContentTooLarge, protocol.ContentTypeUnsupported)
    if asked.is_command:
        yield from (Conflict, Stale, KeyReused, protocol.IdempotencyKeyMalformed)
    if any(p["name"] == "Idempotency-Key" and p["required"] for p in parameters):
        yield protocol.IdempotencyKeyMissing
    if asked.is_conditional:
        yield protocol.PreconditionMissing
    if asked.is_read:
        yield from (protocol.ProjectionBehind, protocol.ConsistencyTokenRejected)
    if asked.is_list:
        yield protocol.CursorRejected
    yield from (protocol.Unexpected, Unavailable)


def _exemplify(operation: Operation, schemas: Mapping[str, Any]) -> None:
    """An example for each body that has none, made from its schema."""
    bodies = [operation.get("requestBody", {}), *operation["responses"].values()]
    for body in bodies:
        content = body.get("content", {}).get("application/json")
        if content and "schema" in content and not {"example", "examples"} & content.keys():
            content["example"] = example_of(content["schema"], schemas)

"""Errors as callers see them: RFC 9457 problems, in answers and in the API's description."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import BaseModel, ConfigDict, Field
from starlette.requests import Request
from starlette.responses import Response

from shared.errors import MentorshipError
from shared.http.arrival import arrival_of
from shared.http.protocol_errors import Fault
from shared.http.registry import Kind, kind_of

MEDIA_TYPE = "application/problem+json"
REFERENCE = {"$ref": "#/components/schemas/Problem"}
_EXAMPLE_TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"


class FieldProblem(BaseModel):
    """One value of the request that is at fault."""

    model_config = ConfigDict(extra="forbid")

    source: str = Field(description="Where the value stands: body, query, path or header.")
    pointer: str = Field(description="JSON pointer to the value, from its source.")
    code: str = Field(description="Which rule of form it breaks.")
    detail: str = Field(description="The rule in words.")


class Problem(BaseModel):
    """Why a request failed and what to do about it (RFC 9457)."""

    model_config = ConfigDict(extra="forbid")

    type: str = Field(description="Address of the page about this code, served by this API.")
    title: str
    status: int = Field(ge=400, le=599)
    detail: str = Field(description="What happened, in words for people.")
    instance: str = Field(description="The path that was asked.")
    code: str = Field(description="Which error it is; programs decide by it.")
    remedy: str = Field(description="What to do now.")
    trace_id: str = Field(description="Find the request in logs and traces by it.")
    errors: list[FieldProblem] = Field(description="The values at fault; empty if none is.")


class ItemProblem(BaseModel):
    """Why one item of many was refused, beside others that were not."""

    model_config = ConfigDict(extra="forbid")

    code: str
    status: int
    detail: str
    remedy: str


def item_problem(error: MentorshipError) -> ItemProblem:
    """What is said of one refused item."""
    kind = kind_of(type(error))
    return ItemProblem(code=kind.code, status=kind.status, detail=str(error), remedy=kind.remedy)


def problem_body(
    kind: Kind, request: Request, *, detail: str | None = None, faults: Sequence[Fault] = ()
) -> bytes:
    """The body of the answer to a request that failed."""
    return json.dumps(
        _document(
            kind,
            root=request.scope.get("root_path", "").rstrip("/"),
            detail=kind.detail if detail is None else detail,
            instance=request.url.path,
            trace_id=arrival_of(request).trace_id,
            errors=[fault.told() for fault in faults],
        ),
        ensure_ascii=True,
    ).encode()


def problem_response(
    error: type[MentorshipError] | MentorshipError,
    request: Request,
    *,
    faults: Sequence[Fault] = (),
    headers: Mapping[str, str] | None = None,
) -> Response:
    """The answer to a request that failed with `error`."""
    kind = kind_of(error if isinstance(error, type) else type(error))
    detail = None if isinstance(error, type) else str(error)
    body = problem_body(kind, request, detail=detail, faults=faults)
    return Response(body, kind.status, headers, MEDIA_TYPE)


def problems(*errors: type[MentorshipError]) -> dict[int | str, dict[str, Any]]:
    """What a route that can fail with `errors` says in its `responses`, with an example of each."""
    told: dict[int | str, dict[str, Any]] = {}
    for error in errors:
        add_problem(told, kind_of(error))
    return told


def add_problem(responses: dict[Any, dict[str, Any]], kind: Kind, key: Any = None) -> None:  # noqa: ANN401  # FastAPI keys by number, OpenAPI by text
    """Name one more kind of error among the answers of an operation."""
    entry = responses.setdefault(kind.status if key is None else key, {"description": ""})
    content = entry.setdefault("content", {}).setdefault(
        MEDIA_TYPE, {"schema": REFERENCE, "examples": {}}
    )
    examples = content.setdefault("examples", {})
    examples[kind.code] = {"summary": kind.title, "value": _example(kind)}
    entry["description"] = " · ".join(example["summary"] for example in examples.values())


def _example(kind: Kind) -> dict[str, Any]:
    return _document(
        kind,
        root="",
        detail=kind.detail,
        instance="/v1",
        trace_id=_EXAMPLE_TRACE,
        errors=[],
    )


def _document(kind: Kind, *, root: str, **rest: Any) -> dict[str, Any]:  # noqa: ANN401  # JSON values
    return {
        "type": f"{root}/v1/problems/{kind.code}",
        "title": kind.title,
        "status": kind.status,
        "code": kind.code,
        "remedy": kind.remedy,
        **rest,
    }

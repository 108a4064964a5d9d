"""Every operation of the four APIs, as their descriptions list them."""

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import httpx

from shared.frozen import frozen
from shared.ids import new_id
from shared.provisioning import SERVICES
from tests.e2e.house import Caller
from tests.e2e.spring import calendar

DESCRIPTIONS = Path(__file__).parents[2] / "docs" / "openapi"
CODES = {"dimension": "function"}  # what is asked for and is no id
NOT_IN_THE_STORY = {  # what is asked of an address by its manager, and is not there
    "enrollment GET /v1/people/imports/{import_id}",  # made up
    "enrollment GET /v1/operations/{operation_id}",  # it is one of matching
    "sessions GET /v1/operations/{operation_id}",
    "metrics GET /v1/operations/{operation_id}",
    "enrollment GET /v1/people/{person_id}/accommodations",  # of the manager: none
    "enrollment GET /v1/people/{person_id}/profile",
    "matching GET /v1/appeals/{appeal_id}",  # of these there is none in the story
    "matching GET /v1/circles/{circle_id}",
    "matching GET /v1/groups/{group_id}",
    "matching GET /v1/requests/{request_id}",
    "matching GET /v1/matching-runs/{run_id}/pairs/{mentee}/explanation",
    "matching GET /v1/matching-runs/{run_id}/unserved/{mentee}/explanation",
    "matching GET /v1/matching-runs/{run_id}/why-not",
    "matching GET /v1/people/{person_id}/load",  # of the manager: none
    "matching GET /v1/rosters/{enrollment_id}/partners",  # these are for oneself alone
    "matching GET /v1/rosters/{enrollment_id}/received-requests",
    "matching GET /v1/rosters/{enrollment_id}/requests",
    "matching GET /v1/rosters/{enrollment_id}/shortlist",
}
METHODS = ("get", "put", "post", "delete")
CSV = "text/csv"


@frozen
class Operation:
    """One method of one address, with a request that is in order as far as its form goes."""

    service: str
    method: str
    path: str
    parameters: tuple[str, ...]  # in the path
    needed: tuple[str, ...]  # in the query
    needs_role: bool
    content_type: str
    body: Any
    needs_body: bool
    codes: Mapping[str, str]  # by parameter, where only some words are understood

    def __str__(self) -> str:
        return f"{self.service} {self.method.upper()} {self.path}"

    def ask(self, caller: Caller, places: Mapping[str, str], **more: Any) -> httpx.Response:  # noqa: ANN401  # what httpx takes
        """Send it, with these values in its path; what is not given is made up."""
        names = (*self.parameters, *self.needed)
        codes = {**CODES, **self.codes}
        values = {name: places.get(name) or codes.get(name) or str(new_id()) for name in names}
        path = self.path.format_map(values)
        headers = {"Idempotency-Key": str(new_id()), **more.pop("headers", {})}
        query = {**{name: values[name] for name in self.needed}, **more.pop("params", {})}
        if self.body is not None and "content" not in more:
            written = self.body if isinstance(self.body, str) else json.dumps(self.body)
            more["content"] = written.encode()
        if "content" in more:
            headers["Content-Type"] = self.content_type
        return caller.ask(
            self.method.upper(), self.service, path, headers=headers, params=query, **more
        )


def operations() -> list[Operation]:
    return [each for service in SERVICES for each in _of(service)]


def _of(service: str) -> Iterator[Operation]:
    document = json.loads((DESCRIPTIONS / f"{service}.json").read_text("utf-8"))
    for path, item in document["paths"].items():
        shared = item.get("parameters", ())
        for method in METHODS:
            if method in item:
                given = (*shared, *item[method].get("parameters", ()))
                codes = _codes(given, document["components"]["schemas"])
                yield _operation(service, (method, path), item[method], (given, codes))


def _codes(given: Sequence[Any], schemas: Mapping[str, Any]) -> Mapping[str, str]:
    found: dict[str, str] = {}
    for each in given:
        schema = each["schema"]
        schema = next(iter(schema.get("anyOf", ())), schema)
        schema = schemas[schema["$ref"].rpartition("/")[2]] if "$ref" in schema else schema
        if "enum" in schema:
            found[each["name"]] = schema["enum"][0]
    return found


def _operation(
    service: str,
    where: tuple[str, str],
    told: Mapping[str, Any],
    parameters: tuple[Sequence[Any], Mapping[str, str]],
) -> Operation:
    given, codes = parameters
    contents = told.get("requestBody", {}).get("content", {})
    content_type = next(iter(contents), "")
    return Operation(
        service=service,
        method=where[0],
        path=where[1],
        parameters=tuple(each["name"] for each in given if each["in"] == "path"),
        needed=tuple(each["name"] for each in given if each["in"] == "query" and each["required"]),
        needs_role="role_missing" in json.dumps(told["responses"].get("403", {})),
        content_type=content_type,
        body=_example(contents[content_type]) if content_type else None,
        codes=codes,
        needs_body=bool(told.get("requestBody", {}).get("required")),
    )


def _example(media: Mapping[str, Any]) -> Any:  # noqa: ANN401  # any JSON
    if "calendar" in media.get("example", ()):
        return {**media["example"], "calendar": calendar()}  # the one shown is over
    if "example" in media:
        return media["example"]
    first: Mapping[str, Any] = next(iter(media.get("examples", {}).values()), {})
    return first.get("value")

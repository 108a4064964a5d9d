"""The API's description as client generators and people need it, and its page."""

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest

from shared.http import create_service
from tests.shared.http.goals_service import SERVICE, GoalsWorld

CAMEL = re.compile(r"[a-z]+(?:[A-Z][a-z0-9]*)*")
KEBAB = re.compile(r"(?:/(?:[a-z0-9]+(?:-[a-z0-9]+)*|\{[a-z]+(?:_[a-z]+)*\}))+")
SNAKE = re.compile(r"[a-z]+(?:_[a-z0-9]+)*")
SCHEMA_WORDS = ("anyOf", "oneOf", "allOf")


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    text = json.dumps(create_service(SERVICE).openapi())
    document: dict[str, Any] = json.loads(text)
    return document


def operations(document: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, item in document["paths"].items():
        for method, operation in item.items():
            yield path, method, operation


def walked(value: object) -> Iterator[dict[str, Any]]:
    if isinstance(value, dict):
        yield value
        for part in value.values():
            yield from walked(part)
    elif isinstance(value, list):
        for part in value:
            yield from walked(part)


def test_every_operation_has_a_name_that_no_other_has(document: dict[str, Any]) -> None:
    names = [operation["operationId"] for _, _, operation in operations(document)]
    assert len(names) == len(set(names))
    assert [name for name in names if not CAMEL.fullmatch(name)] == []
    assert {"setGoal", "takeStep", "listGoals", "showOperation", "listParked"} <= set(names)


def test_paths_are_kebab_case_and_start_with_the_version(document: dict[str, Any]) -> None:
    assert [path for path in document["paths"] if not KEBAB.fullmatch(path)] == []
    assert [path for path in document["paths"] if not path.startswith("/v1/")] == []


def test_properties_and_query_parameters_are_snake_case(document: dict[str, Any]) -> None:
    names = {name for schema in walked(document) for name in schema.get("properties", {})}
    for _, _, operation in operations(document):
        for parameter in operation.get("parameters", ()):
            if parameter["in"] in ("query", "path"):
                names.add(parameter["name"])
    assert [name for name in names if not SNAKE.fullmatch(name)] == []


def test_every_error_is_a_problem_with_an_example(document: dict[str, Any]) -> None:
    for path, method, operation in operations(document):
        for status, response in operation["responses"].items():
            if status.startswith(("4", "5")):
                assert list(response["content"]) == ["application/problem+json"], (path, method)
                examples = response["content"]["application/problem+json"]["examples"]
                assert all(e["value"]["status"] == int(status) for e in examples.values())
                assert response["description"]
        assert {"401", "500", "503"} <= operation["responses"].keys()


def test_an_operation_names_its_own_refusals(document: dict[str, Any]) -> None:
    responses = document["paths"]["/v1/goals/{goal_id}/steps"]["post"]["responses"]
    told = responses["409"]["content"]["application/problem+json"]["examples"]
    assert {"goal_full", "conflict"} == set(told)
    finish = document["paths"]["/v1/goals/{goal_id}/finish"]["put"]
    assert {"403", "412", "428"} <= finish["responses"].keys()


def test_fastapis_own_error_schemas_are_gone(document: dict[str, Any]) -> None:
    text = json.dumps(document)
    assert "HTTPValidationError" not in text
    names = document["components"]["schemas"].keys()
    assert [name for name in names if not re.fullmatch("[A-Za-z]+", name)] == []
    assert "GoalViewPage" in names


def test_every_reference_leads_somewhere(document: dict[str, Any]) -> None:
    schemas = document["components"]["schemas"]
    for part in walked(document):
        if isinstance(part.get("$ref"), str):
            assert part["$ref"].rpartition("/")[2] in schemas


def test_nullable_values_are_types_and_no_url_may_say_null(document: dict[str, Any]) -> None:
    title = document["components"]["schemas"]["GoalBody"]["properties"]["title"]
    assert title == {"type": ["string", "null"], "maxLength": 200}
    for _, _, operation in operations(document):
        for parameter in operation.get("parameters", ()):
            assert "null" not in json.dumps(parameter["schema"]), parameter
    for part in walked(document["components"]["schemas"]):
        assert part.get("default", "") is not None


def test_there_are_no_automatic_titles(document: dict[str, Any]) -> None:
    for schema in document["components"]["schemas"].values():
        assert "title" not in schema
        for part in schema.get("properties", {}).values():
            assert not isinstance(part.get("title"), str)


def test_every_operation_wants_a_token_and_says_what_it_does(document: dict[str, Any]) -> None:
    assert document["components"]["securitySchemes"]["bearer"]["scheme"] == "bearer"
    for _, _, operation in operations(document):
        assert operation["security"] == [{"bearer": []}]
        assert operation["summary"]
        assert operation["description"]
        assert operation["tags"]
    told = document["paths"]["/v1/goals"]["post"]
    assert told["summary"] == "Set a goal"
    assert told["description"].endswith("It begins with one step done.")


def test_shared_headers_and_parameters_are_named_where_they_are_read(
    document: dict[str, Any],
) -> None:
    def read(path: str, method: str) -> dict[str, bool]:
        parameters = document["paths"][path][method].get("parameters", ())
        return {parameter["name"]: parameter["required"] for parameter in parameters}

    assert read("/v1/goals", "post") == {"Idempotency-Key": True}
    steps = read("/v1/goals/{goal_id}/steps", "post")
    assert steps == {"goal_id": True, "Idempotency-Key": False, "If-Match": False}
    assert read("/v1/goals/{goal_id}/finish", "put")["If-Match"] is True
    assert {"limit", "cursor", "least", "Prefer"} <= read("/v1/goals", "get").keys()
    assert "If-None-Match" in read("/v1/goals/{goal_id}", "get")


def test_every_body_has_an_example(document: dict[str, Any]) -> None:
    for _, _, operation in operations(document):
        bodies = [operation.get("requestBody", {}), *operation["responses"].values()]
        for body in bodies:
            content = body.get("content", {}).get("application/json")
            if content is not None:
                assert {"example", "examples"} & content.keys(), operation["operationId"]


def test_what_only_development_has_is_not_described(document: dict[str, Any]) -> None:
    assert [path for path in document["paths"] if "development" in path] == []
    assert "itemSchema" not in json.dumps(document)


@pytest.mark.integration
async def test_the_page_asks_no_foreign_host_and_runs_no_inline_script(world: GoalsWorld) -> None:
    page = await world.client.get("/docs")
    assert page.status_code == 200
    assert "script-src 'self';" in page.headers["content-security-policy"]
    assert "https://" not in page.text
    for script in re.findall(r"<script([^>]*)>([^<]*)", page.text):
        assert "src=" in script[0]
        assert script[1] == ""
    for place in re.findall(r'(?:src|href)="([^"]+)"', page.text):
        asset = await world.client.get(place)
        assert asset.status_code == 200, place
        seen = {"If-None-Match": asset.headers["etag"]}
        assert (await world.client.get(place, headers=seen)).status_code == 304
    assert (await world.client.get("/docs/assets/..%2Fcore.py")).status_code == 404


@pytest.mark.integration
async def test_the_description_is_served_with_a_tag(world: GoalsWorld) -> None:
    first = await world.client.get("/v1/openapi.json")
    assert first.json()["openapi"].startswith("3.1")
    seen = {"If-None-Match": first.headers["etag"]}
    assert (await world.client.get("/v1/openapi.json", headers=seen)).status_code == 304

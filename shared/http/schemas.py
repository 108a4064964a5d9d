"""JSON Schemas put right: nullable types in short form, no automatic titles, no null in URLs."""

import re
from typing import Any

from pydantic import BaseModel

_STREAM = "text/event-stream"
_PAGE = re.compile(r"PageOf_([A-Za-z0-9]+)_")


def schema_of(model: type[BaseModel]) -> dict[str, Any]:
    """The schema of a model of ours that no route names."""
    schema = model.model_json_schema(ref_template="#/components/schemas/{model}")
    schema.pop("$defs", None)
    return schema


def put_right(document: dict[str, Any]) -> None:
    """Rewrite every schema of a description in place."""
    _rename_pages(document)
    for schema in document["components"]["schemas"].values():
        _walk(schema)
    for item in document.get("paths", {}).values():
        for operation in item.values():
            _operation(operation)


def _rename_pages(document: dict[str, Any]) -> None:
    """Call the page of a GoalView GoalViewPage: pydantic says PageOf_GoalView_."""
    schemas = document["components"]["schemas"]
    for name in list(schemas):
        page = _PAGE.fullmatch(name)
        if page:
            schemas[f"{page[1]}Page"] = schemas.pop(name)
    _rename_references(document)


def _rename_references(value: Any) -> None:  # noqa: ANN401  # JSON
    if isinstance(value, list):
        for part in value:
            _rename_references(part)
    if isinstance(value, dict):
        reference = value.get("$ref")
        if isinstance(reference, str):
            place, _, name = reference.rpartition("/")
            page = _PAGE.fullmatch(name)
            value["$ref"] = f"{place}/{page[1]}Page" if page else reference
        for part in value.values():
            _rename_references(part)


def _operation(operation: Any) -> None:  # noqa: ANN401  # an operation, or a path's own parameters
    if not isinstance(operation, dict):
        return
    for parameter in operation.get("parameters", ()):
        parameter["schema"] = without_null(parameter["schema"])
        _walk(parameter["schema"])
    for body in (operation.get("requestBody", {}), *operation.get("responses", {}).values()):
        for media_type, content in body.get("content", {}).items():
            if media_type == _STREAM and "itemSchema" in content:
                # A keyword of OpenAPI 3.2, which a 3.1 document must not have.
                events = content.pop("itemSchema")
                content["schema"] = {"type": "string"}
                content["x-event-schemas"] = events
            _walk(content.get("schema", {}))


def _walk(schema: Any) -> None:  # noqa: ANN401  # JSON
    if isinstance(schema, list):
        for part in schema:
            _walk(part)
    if not isinstance(schema, dict):
        return
    if isinstance(schema.get("title"), str):
        del schema["title"]
    if schema.get("default", "") is None:
        del schema["default"]
    properties = schema.get("properties")
    if isinstance(properties, dict):
        for part in properties.values():
            _walk(part)
    for name, part in schema.items():
        if name not in ("properties", "example", "examples", "default", "enum", "const"):
            _walk(part)
    _shorten(schema)


def _shorten(schema: dict[str, Any]) -> None:
    options = schema.get("anyOf")
    if not isinstance(options, list) or {"type": "null"} not in options:
        return
    rest = [option for option in options if option != {"type": "null"}]
    if len(rest) == 1 and isinstance(rest[0].get("type"), str):
        del schema["anyOf"]
        schema.update(rest[0])
        schema["type"] = [rest[0]["type"], "null"]
        if "enum" in schema:
            schema["enum"] = [*schema["enum"], None]


def without_null(schema: dict[str, Any]) -> dict[str, Any]:
    """A parameter's schema without the null that no URL can say."""
    options = schema.get("anyOf")
    if not isinstance(options, list):
        return schema
    rest = [option for option in options if option != {"type": "null"}]
    others = {name: part for name, part in schema.items() if name != "anyOf"}
    return {**others, **rest[0]} if len(rest) == 1 else {**others, "anyOf": rest}

"""An example value for a JSON Schema that brings none."""

from collections.abc import Mapping
from typing import Any

_BY_FORMAT: Mapping[str, str] = {
    "uuid": "0198c5a4-7f3e-7c1a-9d52-2b8f6a1c2b3d",
    "date-time": "2026-03-02T09:00:00Z",
    "date": "2026-03-02",
    "time": "09:00:00",
    "duration": "P30D",
    "uri": "https://example.org",
    "email": "ana@example.org",
    "binary": "",
}
_DEPTH_MAX = 8
_PLACES_MAX = 0xD  # the example ends with this digit


def example_of(schema: Mapping[str, Any], schemas: Mapping[str, Any], depth: int = 0) -> Any:  # noqa: ANN401  # JSON
    """A value that fits; deep recursion ends in null."""
    if depth > _DEPTH_MAX:
        return None
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        return example_of(schemas.get(name, {}), schemas, depth + 1)
    for said in ("example", "const", "default"):
        if said in schema:
            return schema[said]
    for several in ("examples", "enum"):
        if schema.get(several):
            return schema[several][0]
    for choice in ("anyOf", "oneOf", "allOf"):
        if choice in schema:
            return example_of(schema[choice][0], schemas, depth + 1)
    return _by_type(schema, schemas, depth)


def _by_type(schema: Mapping[str, Any], schemas: Mapping[str, Any], depth: int) -> Any:  # noqa: ANN401  # JSON
    kind = schema.get("type")
    match kind[0] if isinstance(kind, list) else kind:
        case "object":
            properties = schema.get("properties", {})
            return {name: example_of(part, schemas, depth + 1) for name, part in properties.items()}
        case "array":
            parts = schema.get("prefixItems")
            if parts is None:
                parts = [schema.get("items", {})] * max(1, schema.get("minItems", 1))
            items = [example_of(part, schemas, depth + 1) for part in parts]
            return [_unlike(item, place) for place, item in enumerate(items)]
        case "string":
            return _text(schema)
        case "integer":
            return int(_least(schema))
        case "number":
            return _least(schema)
        case other:
            return True if other == "boolean" else None


def _least(schema: Mapping[str, Any]) -> float:
    least: float = max(schema.get("minimum", 1), schema.get("exclusiveMinimum", 0) + 1)
    return least


def _unlike(item: Any, place: int) -> Any:  # noqa: ANN401  # JSON
    """Ids in a list are of several things."""
    is_id = item == _BY_FORMAT["uuid"]
    return f"{item[:-1]}{place:x}" if is_id and 0 < place < _PLACES_MAX else item


def _text(schema: Mapping[str, Any]) -> str:
    text = _BY_FORMAT.get(schema.get("format", ""), "text")
    return text.ljust(schema.get("minLength", 0), ".")[: schema.get("maxLength", len(text) + 300)]

"""docs/requests.http: one request to run for every route."""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

_HEAD = """\
# Written by `./dev docs`; do not edit. For the HTTP clients of editors.
# ./dev up starts what answers; ./dev token --as program_manager --as operator gives a token.

@token = paste-one-here
"""
_METHODS = ("get", "post", "put", "patch", "delete")
_EXAMPLES: Mapping[str, Any] = {
    "uuid": "00000000-0000-7000-8000-000000000000",
    "date-time": "2026-03-02T09:00:00Z",
    "date": "2026-03-02",
    "uri": "https://example.com",
    "email": "ana@example.com",
}
_PLAIN: Mapping[str, Any] = {"string": "text", "integer": 1, "number": 1, "boolean": True}
DEPTH_MAX = 6


def requests(documents: Mapping[str, Mapping[str, Any]], ports: Mapping[str, int]) -> str:
    """The text of docs/requests.http, from the OpenAPI documents by service."""
    parts = [_HEAD]
    parts += [f"@{service} = http://127.0.0.1:{ports[service]}" for service in documents]
    parts += [f"@{name} = {value}" for name, value in sorted(dict(_places(documents)).items())]
    for service, document in documents.items():
        for path, operations in document["paths"].items():
            for method in (name for name in _METHODS if name in operations):
                parts.append(_request(service, path, method, document))
    return "\n".join(parts)


def _places(documents: Mapping[str, Mapping[str, Any]]) -> Iterator[tuple[str, Any]]:
    """Every parameter that stands in a path, with something to put there."""
    for document in documents.values():
        for operations in document["paths"].values():
            for operation in operations.values():
                for parameter in operation.get("parameters", ()):
                    if parameter.get("in") == "path":
                        yield parameter["name"], _example(parameter["schema"], document)


def _request(service: str, path: str, method: str, document: Mapping[str, Any]) -> str:
    operation = document["paths"][path][method]
    url = re.sub(r"{(\w+)}", r"{{\1}}", path)
    lines = [
        f"\n### {operation.get('summary') or operation['operationId']}",
        f"# @name {operation['operationId']}",
        f"{method.upper()} {{{{{service}}}}}{url}",
        "Authorization: Bearer {{token}}",
    ]
    if method == "post":
        lines.append("Idempotency-Key: {{$guid}}")
    content = operation.get("requestBody", {}).get("content", {})
    for kind, body in content.items():
        lines.append(f"Content-Type: {kind}")
        if kind.endswith("json"):
            example = _example(body.get("schema", {}), document)
            lines += ["", json.dumps(example, indent=2, ensure_ascii=False)]
        break
    return "\n".join(lines)


def _example(schema: Mapping[str, Any], document: Mapping[str, Any], depth: int = 0) -> Any:  # noqa: ANN401, PLR0911  # any JSON value; one line a kind of schema
    """Something that fits a schema: its own example, its default, or the plainest value."""
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        return _example(document["components"]["schemas"][name], document, depth)
    for key in ("example", "const", "default"):
        if key in schema:
            return schema[key]
    for key in ("examples", "enum"):
        if schema.get(key):
            return schema[key][0]
    for key in ("oneOf", "anyOf", "allOf"):
        if schema.get(key):
            return _example(schema[key][0], document, depth)
    kind = schema.get("type", "string")
    kind = kind[0] if isinstance(kind, list) else kind
    if kind == "object" and depth < DEPTH_MAX:
        required = schema.get("required", ())
        members = schema.get("properties", {})
        return {name: _example(members[name], document, depth + 1) for name in required}
    if kind == "array":
        return [_example(schema.get("items", {}), document, depth + 1)]
    return _EXAMPLES.get(schema.get("format", ""), _PLAIN.get(kind))

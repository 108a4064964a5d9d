"""JSON Schemas of all events as they are stored and as they travel."""

from collections.abc import Mapping
from typing import Any

from pydantic import TypeAdapter

from shared.bus.cloudevents import type_of
from shared.codec import CODEC
from shared.events import BY_NAME, SERVICE_OF

DIALECT = "https://json-schema.org/draft/2020-12/schema"
_UUID = {"type": "string", "format": "uuid"}
_ENVELOPE: Mapping[str, Any] = {
    "tenant": {"type": "string", "description": "Whose event this is."},
    "service": {"type": "string", "description": "The service that tells it."},
    "stream": {"type": "string", "description": "What it happened to: category and id."},
    "version": {"type": "integer", "minimum": 1, "description": "Its place in the stream."},
    "event_id": {**_UUID, "description": "The same however often it is delivered."},
    "type": {"type": "string"},
    "schema": {"type": "integer", "description": "The form of `data`."},
    "recorded_at": {"type": "string", "format": "date-time", "description": "When, in UTC."},
    "actor": {"type": "string", "description": "Who did it: a pseudonym or a part of ours."},
    "right": {"type": "string", "description": "The role or relationship that allowed it."},
    "correlation_id": {**_UUID, "description": "One for all that follows from a request."},
    "causation_id": {**_UUID, "description": "The request or event that led directly to it."},
    "traceparent": {"type": "string", "description": "W3C trace context, if there was one."},
}


def name_of(event: str) -> str:
    """The stored name of an event with the version that it is stored in now."""
    return f"{event}.v{CODEC.schema_of(event)}"


def record_schema(event: str) -> Mapping[str, Any]:
    """What a stored record of this event looks like; readers ignore fields they do not know."""
    version = CODEC.schema_of(event)
    fact = _untitled(TypeAdapter(BY_NAME[event]).json_schema(mode="serialization"))
    definitions = fact.pop("$defs", {})
    schema = {
        "$schema": DIALECT,
        "$id": f"urn:fairlead:schema:{type_of(SERVICE_OF[event], event, version)}",
        "title": event,
        "type": "object",
        "required": [name for name in _ENVELOPE if name != "traceparent"] + ["data"],
        "properties": {
            **_ENVELOPE,
            "service": {"const": SERVICE_OF[event]},
            "type": {"const": event},
            "schema": {"const": version},
            "data": fact,
        },
    }
    return {**schema, "$defs": definitions} if definitions else schema


def _untitled(schema: Any) -> Any:  # noqa: ANN401  # JSON
    """Without the titles that repeat a property's name, and the texts that repeat a signature."""
    if isinstance(schema, list):
        return [_untitled(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    kept = {
        name: _untitled(value)
        for name, value in schema.items()
        if not (name == "title" and isinstance(value, str))
    }
    if str(kept.get("description", "")).startswith(f"{schema.get('title')}("):
        del kept["description"]
    return kept

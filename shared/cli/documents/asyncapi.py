"""AsyncAPI of each service: what it publishes, in which form, under which headers."""

from collections.abc import Mapping
from typing import Any

from shared.bus.cloudevents import JSON, type_of
from shared.cli.documents.schemas import name_of, record_schema
from shared.codec import CODEC
from shared.events import BY_SERVICE

VERSION = "3.1.0"
_TEXT = {"type": "string"}
_HEADERS: Mapping[str, Any] = {
    "type": "object",
    "required": ["ce_specversion", "ce_id", "ce_source", "ce_type", "ce_time", "ce_tenant"],
    "properties": {
        "ce_specversion": {"const": "1.0"},
        "ce_id": {"type": "string", "format": "uuid"},
        "ce_source": _TEXT,
        "ce_type": _TEXT,
        "ce_time": {"type": "string", "format": "date-time"},
        "ce_subject": {**_TEXT, "description": "The id in the stream's name."},
        "ce_dataschema": _TEXT,
        "ce_partitionkey": {**_TEXT, "description": "The stream: its order is kept."},
        "ce_tenant": _TEXT,
        "ce_sequence": {**_TEXT, "description": "Gapless in the stream's slot."},
        "ce_correlationid": _TEXT,
        "ce_causationid": _TEXT,
        "traceparent": {**_TEXT, "description": "W3C trace context."},
    },
}


def asyncapi(service: str, title: str) -> Mapping[str, Any]:
    """The document of one service."""
    names = sorted(BY_SERVICE[service])
    return {
        "asyncapi": VERSION,
        "info": {
            "title": f"{title}: events",
            "version": "1.0.0",
            "description": "At least once; of one stream in order. Ignore fields you do not know.",
            "license": {"name": "Apache-2.0"},
        },
        "defaultContentType": JSON,
        "channels": {
            service: {
                "address": f"fairlead.{service}",
                "description": "Keyed by stream; the value is the record as it was stored.",
                "messages": {name: {"$ref": f"#/components/messages/{name}"} for name in names},
                "bindings": {"kafka": {"bindingVersion": "0.5.0"}},
            }
        },
        "operations": {
            f"publish{service.capitalize()}": {
                "action": "send",
                "channel": {"$ref": f"#/channels/{service}"},
            }
        },
        "components": {
            "messages": {name: _message(service, name) for name in names},
            "schemas": {"headers": _HEADERS},
        },
    }


def _message(service: str, name: str) -> Mapping[str, Any]:
    schema = record_schema(name)
    return {
        "name": type_of(service, name, CODEC.schema_of(name)),
        "title": name,
        "contentType": JSON,
        "headers": {"$ref": "#/components/schemas/headers"},
        "payload": {"$ref": f"../schemas/{name_of(name)}.json"},
        "bindings": {"kafka": {"key": _TEXT, "bindingVersion": "0.5.0"}},
        **({"summary": schema["description"]} if "description" in schema else {}),
    }

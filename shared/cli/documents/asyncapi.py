"""AsyncAPI of each service: what it publishes, in which form, under which headers."""

from collections.abc import Mapping
from typing import Any

from shared.bus.cloudevents import JSON, type_of
from shared.bus.kafka.topics import configuration, topic_of
from shared.cli.documents.schemas import name_of, record_schema
from shared.codec import CODEC
from shared.envelope import SLOTS
from shared.events import BY_SERVICE
from shared.settings import BusSettings

VERSION = "3.1.0"
_TEXT = {"type": "string"}
_BINDING = "0.5.0"
_SETTINGS = BusSettings()  # what is written is what holds unless somebody sets it otherwise
_PARTITION = f"""\
Keyed by stream; the value is the record as it was stored. Partition: the first eight bytes of the
SHA-256 of the key, as a number, modulo {SLOTS} (the slot), modulo the number of partitions. When
partitions are added, the slots that move are published there again from their first event.\
"""
_HEADERS: Mapping[str, Any] = {
    "type": "object",
    "required": [
        "content-type",
        "ce_specversion",
        "ce_id",
        "ce_source",
        "ce_type",
        "ce_time",
        "ce_partitionkey",
        "ce_tenant",
        "ce_sequence",
    ],
    "properties": {
        "content-type": {"const": JSON},
        "ce_specversion": {"const": "1.0"},
        "ce_id": {
            "type": "string",
            "format": "uuid",
            "description": "With ce_source: the event, by which a duplicate is known.",
        },
        "ce_source": _TEXT,
        "ce_type": _TEXT,
        "ce_time": {"type": "string", "format": "date-time"},
        "ce_subject": {**_TEXT, "description": "The id in the stream's name."},
        "ce_dataschema": _TEXT,
        "ce_partitionkey": {**_TEXT, "description": "The stream: its order is kept."},
        "ce_tenant": _TEXT,
        "ce_sequence": {**_TEXT, "description": "Ascending in a stream, gapless in its slot."},
        "ce_correlationid": _TEXT,
        "ce_causationid": _TEXT,
        "traceparent": {**_TEXT, "description": "W3C trace context."},
    },
}
_KEY = {**_TEXT, "description": "The stream, as in ce_partitionkey."}
_SECURITY_SCHEMES: Mapping[str, Any] = {
    "scramSha512": {"type": "scramSha512"},
    "scramSha256": {"type": "scramSha256"},
    "plain": {"type": "plain"},
    "certificate": {"type": "X509"},
}
_SERVERS: Mapping[str, Any] = {
    "plaintext": {"host": "localhost:9092", "protocol": "kafka"},
    "secured": {
        "host": "kafka.example.com:9093",
        "protocol": "kafka-secure",
        "description": "TLS; as whom is up to the brokers.",
        "security": [
            {"$ref": f"#/components/securitySchemes/{name}"} for name in _SECURITY_SCHEMES
        ],
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
        "servers": _SERVERS,
        "channels": {
            service: {
                "address": topic_of(_SETTINGS, service),
                "description": _PARTITION.replace("\n", " "),
                "messages": {name: {"$ref": f"#/components/messages/{name}"} for name in names},
                "bindings": {"kafka": _topic(topic_of(_SETTINGS, service))},
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
            "securitySchemes": _SECURITY_SCHEMES,
        },
    }


def _topic(name: str) -> Mapping[str, Any]:
    """The topic as it is made, by AsyncAPI's binding for Kafka."""
    numbers = {"retention.ms", "retention.bytes", "max.message.bytes"}
    values = configuration(_SETTINGS)
    return {
        "topic": name,
        "partitions": _SETTINGS.partitions,
        "topicConfiguration": {
            key: int(value) if key in numbers else [value] for key, value in values.items()
        },
        "bindingVersion": _BINDING,
    }


def _message(service: str, name: str) -> Mapping[str, Any]:
    schema = record_schema(name)
    return {
        "name": type_of(service, name, CODEC.schema_of(name)),
        "title": name,
        "contentType": JSON,
        "headers": {"$ref": "#/components/schemas/headers"},
        "payload": {"$ref": f"../schemas/{name_of(name)}.json"},
        "bindings": {"kafka": {"key": _KEY, "bindingVersion": _BINDING}},
        **({"summary": schema["description"]} if "description" in schema else {}),
    }

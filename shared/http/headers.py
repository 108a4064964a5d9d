"""The parameters and headers that all services share, as the API's description tells them."""

from collections.abc import Mapping
from typing import Any

from shared.http.models import LIMIT_DEFAULT, LIMIT_MAX

_TEXT = {"type": "string"}


def _header(name: str, description: str, example: str, **schema: Any) -> dict[str, Any]:  # noqa: ANN401  # JSON Schema
    return {
        "name": name,
        "in": "header",
        "description": description,
        "schema": {**_TEXT, **schema},
        "example": example,
    }


PARAMETERS: Mapping[str, dict[str, Any]] = {
    "Idempotency-Key": _header(
        "Idempotency-Key",
        "The same key with the same request has one effect and one answer, however often it is "
        "sent. Keys belong to the caller and the route, and are kept for ever.",
        "0198c5a4-7f3e-7c1a-9d52-2b8f6a1c2b3d",
        minLength=1,
        maxLength=257,
        pattern=r'^([\x21\x23-\x7e][\x21-\x7e]{0,254}|"[\x21\x23-\x5b\x5d-\x7e]{1,255}")$',
    ),
    "If-Match": _header(
        "If-Match",
        "The ETag that was seen: a change since then is refused with 412.",
        '"7"',
        pattern=r'^(\*|"[0-9]+")$',
    ),
    "If-None-Match": _header(
        "If-None-Match", "The ETag that was seen: 304 if nothing has changed.", '"7"'
    ),
    "Consistency-Token": _header(
        "Consistency-Token",
        "What a command answered, from any of the services: the read waits until it shows it.",
        "q83vASNFZ4mrze8BI0VniWVucm9sbG1lbnQ",
        maxLength=4096,
    ),
    "Prefer": _header(
        "Prefer",
        "How many seconds to wait for the consistency token, up to 10 (RFC 7240).",
        "wait=2",
    ),
    "limit": {
        "name": "limit",
        "in": "query",
        "description": "How many items at most.",
        "schema": {
            "type": "integer",
            "minimum": 1,
            "maximum": LIMIT_MAX,
            "default": LIMIT_DEFAULT,
        },
    },
    "cursor": {
        "name": "cursor",
        "in": "query",
        "description": "Where to read on: `next_cursor` of the page before, with the same filters.",
        "schema": {**_TEXT, "maxLength": 2048},
    },
}

ANSWERED: Mapping[str, dict[str, Any]] = {
    "ETag": {"description": "The version, for If-Match and If-None-Match.", "schema": _TEXT},
    "Consistency-Token": {
        "description": "Give it with a read, to see what this command did.",
        "schema": _TEXT,
    },
    "Idempotent-Replayed": {
        "description": '"true" if this was answered before.',
        "schema": {**_TEXT, "enum": ["true"]},
    },
    "Location": {"description": "Where it is to be found.", "schema": _TEXT},
    "Link": {"description": 'The next page, as rel="next" (RFC 8288).', "schema": _TEXT},
    "Projection-Lag-Ms": {
        "description": "How old the answer may be, in milliseconds.",
        "schema": {"type": "string", "pattern": "^[0-9]+$"},
    },
    "Trace-Id": {"description": "Find the request in logs and traces by it.", "schema": _TEXT},
}

"""Idempotency keys: the same request twice has one effect and one answer."""

import hashlib
import re

from starlette.requests import Request

from shared.eventstore import IdempotencyKey, StoredAnswer
from shared.http.arrival import arrival_of
from shared.http.protocol_errors import IdempotencyKeyMalformed
from shared.ids import TenantId

REPLAYED = "idempotent-replayed"

# Draft 07 writes a quoted string, most clients send it bare: both name the same key.
_QUOTED = re.compile(r'"((?:[\x20\x21\x23-\x5b\x5d-\x7e]|\\["\\]){1,510})"')
_VISIBLE = re.compile(r"[\x21-\x7e]{1,255}")


def key_in(request: Request) -> str | None:
    """The key that a request holds; None if it has none.

    Raises:
        IdempotencyKeyMalformed: it is too long, or has other than visible ASCII characters.
    """
    headers = request.headers.getlist("idempotency-key")
    if len(headers) > 1:
        raise IdempotencyKeyMalformed
    return parsed_key(headers[0]) if headers else None


def scoped(key: str, request: Request, tenant: TenantId, subject: str) -> IdempotencyKey:
    """A key in the scope of its caller and route, with what the request holds by now."""
    return IdempotencyKey(
        tenant=tenant,
        subject=subject,
        route=f"{request.method} {request.scope['route'].path}",
        key=key,
        fingerprint=_fingerprint(request),
    )


def parsed_key(header: str) -> str:
    """The key that a header holds, quoted or bare."""
    text = header.strip()
    quoted = _QUOTED.fullmatch(text)
    key = re.sub(r"\\(.)", r"\1", quoted[1]) if quoted else text
    if (text.startswith('"') and not quoted) or not _VISIBLE.fullmatch(key):
        raise IdempotencyKeyMalformed
    return key


def content_is(request: Request, content: bytes) -> None:
    """Say what a request holds where its bytes differ each time: a form has new boundaries."""
    arrival = arrival_of(request)
    if arrival.digest is not None:
        arrival.digest = hashlib.sha256(content)


def replay_headers(answer: StoredAnswer) -> dict[str, str]:
    """The headers of an answer given once more."""
    return {**answer.headers, REPLAYED: "true"}


def _fingerprint(request: Request) -> str:
    # The path is part of it: one key for two cohorts is two requests, not one. The digest holds
    # what the route has read of the body, which is all of it by the time a command is handled.
    query = request.url.query if request.scope["query_string"] else ""
    about = f"{request.scope['path']}\n{query}\n".encode()
    content: bytes = arrival_of(request).digest.digest()
    return hashlib.sha256(about + content).hexdigest()

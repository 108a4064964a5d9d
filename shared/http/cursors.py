"""Cursors: where a list goes on, bound to the list, its filters, and the tenant that asked."""

import hashlib
from typing import Any

from starlette.requests import Request

from shared.http import signing
from shared.http.models import LIMIT_DEFAULT, LIMIT_MAX, PageRequest, unpack_position
from shared.http.protocol_errors import CursorRejected, Fault, RequestInvalid

_NOT_FILTERS = frozenset({"cursor", "limit", "at_least"})


def page_request(request: Request, secret: bytes, tenant: str) -> PageRequest:
    """The part of a list that the query string asks for.

    Raises:
        RequestInvalid: the limit is not a number from 1 to 200.
        CursorRejected: the cursor comes from elsewhere, or the filters have changed since.
    """
    query = request.query_params
    text = query.get("cursor")
    after = None if not text else _position(request, secret, tenant, text)
    return PageRequest(limit=_limit(query.get("limit")), after=after)


def signed_cursor(request: Request, secret: bytes, tenant: str, packed: str) -> str:
    """The cursor that continues this very list after a packed position."""
    return signing.sign(secret, _purpose(request, tenant), packed.encode())


def next_link(request: Request, cursor: str) -> str:
    """The value of a Link header to the next page (RFC 8288)."""
    url = request.url.include_query_params(cursor=cursor)
    target = f"{url.path}?{url.query}"
    return f'<{target}>; rel="next"'


def _limit(text: str | None) -> int:
    if text is None:
        return LIMIT_DEFAULT
    # Text of a great many digits would be slow to read as a number.
    if text.isascii() and text.isdigit() and len(text) <= len(str(LIMIT_MAX)):
        number = int(text)
        if 1 <= number <= LIMIT_MAX:
            return number
    detail = f"A whole number from 1 to {LIMIT_MAX}."
    fault = Fault(source="query", pointer="/limit", code="out_of_range", detail=detail)
    raise RequestInvalid((fault,))


def _position(request: Request, secret: bytes, tenant: str, cursor: str) -> tuple[Any, ...]:
    try:
        packed = signing.verify(secret, _purpose(request, tenant), cursor)
    except signing.Forged as error:
        raise CursorRejected from error
    return unpack_position(packed.decode())


def _purpose(request: Request, tenant: str) -> str:
    filters = sorted(
        pair for pair in request.query_params.multi_items() if pair[0] not in _NOT_FILTERS
    )
    seen = hashlib.sha256(repr((request.scope["path"], filters)).encode()).hexdigest()
    return f"cursor\x1f{tenant}\x1f{seen}"

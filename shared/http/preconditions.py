"""ETags: which version a caller has seen, and whether it is still the one."""

import re
from typing import Any

from fastapi import Depends
from starlette.requests import Request

from shared.command_handler import Stale
from shared.http.protocol_errors import Malformed, PreconditionMissing
from shared.http.registry import register

register(Stale, 412)

_STRONG = re.compile(r'"(0|[1-9][0-9]{0,17})"')
_ANY_TAG = re.compile(r'(?:W/)?"[\x21\x23-\x7e]*"')


def etag(version: int) -> str:
    """The strong entity tag of a version."""
    return f'"{version}"'


def expected_version(request: Request) -> int | None:
    """The version that If-Match asks for; None if any will do.

    Raises:
        Stale: the tag is weak or not one of ours, so it can match nothing (RFC 9110, 13.1.1).
        Malformed: the header is no entity tag, or names several.
    """
    header = request.headers.get("if-match")
    if header is None or header.strip() == "*":
        return None
    text = header.strip()
    match = _STRONG.fullmatch(text)
    if match:
        return int(match[1])
    if _ANY_TAG.fullmatch(text):
        raise Stale
    message = "If-Match holds one entity tag in double quotes, as the ETag header gave it."
    raise Malformed(message)


def is_unchanged(request: Request, tag: str) -> bool:
    """Whether If-None-Match names this tag, so that 304 is enough (weak comparison)."""
    header = request.headers.get("if-none-match")
    if header is None:
        return False
    strong = tag.removeprefix("W/")
    names = (name.strip().removeprefix("W/") for name in header.split(","))
    return any(name in (strong, "*") for name in names)


async def if_match_required(request: Request) -> None:
    """Refuse a change that does not say which version it is about."""
    if "if-match" not in request.headers:
        raise PreconditionMissing


IfMatchRequired: Any = Depends(if_match_required)

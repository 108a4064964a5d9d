"""What pydantic finds wrong with a request, as faults that a caller can act on."""

from collections.abc import Iterable, Sequence
from typing import Any

from shared.http.protocol_errors import Fault

_SOURCES = {
    "body": "body",
    "query": "query",
    "path": "path",
    "header": "header",
    "cookie": "header",
}
_CODES = {"extra_forbidden": "unknown_field"}
_FAULTS_MAX = 100  # a broken upload must not be answered with a megabyte of complaints


def faults_of(errors: Iterable[Any], body: object = None) -> Sequence[Fault]:
    """What pydantic found wrong, without the values themselves: they may be personal.

    Args:
        errors: as pydantic tells them.
        body: what was sent, if there was anything: places are told as they are in it.
    """
    return [_fault(error, body) for error, _ in zip(errors, range(_FAULTS_MAX), strict=False)]


def pointer_of(parts: Iterable[str | int]) -> str:
    """A JSON pointer (RFC 6901)."""
    escaped = (str(part).replace("~", "~0").replace("/", "~1") for part in parts)
    return "".join(f"/{part}" for part in escaped)


def _fault(error: dict[str, Any], body: object) -> Fault:
    where, *rest = error["loc"] or ("body",)
    source = _SOURCES.get(str(where), "body")
    if source == "body":
        rest = _sent(rest, body)
    code: str = error["type"]
    return Fault(
        source=source,
        pointer=pointer_of(rest),
        code=_CODES.get(code, code),
        detail=error["msg"],
    )


def _sent(place: Sequence[str | int], body: object) -> list[str | int]:
    """A place without the tags of unions, which pydantic names on the way and nobody has sent."""
    found: list[str | int] = []
    for part in place[:-1]:
        match body:
            case dict() if part not in body:
                continue
            case dict():
                body = body[part]
            case list() if isinstance(part, int) and part < len(body):
                body = body[part]
            case _:
                pass
        found.append(part)
    return [*found, *place[-1:]]

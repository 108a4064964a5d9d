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


def faults_of(errors: Iterable[Any]) -> Sequence[Fault]:
    """What pydantic found wrong, without the values themselves: they may be personal."""
    return [_fault(error) for error, _ in zip(errors, range(_FAULTS_MAX), strict=False)]


def pointer_of(parts: Iterable[str | int]) -> str:
    """A JSON pointer (RFC 6901)."""
    escaped = (str(part).replace("~", "~0").replace("/", "~1") for part in parts)
    return "".join(f"/{part}" for part in escaped)


def _fault(error: dict[str, Any]) -> Fault:
    where, *rest = error["loc"] or ("body",)
    source = _SOURCES.get(str(where), "body")
    code: str = error["type"]
    return Fault(
        source=source,
        pointer=pointer_of(rest),
        code=_CODES.get(code, code),
        detail=error["msg"],
    )

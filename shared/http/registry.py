"""Which error is which status, and what is said about it; the only place that knows the numbers."""

import re
from collections.abc import Iterator, Mapping
from inspect import getdoc

from shared.errors import (
    Conflict,
    InvalidCommand,
    MentorshipError,
    NotAllowed,
    NotFound,
    Refused,
    Unavailable,
)
from shared.frozen import frozen
from shared.http import protocol_errors as protocol

_STATUS: dict[type[MentorshipError], int] = {
    protocol.Malformed: 400,
    protocol.MethodNotAllowed: 405,
    protocol.NotAcceptable: 406,
    protocol.ContentTooLarge: 413,
    protocol.ContentTypeUnsupported: 415,
    protocol.PreconditionMissing: 428,
    protocol.TooManyRequests: 429,
    NotAllowed: 403,
    NotFound: 404,
    Refused: 409,
    Conflict: 409,
    InvalidCommand: 422,
    MentorshipError: 500,
    Unavailable: 503,
}

_REMEDY: Mapping[int, str] = {
    400: "Mend the request as the detail says, then send it again.",
    401: "Get a new token from your sign-in service and send it as Authorization: Bearer.",
    403: "Ask somebody whose role allows it.",
    404: "Check the address; you may lack the right to see what is there.",
    405: "Use one of the methods that the Allow header names.",
    406: "Ask for application/json, or leave the Accept header out.",
    409: "Read again what it is about; retry only if the situation has changed.",
    412: "Read the resource again and repeat the change with its new ETag.",
    413: "Send less at once; imports take up to 32 MiB.",
    415: "Send the content type that the API's documentation names.",
    422: "Correct what `errors` points at, then send it again.",
    428: "Read the resource first and send its ETag in If-Match.",
    429: "Wait as long as Retry-After says.",
    500: "Tell your operator the trace_id; sending it again with the same Idempotency-Key is safe.",
    503: "Wait as long as Retry-After says and send it again with the same Idempotency-Key.",
}

_CAPITAL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")


@frozen
class Kind:
    """One kind of error as clients know it."""

    code: str
    status: int
    title: str
    detail: str
    remedy: str


_known: dict[type[MentorshipError], Kind] = {}


def register(error: type[MentorshipError], status: int) -> None:
    """Give an error of a part below this one its own status."""
    _STATUS[error] = status
    _known.clear()


def words_of(name: str) -> list[str]:
    """The words of a CamelCase name."""
    return _CAPITAL.sub(" ", name).split()


def kind_of(error: type[MentorshipError]) -> Kind:
    """What the registry says about a class of errors."""
    kind = _known.get(error)
    if kind is None:
        kind = _known[error] = _kind(error)
    return kind


def _kind(error: type[MentorshipError]) -> Kind:
    status = next(_STATUS[parent] for parent in error.__mro__ if parent in _STATUS)
    words = words_of(error.__name__)
    return Kind(
        code="_".join(words).lower(),
        status=status,
        title=" ".join(words).capitalize(),
        detail=getdoc(error) or "",
        remedy=_REMEDY[status],
    )


def catalogue(*packages: str) -> Iterator[Kind]:
    """Every kind of error defined in these packages, each code once, in order of code."""
    found = {
        kind.code: kind
        for error in _descendants(MentorshipError)
        if error.__module__.startswith(packages)
        for kind in (kind_of(error),)
    }
    yield from (found[code] for code in sorted(found))


def _descendants(error: type[MentorshipError]) -> Iterator[type[MentorshipError]]:
    yield error
    for child in error.__subclasses__():
        yield from _descendants(child)

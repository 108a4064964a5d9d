"""What can be wrong with a request before any rule of the product is asked."""

from collections.abc import Sequence

from shared.errors import Conflict, InvalidCommand, MentorshipError, NotFound
from shared.frozen import frozen


@frozen
class Fault:
    """One value at fault."""

    source: str
    pointer: str
    code: str
    detail: str

    def told(self) -> dict[str, str]:
        """Itself as JSON."""
        return {
            "source": self.source,
            "pointer": self.pointer,
            "code": self.code,
            "detail": self.detail,
        }


class Malformed(MentorshipError):
    """The request cannot be read: its body or a header is not well formed."""


class CursorRejected(Malformed):
    """This cursor was not made for this list, these filters and this caller."""


class ConsistencyTokenRejected(Malformed):
    """This consistency token was not made by this installation for this tenant."""


class IdempotencyKeyMissing(Malformed):
    """This request starts something and needs an Idempotency-Key header."""


class IdempotencyKeyMalformed(Malformed):
    """An Idempotency-Key is 1 to 255 visible ASCII characters, with or without quotes."""


class RequestInvalid(InvalidCommand):
    """Some values in the request are missing, unknown, or not of the right form."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        """Name the values at fault."""
        super().__init__()
        self.faults = tuple(faults)


class PathUnknown(NotFound):
    """There is nothing at this address."""


class MethodNotAllowed(MentorshipError):
    """This address does not know this method; the Allow header names those it knows."""


class NotAcceptable(MentorshipError):
    """The answer cannot be given in a form that the Accept header allows."""


class StillRunning(Conflict):
    """A request with the same Idempotency-Key is still running; ask again in a moment."""


class ProjectionBehind(Conflict):
    """What you wrote has not reached this view yet; ask again in a moment."""


class ContentTooLarge(MentorshipError):
    """The body is larger than this address accepts."""


class ContentTypeUnsupported(MentorshipError):
    """This address does not read bodies of this content type."""


class PreconditionMissing(MentorshipError):
    """This request changes what may have changed meanwhile: send If-Match with the last ETag."""


class TooManyRequests(MentorshipError):
    """Too many requests in a short time; wait and retry."""


class Unexpected(MentorshipError):
    """Something broke on our side; nothing was changed."""

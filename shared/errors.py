"""Why a request can fail. The class says who must act; the docstring is the message."""

from inspect import getdoc
from typing import ClassVar


class MentorshipError(Exception):
    """Something went wrong."""

    # To be told so may tell of others: who asked, and when, goes to the log; not after whom.
    is_noted: ClassVar[bool] = False

    def __init__(self, message: str = "", *, field: str | None = None) -> None:
        """Say what happened; `field` is a JSON pointer to the part of the request at fault."""
        super().__init__(message or getdoc(type(self)))
        self.field = field


class InvalidCommand(MentorshipError):
    """The request can be read but breaks a rule of form: mend it and send it again."""


class NotAllowed(MentorshipError):
    """You may not do this: ask somebody whose role allows it."""


class NotFound(MentorshipError):
    """There is nothing here by that name that you may see."""


class Refused(MentorshipError):
    """The rules say no."""


class Conflict(MentorshipError):
    """Someone else changed this first; read again and retry."""


class Unavailable(MentorshipError):
    """A part that is needed does not answer now; wait and retry."""

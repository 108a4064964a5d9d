"""What people write on its way into events: sealed under a key of who writes it."""

from collections.abc import Iterator
from contextlib import contextmanager

from shared.errors import Refused
from shared.vault import SubjectErased


class AuthorErased(Refused):
    """Your personal data was erased: nothing new can be written in your name."""


@contextmanager
def as_author() -> Iterator[None]:
    """Seal in here what the caller writes, under a key of theirs.

    Raises:
        AuthorErased: their keys were destroyed.
    """
    try:
        yield
    except SubjectErased as erased:
        raise AuthorErased from erased

"""Ids that follow from a text: for demos that can be played again, never for production."""

from collections.abc import Callable, Iterator
from itertools import count
from random import Random
from uuid import UUID


def ids_from(text: str) -> Callable[[], UUID]:
    """A source of ids of version 7 in form, always the same ones; later ids still sort later."""
    return _ids(Random(text)).__next__  # noqa: S311  # nobody must not guess them


def _ids(chance: Random) -> Iterator[UUID]:
    for place in count(1):  # where the time stands otherwise
        words = (place << 80, 7 << 76, chance.getrandbits(12) << 64, 2 << 62)
        yield UUID(int=sum(words) + chance.getrandbits(62))

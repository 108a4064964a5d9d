"""Only words of the vocabulary count: terms that are unknown or retired are refused by place."""

from collections.abc import Iterable
from uuid import UUID

from shared.errors import InvalidCommand
from shared.frozen import frozen


class TermUnknown(InvalidCommand):
    """The vocabulary has no such term; look for one in the list of competencies or target roles."""


class TermRetired(InvalidCommand):
    """This term is retired: choose one that is still in use."""


class TermRepeated(InvalidCommand):
    """The same term stands in this list twice."""


@frozen
class Vocabulary:
    """The part of the vocabulary that a command is about; terms in neither set do not exist."""

    current: frozenset[UUID] = frozenset()
    retired: frozenset[UUID] = frozenset()

    def require(self, terms: Iterable[UUID], field: str) -> None:
        """Refuse the first term that may not be used, naming its place in `field`.

        Raises:
            TermUnknown: the vocabulary does not have it.
            TermRetired: it may not be used any more.
            TermRepeated: it came before in the same list.
        """
        seen: set[UUID] = set()
        for place, term in enumerate(terms):
            if term in self.retired:
                raise TermRetired(field=f"{field}/{place}")
            if term not in self.current:
                raise TermUnknown(field=f"{field}/{place}")
            if term in seen:
                raise TermRepeated(field=f"{field}/{place}")
            seen.add(term)

"""Which pairs of a pool bars stand between, whoever asked for them."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import TypeVar

from services.matching.domain.pool import Apart, Candidate
from shared.frozen import frozen
from shared.ids import EnrollmentId, PersonId

K = TypeVar("K")


@frozen
class Bar:
    """Somebody not with a person, or with nobody of a function."""

    person: PersonId
    against: PersonId | None = None
    function: str | None = None


def kept_apart(
    bars: Iterable[Bar], mentees: Sequence[Candidate], mentors: Sequence[Candidate]
) -> tuple[Apart, ...]:
    """Each such pair once, in the order of their ids; a bar holds whichever part the two have."""
    of_mentees, of_mentors = _Side(mentees), _Side(mentors)
    pairs: set[tuple[EnrollmentId, EnrollmentId]] = set()
    for bar in bars:
        for mentee, mentor in _pairs(bar, of_mentees, of_mentors):
            pairs.add((mentor.enrollment_id, mentee.enrollment_id))
        for mentor, mentee in _pairs(bar, of_mentors, of_mentees):
            pairs.add((mentor.enrollment_id, mentee.enrollment_id))
    return tuple(Apart(mentor=mentor, mentee=mentee) for mentor, mentee in sorted(pairs))


class _Side:
    """One side of a pool, to look people up in."""

    def __init__(self, people: Sequence[Candidate]) -> None:
        self.by_person = _grouped(people, lambda who: who.person_id)
        self.by_function = _grouped(people, lambda who: who.function)


def _pairs(bar: Bar, own: _Side, other: _Side) -> Iterator[tuple[Candidate, Candidate]]:
    """Who asked on one side, with whom they are not to be on the other."""
    others: Sequence[Candidate] = ()
    if bar.against is not None:
        others = other.by_person.get(bar.against, ())
    elif bar.function is not None:
        others = other.by_function.get(bar.function, ())
    for who in own.by_person.get(bar.person, ()):
        yield from ((who, them) for them in others)


def _grouped(
    people: Sequence[Candidate], key: Callable[[Candidate], K]
) -> Mapping[K, Sequence[Candidate]]:
    groups: dict[K, list[Candidate]] = defaultdict(list)
    for who in people:
        groups[key(who)].append(who)
    return dict(groups)

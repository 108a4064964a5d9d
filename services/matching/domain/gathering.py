"""People who are to sit together in one circle, and which two of them cannot."""

import numpy as np

from services.matching.domain.compatibility import Rule, blocked, field_of
from services.matching.domain.pool import RunInput
from shared.events.matching import CircleMember
from shared.frozen import frozen
from shared.ids import EnrollmentId

# All of them are told in one word: of those that pairs are not told, only a bar parts a circle.
CIRCLE_RULES = frozenset({Rule.REPORTING_LINE, Rule.NO_COMMON_LANGUAGE, Rule.APART})


@frozen
class Gathered:
    """Some people, as a circle sees them."""

    members: tuple[CircleMember, ...]
    kept_apart: frozenset[frozenset[EnrollmentId]]

    @property
    def is_open(self) -> bool:
        """Whether nothing stands between any two of them."""
        return not self.kept_apart

    def together(self, one: EnrollmentId, other: EnrollmentId) -> bool:
        """Whether two of them may be in one circle."""
        return frozenset({one, other}) not in self.kept_apart


def gathered(source: RunInput) -> Gathered:
    """The people of an input whose both sides are the same, in the same order."""
    people = source.mentees
    broken = blocked(field_of(source), slice(0, len(people)))
    apart: set[frozenset[EnrollmentId]] = set()
    for place, rule in enumerate(Rule):
        if rule not in CIRCLE_RULES:
            continue
        for row, column in np.argwhere(broken[place]):
            if row != column and people[row].person_id != people[column].person_id:
                apart.add(frozenset({people[row].enrollment_id, people[column].enrollment_id}))
    return Gathered(
        members=tuple(
            CircleMember(
                enrollment_id=who.enrollment_id, person_id=who.person_id, function=who.function
            )
            for who in people
        ),
        kept_apart=frozenset(apart),
    )

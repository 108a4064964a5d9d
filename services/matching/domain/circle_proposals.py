"""Circles proposed from a list of volunteers, by a rule that can be followed by hand.

As few circles as their largest size allows, all of nearly one size. The functions with most
volunteers are dealt out first; everybody goes to the circle with the fewest people of their
function, of these to the one with the fewest people, of these to the first, as long as nobody is
there whom they cannot be put together with. A circle that ends below the smallest size or with too
few functions is not proposed: its people are left over.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence

from shared.events.matching import CircleMember
from shared.frozen import frozen
from shared.ids import EnrollmentId, derived_id


@frozen
class CircleRules:
    size_min: int
    size_max: int
    functions_min: int


@frozen
class CirclesProposed:
    circles: tuple[tuple[CircleMember, ...], ...]
    left_over: tuple[CircleMember, ...]


def propose_circles(
    volunteers: Sequence[CircleMember],
    rules: CircleRules,
    together: Callable[[EnrollmentId, EnrollmentId], bool],
) -> CirclesProposed:
    """Circles of these people; in whatever order they come, the same.

    Args:
        volunteers: each once.
        rules: sizes and how many functions a circle has at least.
        together: whether two may be in one circle.
    """
    count = circles_wanted(len(volunteers), rules)
    largest = min(rules.size_max, -(-len(volunteers) // max(count, 1)))
    circles: list[list[CircleMember]] = [[] for _ in range(count)]
    left_over: list[CircleMember] = []
    for who in _dealt(volunteers):
        room = [
            circle
            for circle in circles
            if len(circle) < largest
            and all(together(who.enrollment_id, each.enrollment_id) for each in circle)
        ]
        if room:
            min(room, key=lambda circle: (_alike(circle, who), len(circle))).append(who)
        else:
            left_over.append(who)
    whole = [circle for circle in circles if _holds(circle, rules)]
    left_over += (who for circle in circles if not _holds(circle, rules) for who in circle)
    return CirclesProposed(circles=tuple(map(tuple, whole)), left_over=tuple(_dealt(left_over)))


def circles_wanted(people: int, rules: CircleRules) -> int:
    """As few as hold everybody; fewer, if there are too few people for so many."""
    return min(-(-people // rules.size_max), people // rules.size_min)


def _dealt(volunteers: Iterable[CircleMember]) -> Sequence[CircleMember]:
    people = list(volunteers)
    sizes = Counter(who.function for who in people)
    return sorted(
        people,
        key=lambda who: (
            -sizes[who.function],
            who.function,
            derived_id("circle", who.enrollment_id),  # not by who enrolled first
        ),
    )


def _alike(circle: Sequence[CircleMember], who: CircleMember) -> int:
    return sum(each.function == who.function for each in circle)


def _holds(circle: Sequence[CircleMember], rules: CircleRules) -> bool:
    functions = {each.function for each in circle}
    return len(circle) >= rules.size_min and len(functions) >= rules.functions_min

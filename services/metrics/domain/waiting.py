"""How long people wait for a partner, with those still waiting counted and never dropped."""

from collections import Counter
from collections.abc import Iterable
from fractions import Fraction

from shared.frozen import frozen

_HALF = Fraction(1, 2)


@frozen
class Wait:
    """`people` who waited so many whole days; `matched` says whether the wait is over."""

    days: int
    matched: bool
    people: int = 1


def median_days(waits: Iterable[Wait]) -> int | None:
    """After how many days half have a partner; None while fewer than half ever had one.

    Source: E. L. Kaplan and Paul Meier, "Nonparametric Estimation from Incomplete Observations",
    Journal of the American Statistical Association 53 (1958); somebody still waiting is censored.
    """
    matched: Counter[int] = Counter()
    leaving: Counter[int] = Counter()
    for wait in waits:
        leaving[wait.days] += wait.people
        matched[wait.days] += wait.people if wait.matched else 0
    at_risk = sum(leaving.values())
    waiting = Fraction(1)
    for days in sorted(leaving):
        waiting *= Fraction(at_risk - matched[days], at_risk)
        if matched[days] and waiting <= _HALF:
            return days
        at_risk -= leaving[days]
    return None

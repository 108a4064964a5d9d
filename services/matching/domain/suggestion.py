"""Whom to put together with one person: the best first, and why not the others."""

from collections import Counter
from collections.abc import Mapping, Sequence

from services.matching.domain.compatibility import UNTOLD, Rule
from services.matching.domain.fit import Fit
from shared.events.vocabulary import Part
from shared.frozen import frozen
from shared.ids import EnrollmentId


@frozen
class Suggested:
    """One who could be paired, with the seats left."""

    fit: Fit
    free: int


@frozen
class Suggestions:
    best: tuple[Suggested, ...]  # best first
    considered: int
    allowed: int  # rules that are not told are not held against anybody here
    without_seat: int  # of the allowed
    by_rule: Mapping[str, int]  # people whom each rule forbids; one person may count twice


def suggestions(
    found: Sequence[Fit], own: Part, free: Mapping[EnrollmentId, int], most: int
) -> Suggestions:
    """The best partners of one person among all on the other side.

    Rules that are not told are kept: whom one stops counts as allowed and stands in no list. So
    that nobody's absence from the list tells anything, it shows no more than the better half of
    those it could: whoever is not there may simply be in the other half.

    Args:
        found: the fit with everybody on the other side.
        own: which side the person is on.
        free: seats that are left with each on the other side; none for who is not named.
        most: how many to show at most.
    """
    by_rule = Counter(rule.value for fit in found for rule in fit.broken)
    allowed = [fit for fit in found if not fit.told]
    seated = [fit for fit in allowed if free.get(other(fit, own), 0) > 0]
    ranked = sorted(
        (fit for fit in seated if fit.is_open), key=lambda fit: (-fit.score, other(fit, own))
    )
    shown = min(most, (len(seated) + 1) // 2)
    return Suggestions(
        best=tuple(Suggested(fit=fit, free=free[other(fit, own)]) for fit in ranked[:shown]),
        considered=len(found),
        allowed=len(allowed),
        without_seat=len(allowed) - len(seated),
        by_rule={
            rule.value: by_rule[rule.value]
            for rule in Rule
            if by_rule[rule.value] and rule not in UNTOLD
        },
    )


def other(fit: Fit, own: Part) -> EnrollmentId:
    """The enrollment on the other side."""
    return (fit.mentee if own is Part.MENTOR else fit.mentor).enrollment_id

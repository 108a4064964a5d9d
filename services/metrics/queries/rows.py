"""Counts with and without protection, as they are shown."""

from typing import Any

from services.metrics.domain.measure import Measure
from services.metrics.queries.views import IntervalView
from shared.fairness.rate import Rate, wilson
from shared.fairness.suppression import Cell
from shared.frozen import frozen

HIDDEN: dict[str, Any] = {
    "suppressed": True,
    "numerator": None,
    "denominator": None,
    "per_mille": None,
    "interval": None,
}


@frozen
class Count:
    """A rate and how many people stand behind it."""

    rate: Rate
    people: int

    def plus(self, other: "Count") -> "Count":
        """Both taken together."""
        return Count(rate=self.rate.plus(other.rate), people=self.people + other.people)

    def cell(self, measure: Measure) -> Cell:
        """What suppression looks at: a share of people has two sides that can be too small."""
        hits = self.rate.numerator if measure.of_people else None
        return Cell(people=self.people, hits=hits)


NOBODY = Count(rate=Rate(numerator=0, denominator=0), people=0)


def counted(measure: Measure, rate: Rate) -> dict[str, Any]:
    """The members of a view that show a rate."""
    interval = wilson(rate) if measure.of_people else None
    return {
        "suppressed": False,
        "numerator": rate.numerator,
        "denominator": rate.denominator,
        "per_mille": rate.per_mille,
        "interval": None
        if interval is None
        else IntervalView(low=interval.low, high=interval.high),
    }

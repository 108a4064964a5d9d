"""A share of some people or things, told in whole numbers: per mille, interval, ratio."""

from fractions import Fraction
from math import isqrt

from shared.frozen import frozen

_Z = Fraction(196, 100)  # two-sided 95 percent of the normal distribution
_DIGITS = 10**9  # the root is taken with nine decimals, far below a per mille
_FOUR_FIFTHS = Fraction(4, 5)


@frozen
class Interval:
    """A 95 percent interval, in per mille."""

    low: int
    high: int


@frozen
class Rate:
    """`numerator` of `denominator`; a mean where the numerator is a sum."""

    numerator: int
    denominator: int

    @property
    def per_mille(self) -> int | None:
        """The rate in thousandths, half away from zero; None where there is no denominator."""
        if self.denominator == 0:
            return None
        doubled = 2000 * abs(self.numerator) + self.denominator
        size = doubled // (2 * self.denominator)
        return size if self.numerator >= 0 else -size

    def plus(self, other: "Rate") -> "Rate":
        """Both taken together."""
        return Rate(
            numerator=self.numerator + other.numerator,
            denominator=self.denominator + other.denominator,
        )


def wilson(rate: Rate) -> Interval | None:
    """The score interval of a share, rounded outwards; None where nobody was counted.

    Source: Edwin B. Wilson, "Probable Inference, the Law of Succession, and Statistical
    Inference", Journal of the American Statistical Association 22 (1927).
    """
    hits, tries = rate.numerator, rate.denominator
    if tries == 0:
        return None
    square = _Z * _Z
    middle = 2 * hits + square
    spread = _Z * _root(square + Fraction(4 * hits * (tries - hits), tries))
    width = 2 * (tries + square)
    low = (middle - spread) * 1000 / width
    high = (middle + spread) * 1000 / width
    return Interval(
        low=max(0, low.numerator // low.denominator),
        high=min(1000, -(-high.numerator // high.denominator)),
    )


def ratio_per_mille(rate: Rate, best: Rate) -> int | None:
    """How a group fares against the best-served one: 1000 is as well; None if that is unknown."""
    if rate.denominator == 0 or best.numerator * best.denominator == 0:
        return None
    return Rate(
        numerator=rate.numerator * best.denominator, denominator=rate.denominator * best.numerator
    ).per_mille


def below_four_fifths(rate: Rate, best: Rate) -> bool:
    """Whether a rate is under four fifths of the best one, exactly and without rounding.

    Source: Uniform Guidelines on Employee Selection Procedures, 29 CFR 1607.4 D (1978); a rule of
    thumb that size and chance qualify, so it stands beside the interval and never alone.
    """
    if rate.denominator == 0 or best.denominator == 0:
        return False
    reached = Fraction(rate.numerator, rate.denominator)
    return reached < _FOUR_FIFTHS * Fraction(best.numerator, best.denominator)


def _root(square: Fraction) -> Fraction:
    scaled = square.numerator * _DIGITS * _DIGITS // square.denominator
    return Fraction(isqrt(scaled) + 1, _DIGITS)  # never too small: the interval opens outwards

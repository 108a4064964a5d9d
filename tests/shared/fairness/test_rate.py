from math import sqrt

from hypothesis import given
from hypothesis import strategies as st

from services.metrics.domain.waiting import Wait, median_days
from shared.fairness.rate import Rate, below_four_fifths, ratio_per_mille, wilson

COUNTS = st.integers(1, 5000).flatmap(
    lambda tries: st.tuples(st.integers(0, tries), st.just(tries))
)


@given(COUNTS)
def test_an_interval_holds_the_rate_and_agrees_with_the_formula(counts: tuple[int, int]) -> None:
    hits, tries = counts
    interval = wilson(Rate(numerator=hits, denominator=tries))
    assert interval is not None
    share, z = hits / tries, 1.96
    middle = (share + z * z / (2 * tries)) / (1 + z * z / tries)
    spread = z * sqrt(share * (1 - share) / tries + z * z / (4 * tries**2)) / (1 + z * z / tries)
    assert abs(interval.low - 1000 * (middle - spread)) <= 1.001
    assert abs(interval.high - 1000 * (middle + spread)) <= 1.001
    assert interval.low <= 1000 * share <= interval.high


def test_nobody_counted_has_neither_rate_nor_interval() -> None:
    nobody = Rate(numerator=0, denominator=0)
    assert nobody.per_mille is None
    assert wilson(nobody) is None


def test_a_loss_is_rounded_like_a_gain() -> None:
    assert Rate(numerator=1, denominator=3000).per_mille == 0
    assert Rate(numerator=-5, denominator=2).per_mille == -2500
    assert Rate(numerator=1, denominator=2000).per_mille == 1


def test_four_fifths_are_compared_exactly() -> None:
    best = Rate(numerator=1, denominator=2)
    assert not below_four_fifths(Rate(numerator=40, denominator=100), best)
    assert below_four_fifths(Rate(numerator=39, denominator=100), best)
    assert ratio_per_mille(Rate(numerator=40, denominator=100), best) == 800


def test_those_still_waiting_lengthen_the_median() -> None:
    matched = [Wait(days=5, matched=True), Wait(days=9, matched=True)]
    waiting = [Wait(days=30, matched=False, people=3)]
    assert median_days(matched) == 5
    assert median_days([*matched, *waiting]) is None
    assert median_days([*matched, Wait(days=40, matched=True), Wait(days=2, matched=False)]) == 9

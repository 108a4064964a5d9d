from collections.abc import Iterator
from dataclasses import replace
from itertools import product
from random import Random

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from services.matching.domain.engine.problem import NOBODY
from services.matching.domain.engine.solving import Answer, Instance, solve
from shared.events.matching import Objective


@st.composite
def instances(draw: st.DrawFn) -> Instance:
    rows, columns = draw(st.integers(1, 4)), draw(st.integers(1, 3))
    row = st.lists(st.one_of(st.none(), st.integers(0, 9)), min_size=columns, max_size=columns)
    scores = draw(st.lists(row, min_size=rows, max_size=rows))
    return Instance(
        scores=np.array([[0 if s is None else s for s in row] for row in scores], dtype=np.int64),
        allowed=np.array([[s is not None for s in row] for row in scores], dtype=np.bool_),
        seats=np.array(draw(st.lists(st.integers(0, 2), min_size=columns, max_size=columns))),
    )


def totals(instance: Instance) -> Iterator[tuple[int, int]]:
    """How many each possible answer serves, and its total."""
    count, columns = instance.scores.shape
    for partners in product(range(NOBODY, columns), repeat=count):
        pairs = [(row, column) for row, column in enumerate(partners) if column != NOBODY]
        taken = np.bincount([column for _, column in pairs], minlength=columns)
        if all(instance.allowed[pair] for pair in pairs) and np.all(taken <= instance.seats):
            yield len(pairs), sum(int(instance.scores[pair]) for pair in pairs)


def kept(instance: Instance, answer: Answer) -> tuple[NDArray[np.intp], NDArray[np.int64]]:
    """Who is served, and what each of them keeps; a seat with a price is taken."""
    served = np.flatnonzero(answer.partners != NOBODY)
    partners = answer.partners[served]
    taken = np.bincount(partners, minlength=len(instance.seats))
    assert np.all(answer.prices >= 0)
    assert np.all((taken == instance.seats) | (answer.prices == 0))
    return served, instance.scores[served, partners] - answer.prices[partners]


def assert_nobody_keeps_more(instance: Instance, answer: Answer, keeps: NDArray[np.int64]) -> None:
    worth = instance.scores - answer.prices[None, :]
    assert np.all((worth <= keeps[:, None])[instance.allowed])


@given(instances())
def test_prices_prove_that_no_set_as_large_has_a_greater_total(instance: Instance) -> None:
    answer = solve(instance, Objective.MOST_SERVED)
    served, own = kept(instance, answer)
    if len(served):
        keeps = np.full(len(answer.partners), own.min())
        keeps[served] = own
        assert_nobody_keeps_more(instance, answer, keeps)


@given(instances())
def test_prices_prove_that_no_answer_has_a_greater_total(instance: Instance) -> None:
    answer = solve(instance, Objective.BEST_SCORE)
    served, own = kept(instance, answer)
    keeps = np.zeros(len(answer.partners), dtype=np.int64)
    keeps[served] = own
    assert own.min(initial=0) == 0
    assert_nobody_keeps_more(instance, answer, keeps)


@given(instances(), st.randoms())
def test_prices_prove_the_total_of_those_who_are_first(instance: Instance, random: Random) -> None:
    order = random.sample(range(len(instance.scores)), len(instance.scores))
    answer = solve(replace(instance, priority=order), Objective.MOST_SERVED)
    served, own = kept(instance, answer)
    of_served = replace(instance, scores=instance.scores[served], allowed=instance.allowed[served])
    assert_nobody_keeps_more(of_served, answer, own)


@given(instances())
def test_a_price_is_what_one_more_seat_adds_for_as_many(instance: Instance) -> None:
    answer = solve(instance, Objective.MOST_SERVED)
    for column, price in enumerate(answer.prices):
        seats = instance.seats.copy()
        seats[column] += 1
        more = Instance(scores=instance.scores, allowed=instance.allowed, seats=seats)
        best = max(total for served, total in totals(more) if served == answer.served)
        assert best - answer.total == price

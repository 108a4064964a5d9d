from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given as for_all
from hypothesis import settings
from hypothesis import strategies as st

from services.matching.domain.engine import loops
from services.matching.domain.engine.optimising import SeatsExceeded, optimise
from services.matching.domain.engine.problem import NOBODY
from services.matching.domain.engine.terms import Terms
from shared.events.matching import Objective
from tests.matching.engine.small import Small, Table, best_answers, scores_of, smalls


def terms(small: Small, objective: Objective, weak_below: int = 0) -> Terms:
    return Terms(
        objective=objective,
        weak_below=weak_below,
        seats=small.seats,
        order=small.order,
        row_names=np.arange(100, 100 + small.table.rows, dtype=np.uint64),
        column_names=np.arange(900, 900 + small.table.columns, dtype=np.uint64),
        seed=b"a seed",
    )


@pytest.fixture(params=[0, loops.COMPILED_FROM], ids=["compiled", "plain"], scope="module")
def _both_loops(request: pytest.FixtureRequest) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(loops, "COMPILED_FROM", request.param)
        yield


@pytest.mark.usefixtures("_both_loops")
@settings(max_examples=300, deadline=None)
@for_all(smalls(), st.sampled_from(Objective), st.sampled_from([0, 2, 300]), st.integers(1, 4))
def test_no_other_answer_is_better_and_the_only_one_is_called_so(
    small: Small, objective: Objective, weak_below: int, first: int
) -> None:
    found = optimise(small.table, terms(small, objective, weak_below), first_candidates=first)
    answer = tuple(map(int, found.partners))
    best = best_answers(small, objective, weak_below)
    assert answer in best
    assert found.unique == (len(best) == 1)
    assert found.total == sum(scores_of(small, answer))


def test_locked_pairs_are_made_and_the_others_share_what_is_left() -> None:
    table = Table(
        scores=np.array([[9, 8], [5, 1], [4, 7]], dtype=np.int16),
        allowed=np.array([[True, True], [True, True], [True, False]]),
    )
    small = Small(table=table, seats=np.array([1, 1]), order=np.array([0, 1, 2]))
    wanted = terms(small, Objective.MOST_SERVED)
    assert optimise(table, wanted).partners.tolist() == [1, 0, NOBODY]
    found = optimise(table, replace(wanted, locked=((2, 1),)))  # a rule forbids it: a person chose
    assert found.partners.tolist() == [0, NOBODY, 1]
    assert (found.served, found.total) == (2, 16)


@pytest.mark.parametrize("locked", [((0, 0), (1, 0)), ((0, 0), (0, 1))])
def test_locks_that_cannot_all_hold_are_refused(locked: tuple[tuple[int, int], ...]) -> None:
    table = Table(scores=np.zeros((2, 2), np.int16), allowed=np.ones((2, 2), np.bool_))
    small = Small(table=table, seats=np.array([1, 1]), order=None)
    with pytest.raises(SeatsExceeded):
        optimise(table, replace(terms(small, Objective.BEST_SCORE), locked=locked))


@settings(max_examples=200, deadline=None)
@for_all(smalls())
def test_who_is_served_is_proved_by_columns_that_are_full_of_those_before(small: Small) -> None:
    if small.order is None:
        return
    found = optimise(small.table, terms(small, Objective.MOST_SERVED))
    place = {int(row): at for at, row in enumerate(small.order)}
    closed = [len(place) if at == NOBODY else int(at) for at in found.served_before]
    for column, at in enumerate(closed):
        guests = np.flatnonzero(found.partners == column)
        if at < len(place):
            assert len(guests) == small.seats[column]
        for guest in map(int, guests):
            assert place[guest] < at or at == len(place)
            if at < len(place):
                assert all(closed[other] <= at for other in choices(small, guest))
    for row in map(int, np.flatnonzero(found.partners == NOBODY)):
        assert all(closed[column] <= place[row] for column in choices(small, row))


def choices(small: Small, row: int) -> list[int]:
    return [int(column) for column in np.flatnonzero(small.table.allowed[row])]

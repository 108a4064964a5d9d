from collections.abc import Iterator
from itertools import product

import numpy as np
from hypothesis import given as for_all
from hypothesis import settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from services.matching.domain.assignment import NOBODY, assign


@st.composite
def problems(
    draw: st.DrawFn,
) -> tuple[NDArray[np.int64], NDArray[np.bool_], NDArray[np.int64]]:
    rows, columns = draw(st.integers(0, 5)), draw(st.integers(0, 4))
    cells = rows * columns
    scores = draw(st.lists(st.integers(0, 1000), min_size=cells, max_size=cells))
    allowed = draw(st.lists(st.booleans(), min_size=cells, max_size=cells))
    seats = draw(st.lists(st.integers(0, 3), min_size=columns, max_size=columns))
    shape = (rows, columns)
    return (
        np.array(scores, dtype=np.int64).reshape(shape),
        np.array(allowed, dtype=np.bool_).reshape(shape),
        np.array(seats, dtype=np.int64),
    )


def all_assignments(allowed: NDArray[np.bool_], seats: NDArray[np.int64]) -> Iterator[list[int]]:
    rows = [[NOBODY, *map(int, np.flatnonzero(row))] for row in allowed]
    for choice in product(*rows):
        if all(choice.count(column) <= seats[column] for column in range(len(seats))):
            yield list(choice)


def worth(scores: NDArray[np.int64], partners: list[int]) -> tuple[int, int]:
    chosen = [(row, column) for row, column in enumerate(partners) if column != NOBODY]
    return len(chosen), sum(int(scores[pair]) for pair in chosen)


@settings(max_examples=200)
@for_all(problems())
def test_no_other_assignment_serves_more_or_scores_higher(
    problem: tuple[NDArray[np.int64], NDArray[np.bool_], NDArray[np.int64]],
) -> None:
    scores, allowed, seats = problem
    partners = [int(column) for column in assign(scores, allowed, seats)]
    options = [worth(scores, option) for option in all_assignments(allowed, seats)]
    assert partners in list(all_assignments(allowed, seats))
    assert worth(scores, partners) == max(options)


def test_serving_one_more_beats_any_score() -> None:
    scores = np.array([[1000, 1], [1000, 0]])
    allowed = np.array([[True, True], [True, False]])
    assert assign(scores, allowed, np.array([1, 1])).tolist() == [1, 0]


def test_a_mentor_takes_as_many_as_there_are_seats() -> None:
    scores = np.array([[900], [800], [700]])
    assert assign(scores, np.ones((3, 1), dtype=np.bool_), np.array([2])).tolist() == [0, 0, -1]


def test_ties_fall_the_same_way_every_time() -> None:
    scores = np.full((40, 20), 500)
    allowed = np.ones((40, 20), dtype=np.bool_)
    first = assign(scores, allowed, np.full(20, 2))
    assert np.array_equal(first, assign(scores, allowed, np.full(20, 2)))
    assert (first != NOBODY).all()


def test_nobody_to_pair_is_no_problem() -> None:
    nobody = assign(np.zeros((0, 3)).astype(np.int64), np.zeros((0, 3), np.bool_), np.ones(3, int))
    assert nobody.tolist() == []

"""Small instances, all their answers, and what an answer is worth."""

from collections.abc import Iterator
from itertools import product
from typing import Any

import numpy as np
from hypothesis import strategies as st
from numpy.typing import NDArray

from services.matching.domain.engine.problem import NOBODY, Bits, Whole
from shared.events.matching import Objective
from shared.frozen import frozen


@frozen
class Table:
    """Scores as they are: a Scorer that has nothing to work out."""

    scores: NDArray[Any]  # whole numbers
    allowed: Bits

    @property
    def rows(self) -> int:
        return len(self.scores)

    @property
    def columns(self) -> int:
        return int(self.scores.shape[1])

    def block(self, rows: slice) -> tuple[NDArray[np.int16], Bits]:
        return self.scores[rows].copy(), self.allowed[rows].copy()


@frozen
class Small:
    table: Table
    seats: Whole
    order: Whole | None


@st.composite
def smalls(draw: st.DrawFn) -> Small:
    rows, columns = draw(st.integers(0, 5)), draw(st.integers(0, 4))
    cells = rows * columns
    top = draw(st.sampled_from([3, 20, 1000]))
    scores = draw(st.lists(st.integers(0, top), min_size=cells, max_size=cells))
    allowed = draw(st.lists(st.booleans(), min_size=cells, max_size=cells))
    seats = draw(st.lists(st.integers(0, 3), min_size=columns, max_size=columns))
    order = draw(st.none() | st.permutations(range(rows)))
    return Small(
        table=Table(
            scores=np.array(scores, dtype=np.int16).reshape(rows, columns),
            allowed=np.array(allowed, dtype=np.bool_).reshape(rows, columns),
        ),
        seats=np.array(seats, dtype=np.int64),
        order=None if order is None else np.array(order, dtype=np.int64),
    )


def all_answers(small: Small) -> Iterator[tuple[int, ...]]:
    rows = [[NOBODY, *map(int, np.flatnonzero(row))] for row in small.table.allowed]
    for choice in product(*rows):
        if all(choice.count(column) <= seats for column, seats in enumerate(small.seats)):
            yield choice


def scores_of(small: Small, answer: tuple[int, ...]) -> list[int]:
    return [int(small.table.scores[pair]) for pair in enumerate(answer) if pair[1] != NOBODY]


def worth(small: Small, answer: tuple[int, ...], objective: Objective, weak_below: int) -> object:
    """What is to be as great as can be, first things first."""
    scores = scores_of(small, answer)
    if objective is Objective.BEST_SCORE:
        return sum(scores)
    order = () if small.order is None else tuple(answer[row] != NOBODY for row in small.order)
    if objective is Objective.WORST_OFF_FIRST:
        return len(scores), order, sorted(scores)
    weak = -sum(score < weak_below for score in scores)
    return len(scores), order, weak, sum(scores)


def best_answers(small: Small, objective: Objective, weak_below: int) -> set[tuple[int, ...]]:
    answers = list(all_answers(small))
    worths = [worth(small, answer, objective, weak_below) for answer in answers]
    most = max(worths)  # type: ignore[type-var]  # tuples of the same form, or numbers
    return {answer for answer, value in zip(answers, worths, strict=True) if value == most}

"""Against solvers that see every pair at once."""

from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import maximum_bipartite_matching

from services.matching.domain.compatibility import PlainScorer
from services.matching.domain.engine.optimising import optimise
from services.matching.domain.engine.terms import Terms
from shared.events.matching import Objective
from tests.bench.solving_alone import lost
from tests.matching.engine.population import population, wanted
from tests.matching.engine.small import Table


def by_seat(matrix: NDArray[np.int64], seats: NDArray[np.int64]) -> NDArray[np.int64]:
    return np.repeat(matrix, seats, axis=1)


def test_no_person_and_no_point_is_lost_among_a_thousand() -> None:
    found = lost(population(1_000, 400))
    assert (found["people"], found["points"]) == (0, 0)


@pytest.mark.parametrize("first_candidates", [3, 50])
def test_the_best_score_is_that_of_the_dense_solver(first_candidates: int) -> None:
    field = population(300, 120)
    terms = replace(wanted(field), objective=Objective.BEST_SCORE)
    found = optimise(PlainScorer(field=field), terms, first_candidates=first_candidates)
    scores, allowed = PlainScorer(field=field).block(slice(None))
    dense = by_seat(np.where(allowed, scores, 0).astype(np.int64), terms.seats)
    assert found.total == dense[linear_sum_assignment(dense, maximize=True)].sum()


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize("top", [1, 30, 1000])  # the lower, the more are equal
def test_hard_instances_are_solved_as_the_dense_solver_does(seed: int, top: int) -> None:
    random = np.random.default_rng(seed)
    rows, columns = 60, 25
    taste = random.integers(0, top + 1, columns)  # everybody wants the same few
    scores = (taste + random.integers(0, top + 1, (rows, columns))) // 2
    allowed = random.random((rows, columns)) < random.choice([0.05, 0.3, 0.9])
    seats = random.integers(0, 4, columns)
    terms = Terms(
        objective=Objective.MOST_SERVED,
        seats=seats,
        row_names=np.arange(rows, dtype=np.uint64),
        column_names=np.arange(columns, dtype=np.uint64),
        seed=b"hard",
    )
    table = Table(scores=scores.astype(np.int16), allowed=allowed)
    found = optimise(table, terms, first_candidates=2)
    weighed = by_seat(np.where(allowed, scores + 100_000, 0), seats)
    best = weighed[linear_sum_assignment(weighed, maximize=True)].sum()
    most = (maximum_bipartite_matching(csr_matrix(weighed > 0)) >= 0).sum() if seats.any() else 0
    assert found.served == most
    assert found.total == best - 100_000 * most

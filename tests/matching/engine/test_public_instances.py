"""Instances that others have solved before.

assign100.txt is the first of the assignment problems of OR-Library, Beasley, "OR-Library:
distributing test problems by electronic mail" (1990): costs, whose lowest total is 305.
RESIDENTS is the market of 100 residents and 50 hospitals that issue 159 of the Python library
`matching` (D. Wilde, MIT licence) is about: hospitals in the order in which residents want them.
"""

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import maximum_bipartite_matching

from services.matching.domain.engine.optimising import optimise
from services.matching.domain.engine.solving import Instance, solve
from services.matching.domain.engine.terms import Terms
from shared.events.matching import Objective
from tests.matching.engine.small import Table

COSTS = np.loadtxt(Path(__file__).parent / "assign100.txt", dtype=np.int64)
LOWEST = 305
HOSPITALS = 50
RESIDENTS = """
0 45 7|1|2||4|5|6|1|35||45 37|11||13 8|14 13 37 11|15 40|16|||19|20 19|21|22|6|24||26 8||28 1|
29|30 46|31||33 21||35|36|37|38 27|39|46 11 13 40|41||49 34 43 40|2|25 45|2|47|48|49||13||||||
12|||||5||||37||6||29|13|45 11|41 12||1|9||||39 41||10||39|||43 5|||12||43||||||1 28 48 21|
""".replace("\n", "")


@pytest.mark.parametrize("objective", [Objective.MOST_SERVED, Objective.BEST_SCORE])
def test_the_lowest_known_total_of_a_public_assignment_is_found(objective: Objective) -> None:
    seats = np.ones(len(COSTS), dtype=np.int64)
    every = np.ones(COSTS.shape, dtype=np.bool_)
    answer = solve(Instance(scores=1000 - COSTS, allowed=every, seats=seats), objective)
    assert 1000 * len(COSTS) - answer.total == LOWEST
    names = np.arange(len(COSTS), dtype=np.uint64)
    terms = Terms(
        objective=objective, seats=seats, row_names=names, column_names=names, seed=b"public"
    )
    table = Table(scores=(1000 - COSTS).astype(np.int16), allowed=every)
    found = optimise(table, terms, first_candidates=5)
    assert 1000 * len(COSTS) - found.total == LOWEST
    assert found.unique == answer.unique


def test_the_worst_cost_of_a_public_assignment_is_as_low_as_it_can_be() -> None:
    answer = solve(
        Instance(
            scores=1000 - COSTS,
            allowed=np.ones(COSTS.shape, dtype=np.bool_),
            seats=np.ones(len(COSTS), dtype=np.int64),
        ),
        Objective.WORST_OFF_FIRST,
    )
    worst = COSTS[np.arange(len(COSTS)), answer.partners].max()
    assert full(worst)
    assert not full(worst - 1)


def full(most: int) -> bool:
    """Whether everybody can be assigned at such a cost at most."""
    made = maximum_bipartite_matching(csr_matrix(most >= COSTS))
    return bool((made >= 0).all())


def market() -> NDArray[np.int64]:
    """Residents x hospitals: 10 for the first wish, 9 for the second, …; 0 for none."""
    wishes = np.zeros((RESIDENTS.count("|"), HOSPITALS), dtype=np.int64)
    for resident, listed in enumerate(RESIDENTS.split("|")[:-1]):
        for place, hospital in enumerate(listed.split()):
            wishes[resident, int(hospital)] = 10 - place
    return wishes


@pytest.mark.parametrize("posts", [1, 2, 3])
def test_a_market_of_residents_is_cleared_as_two_other_solvers_do(posts: int) -> None:
    wishes, seats = market(), np.full(HOSPITALS, posts)
    answer = solve(Instance(scores=wishes, allowed=wishes > 0, seats=seats), Objective.MOST_SERVED)
    every_post = np.repeat(wishes, posts, axis=1)
    most = (maximum_bipartite_matching(csr_matrix(every_post > 0)) >= 0).sum()
    serving = every_post + 10_000 * (every_post > 0)  # one more served beats all wishes together
    best = serving[linear_sum_assignment(serving, maximize=True)].sum()
    assert answer.served == most
    assert answer.total == best - 10_000 * most
    assert (np.bincount(answer.partners[answer.partners >= 0], minlength=HOSPITALS) <= posts).all()

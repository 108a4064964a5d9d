from collections.abc import Iterator

import numpy as np
import pytest
from hypothesis import given as for_all
from hypothesis import settings
from hypothesis import strategies as st

from services.matching.domain.engine import loops
from services.matching.domain.engine.optimising import optimise
from services.matching.domain.engine.terms import Terms
from shared.events.matching import Objective
from tests.matching.engine.small import Small, best_answers, scores_of, smalls


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

"""The bare solver against all answers there are, of many small instances of every kind."""

import numpy as np
import pytest

from services.matching.domain.engine.reading import SCORE_MAX
from services.matching.domain.engine.solving import Instance, solve
from shared.events.matching import Objective
from tests.matching.engine.small import Small, Table, best_answers, scores_of

INSTANCES = 60  # of each kind
KINDS = {  # the highest score, how often a pair is allowed, and the most seats of a column
    "only zeros": (0, 0.8, 2),
    "zeros and ones": (1, 0.8, 1),
    "many ties": (3, 0.7, 3),
    "few ties": (1000, 0.7, 2),
    "as high as can be": (SCORE_MAX, 0.9, 1),
    "hardly anything allowed": (9, 0.25, 2),
    "nothing allowed": (9, 0.0, 2),
    "no seats": (9, 0.8, 0),
    "seats for all": (5, 1.0, 5),
}


def drawn(random: np.random.Generator, kind: tuple[int, float, int]) -> Small:
    top, often, most = kind
    rows, columns = random.integers(0, 6), random.integers(0, 4)
    scores = random.integers(0, top, (rows, columns), endpoint=True)
    if random.random() < 0.5:  # near the top, so that differences are small beside the scores
        scores = np.maximum(top - scores // 100, 0)
    return Small(
        table=Table(scores=scores, allowed=random.random((rows, columns)) < often),
        seats=random.integers(0, most, columns, endpoint=True),
        order=random.permutation(rows) if random.random() < 0.5 else None,
    )


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("objective", Objective)
def test_no_other_answer_is_better_and_the_only_one_is_called_so(
    kind: str, objective: Objective
) -> None:
    random = np.random.default_rng(list(kind.encode()))
    for _ in range(INSTANCES):
        small = drawn(random, KINDS[kind])
        order = None if small.order is None else small.order.tolist()
        table = small.table
        instance = Instance(
            scores=table.scores.astype(np.int64),
            allowed=table.allowed,
            seats=small.seats,
            priority=order,
        )
        answer, best = solve(instance, objective), best_answers(small, objective, 0)
        found = tuple(map(int, answer.partners))
        assert found in best, instance
        assert answer.unique == (len(best) == 1), instance
        assert answer.total == sum(scores_of(small, found))
        assert answer.served == len(scores_of(small, found))
        assert answer.prices.shape == small.seats.shape

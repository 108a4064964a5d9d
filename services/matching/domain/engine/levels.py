"""The worst off first: the lowest score as high as it can be, then the next lowest, and so on.

With one seat a row this is a chain of assignments: as few pairs as possible at the lowest level,
then at the next, each within what the ones before left open.

Source: leximin as the limit of banded tiers; Rawls' difference principle in the lexical form of
Sen, "Collective Choice and Social Welfare" (1970).
"""

import numpy as np

from services.matching.domain.engine.flow import Engine, Unsolved
from services.matching.domain.engine.prices import face, priced
from services.matching.domain.engine.problem import Bits, Problem, Tier, Whole, narrowed

_WEIGHT_BITS = 40  # products with the number of nodes stay below 2^63


def worst_off_first(
    problem: Problem, scores: Whole, engine: Engine
) -> tuple[Problem, Whole, Tier | None]:
    """The face of all answers whose sorted scores are the best there are.

    Args:
        problem: whose must-be-served rows are all that will be served.
        scores: of each of its pairs.
        engine: solves one assignment.

    Returns:
        That face, the scores of its pairs, and the last tier that led to it; None without pairs.
    """
    settled = -1  # levels up to here have the number of pairs that they will have
    tier = None
    while True:
        problem, scores = _without_avoidable(problem, scores, settled, engine)
        open_levels = np.unique(scores[scores > settled])
        if not open_levels.size:
            return problem, scores, tier
        pack = open_levels[: _levels_at_once(problem)]
        weights = _pack_weights(scores, pack, problem)
        tier = priced(problem, weights, engine(problem, weights))
        problem, kept = face(problem, tier)
        scores = scores[kept]
        settled = int(pack[-1])


def _without_avoidable(
    problem: Problem, scores: Whole, settled: int, engine: Engine
) -> tuple[Problem, Whole]:
    """Leave out the next levels as far as nobody needs them, found by halving."""
    levels = np.unique(scores[scores > settled])
    low, high = 0, levels.size  # the first `low` levels can be left out
    while low < high:
        middle = (low + high + 1) // 2
        if _can_do_without(problem, _kept(scores, levels[:middle]), engine):
            low = middle
        else:
            high = middle - 1
    kept = _kept(scores, levels[:low])
    return narrowed(problem, kept), scores[kept]


def _kept(scores: Whole, left_out: Whole) -> Bits:
    kept: Bits = ~np.isin(scores, left_out)
    return kept


def _can_do_without(problem: Problem, kept: Bits, engine: Engine) -> bool:
    less = narrowed(problem, kept)
    try:
        engine(less, np.zeros(less.rows.size, dtype=np.int64))
    except Unsolved:
        return False
    return True


def _levels_at_once(problem: Problem) -> int:
    bits = int(problem.row_count + 1).bit_length()
    return max(1, _WEIGHT_BITS // bits)


def _pack_weights(scores: Whole, pack: Whole, problem: Problem) -> Whole:
    """A pair at a lower level weighs more than all pairs at higher ones together."""
    base = problem.row_count + 1
    weights = np.zeros(scores.size, dtype=np.int64)
    for place, level in enumerate(pack[::-1]):
        weights[scores == level] = -(base**place)
    return weights

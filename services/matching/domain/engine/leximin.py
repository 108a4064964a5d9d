"""The worst off first, at scale: level after level, as few pairs as possible at each.

Source: leximin as the limit of banded tiers; Rawls' difference principle in the lexical form of
Sen, "Collective Choice and Social Welfare" (1970).
"""

from dataclasses import replace

import numpy as np

from services.matching.domain.engine.ground import ByScore, by_score, marked, merged
from services.matching.domain.engine.problem import Whole
from services.matching.domain.engine.reaching import Stage, completed, reach
from services.matching.domain.engine.terms import LEVELS, SCORE_MAX, ProvedTier
from services.matching.domain.engine.uniqueness import is_unique

_WEIGHT_BITS = 60  # sums over all rows stay below 2^63
_SMALL_PAIRS = 20_000


def worst_off_first(stage: Stage) -> tuple[Stage, tuple[ProvedTier, ...]]:
    """What is left when the lowest score is the best, then the next lowest, and so on.

    Args:
        stage: whose rows that can be served at all are the same in every answer.

    Returns:
        The stage that is left, and the tiers that led to it.
    """
    tiers: list[ProvedTier] = []
    levels = stage.ground.levels(stage.words)
    needed = False  # whether the last levels were: if not, perhaps the next ones are not either
    while levels.size and not _settled(stage):
        omitted = 0
        if not needed:
            omitted, stage = _without_avoidable(stage, levels)
        pack = levels[omitted : omitted + _levels_at_once(stage)]
        base = stage.must_rows.size + 1
        tier, stage = reach(stage, _by_levels(pack, base))
        tiers.append(
            ProvedTier(
                kind=LEVELS,
                prices=tier.prices,
                levels=tuple(pack.tolist()),
                base=base,
                omitted=tuple(levels[:omitted].tolist()),
            )
        )
        levels, needed = levels[omitted + pack.size :], tier.total < 0
    return stage, tuple(tiers)


def _levels_at_once(stage: Stage) -> int:
    bits = int(stage.must_rows.size + 1).bit_length()
    return max(1, (_WEIGHT_BITS - bits) // bits - 1)


def _by_levels(pack: Whole, base: int) -> ByScore:
    """A pair at a lower level weighs more than all pairs at higher ones together."""
    weights = np.zeros(SCORE_MAX + 1, dtype=np.int64)
    weights[pack] = [-(base**place) for place in reversed(range(pack.size))]
    return by_score(weights)


def _without_avoidable(stage: Stage, levels: Whole) -> tuple[int, Stage]:
    """Leave out as many of the next levels as nobody needs, found by doubling and halving."""
    low, high = 0, 1  # the first `low` levels can be left out
    while high < levels.size:
        less = _can_do_without(stage, levels[low:high])
        if less is None:
            break
        low, high, stage = high, 2 * high, less
    high = min(high, levels.size)
    while low + 1 < high:
        middle = (low + high) // 2
        less = _can_do_without(stage, levels[low:middle])
        if less is None:
            high = middle
        else:
            low, stage = middle, less
    return low, stage


def _can_do_without(stage: Stage, levels: Whole) -> Stage | None:
    """The same without pairs at these levels, if there is still an answer."""
    weigh = _one_each(levels)
    tier, after = reach(stage, weigh)
    if tier.total < 0:
        return None
    free = np.zeros(stage.seats.size, dtype=np.int64), np.zeros(stage.must_rows.size, np.int64)
    _, words = stage.ground.look(stage.words, weigh, free, 0)
    both = merged(after.pairs, stage.pairs, stage.seats.size)
    return replace(stage, words=words, pairs=both.only(marked(words, both)))


def _one_each(levels: Whole) -> ByScore:
    weights = np.zeros(SCORE_MAX + 1, dtype=np.int64)
    weights[levels] = -1
    return by_score(weights)


def _settled(stage: Stage) -> bool:
    """Whether there is only one answer left, as far as that is quickly seen."""
    listed = completed(stage, _SMALL_PAIRS)
    if not listed.complete:
        return False
    problem = listed.problem(listed.pairs)
    chosen = stage.engine(problem, np.zeros(problem.rows.size, dtype=np.int64))
    return is_unique(problem, chosen)

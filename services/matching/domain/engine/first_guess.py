"""Which pairs the solver sees at first: those that are good at about the right prices."""

from dataclasses import replace
from importlib import import_module
from typing import Any

import numpy as np

from services.matching.domain.engine.ground import UNKNOWN, Pairs, by_score, merged
from services.matching.domain.engine.problem import NOBODY, Whole
from services.matching.domain.engine.reaching import Stage
from services.matching.domain.engine.terms import SCORE_MAX

_STEP = 4  # points
_NEAR = 80  # points
_KEPT_PART = 2  # one in so many of the first candidates' number


def with_better_candidates(stage: Stage, partners: Whole) -> Stage:
    """The same with other candidates: the best at prices of a rough auction among the first ones.

    It has no say in the answer, only in how soon it is found.

    Args:
        stage: whose candidates are each row's best, whatever others want.
        partners: some answer, which stays among the candidates.
    """
    known = stage.pairs.only(stage.pairs.scores != UNKNOWN)
    starts = np.searchsorted(known.rows, np.arange(len(partners) + 1))
    auction: Any = import_module("services.matching.domain.engine.compiled_auction")
    prices = auction.auctioned(starts, known.columns, known.scores, stage.seats, _STEP)
    worth = known.scores - prices[known.columns]
    most = np.zeros(len(partners), dtype=np.int64)
    np.maximum.at(most, known.rows, worth)
    table = by_score(np.arange(SCORE_MAX + 1))
    keep = max(1, stage.keep // _KEPT_PART)
    found, _ = stage.ground.look(stage.words, table, (prices, most - _NEAR), keep)
    rows = np.flatnonzero(partners != NOBODY)
    answer = Pairs(rows=rows, columns=partners[rows], scores=np.full(rows.size, UNKNOWN))
    return replace(stage, pairs=merged(found, answer, stage.seats.size))

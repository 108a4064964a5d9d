"""One aim after the other: the best pairs over all in question, and which are as good."""

from dataclasses import replace
from itertools import count

import numpy as np

from services.matching.domain.engine.flow import Engine
from services.matching.domain.engine.ground import Ground, Pairs, Weigh, marked, merged
from services.matching.domain.engine.loops import Words, listed
from services.matching.domain.engine.prices import priced
from services.matching.domain.engine.problem import Bits, Problem, Tier, Whole
from shared.frozen import frozen

_BLOCK_ROWS = 256
_FORGETTING_TURNS = 4  # from then on pairs only join, so that there is an end


@frozen
class Stage:
    """What the aims so far have left open."""

    ground: Ground
    engine: Engine
    words: Words  # the pairs in question
    pairs: Pairs  # some of them, among which there is an answer; the solver sees only these
    seats: Whole  # of each column
    must_rows: Bits
    must_columns: Bits
    keep: int  # so many pairs of a row are added at a time
    complete: bool = False  # `pairs` are all there are

    def problem(self, pairs: Pairs) -> Problem:
        """Some pairs of this stage for the solver."""
        return Problem(
            rows=pairs.rows,
            columns=pairs.columns,
            seats=self.seats,
            must_rows=self.must_rows,
            must_columns=self.must_columns,
        )


def reach(stage: Stage, weigh: Weigh) -> tuple[Tier, Stage]:
    """The greatest total over all pairs in question, and the stage that it leaves.

    The solver sees some pairs only. Its prices are then held against all the others: those that
    beat them join, and it is asked again, until there are none. So nothing is lost.

    Source: column generation, Dantzig and Wolfe, "Decomposition principle for linear programs"
    (1960).
    """
    pairs = stage.pairs
    for turn in count():
        problem, weights = stage.problem(pairs), weigh.of(pairs)
        chosen = stage.engine(problem, weights)
        tier = priced(problem, weights, chosen)
        if stage.complete:
            slack = tier.profits[pairs.rows] + tier.prices[pairs.columns] - weights
            return tier, _after(stage, stage.words, pairs.only(slack == 0), tier)
        proof = (tier.prices, tier.profits)
        found, tight = stage.ground.look(stage.words, weigh, proof, stage.keep)
        if not found.rows.size:
            return tier, _after(stage, tight, pairs.only(marked(tight, pairs)), tier)
        del tight  # as large as all pairs in question; the solver needs the room
        if turn < _FORGETTING_TURNS:
            near = tier.profits[pairs.rows] + tier.prices[pairs.columns] - weights <= weigh.near
            pairs = pairs.only(near | chosen)
        pairs = merged(found, pairs, len(stage.seats))
    raise AssertionError  # it counts for ever


def _after(stage: Stage, words: Words, pairs: Pairs, tier: Tier) -> Stage:
    return replace(
        stage,
        words=words,
        pairs=pairs,
        must_rows=stage.must_rows | (tier.profits > 0),
        must_columns=stage.must_columns | (tier.prices > 0),
    )


def completed(stage: Stage, most: int) -> Stage:
    """The same with all pairs in question before the solver, unless they are more than `most`."""
    if stage.complete or int(np.bitwise_count(stage.words).sum()) > most:
        return stage
    rows, columns = listed(stage.words, len(stage.seats), _BLOCK_ROWS)
    unknown = Pairs(rows=rows, columns=columns, scores=np.full(rows.size, -1))
    pairs = merged(stage.pairs, unknown, len(stage.seats))
    return replace(stage, pairs=pairs, complete=True)

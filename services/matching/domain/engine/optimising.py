"""Who goes with whom over all allowed pairs: exactly, at scale, and always the same."""

from collections.abc import Callable
from dataclasses import replace
from typing import TypeAlias

import numpy as np

from services.matching.domain.engine import loops
from services.matching.domain.engine.first_guess import with_better_candidates
from services.matching.domain.engine.flow import Engine, by_flow
from services.matching.domain.engine.ground import (
    UNKNOWN,
    ByLot,
    Ground,
    Pairs,
    by_score,
    marked,
    merged,
)
from services.matching.domain.engine.leximin import worst_off_first
from services.matching.domain.engine.loops import Words, packed
from services.matching.domain.engine.lottery import drawing_seed
from services.matching.domain.engine.problem import NOBODY, Bits, Whole
from services.matching.domain.engine.reaching import Stage, completed, reach
from services.matching.domain.engine.terms import (
    LOTTERY,
    SCORE,
    SCORE_MAX,
    SERVED,
    Optimum,
    ProvedTier,
    Scorer,
    Terms,
)
from services.matching.domain.engine.uniqueness import is_unique
from shared.events.matching import Objective
from shared.frozen import frozen

Tell: TypeAlias = Callable[[str], None]

LISTED_PAIRS_MAX = 4_000_000  # so many pairs may be in question for one look at all of them

_NEAR = 40  # points


class SeatsExceeded(Exception):
    """More pairs are locked at a column than it has seats, or a row is locked twice."""


@frozen
class _Start:
    """What is left to decide once it is known who is served."""

    stage: Stage
    served: int  # how many rows will be, besides those of locked pairs; 0: not known yet
    served_before: Whole
    tiers: tuple[ProvedTier, ...]


def optimise(  # noqa: PLR0913  # but for the first two, none has a say in the answer
    scorer: Scorer,
    terms: Terms,
    *,
    threads: int = 1,
    first_candidates: int = 50,
    engine: Engine = by_flow,
    tell: Tell = lambda _: None,
) -> Optimum:
    """The best answer over all allowed pairs, the only one, with its proof.

    Neither threads, nor the number of first candidates, nor the engine, nor the places of rows and
    columns have any say in it.

    Args:
        scorer: scores and rules.
        terms: what is wanted.
        threads: so many go over pairs at the same time.
        first_candidates: so many pairs of a row does the solver see at first.
        engine: what solves for some pairs; any exact one will do.
        tell: hears at once when all pairs are "scored", it is known who is "served", the aims are
            "priced", and, with "proved", one answer is left.

    Raises:
        SeatsExceeded: locked pairs that cannot be made.
    """
    stage = _surveyed(Ground(scorer, threads), scorer, terms, (first_candidates, engine))
    tell("scored")
    start = _started(stage, scorer, terms)
    tell("served")
    stage, tiers = _aimed(start, terms)
    tell("priced")
    optimum = _decided(stage, terms, start.served_before, tiers)
    tell("proved")
    return optimum


def _aimed(start: _Start, terms: Terms) -> tuple[Stage, tuple[ProvedTier, ...]]:
    """What the objective leaves, and all that has been proved by then."""
    if terms.objective is Objective.WORST_OFF_FIRST:
        stage, levels = worst_off_first(start.stage)
        return stage, start.tiers + levels
    penalty = _penalty(start, terms)
    tier, stage = reach(start.stage, by_score(_weights(penalty, terms.weak_below), _NEAR))
    return stage, (*start.tiers, ProvedTier(kind=SCORE, prices=tier.prices, penalty=penalty))


def _decided(
    stage: Stage, terms: Terms, served_before: Whole, tiers: tuple[ProvedTier, ...]
) -> Optimum:
    """The one answer that the lottery leaves, with locked pairs."""
    made, drawn, counter = _drawn(stage, terms)
    made = stage.ground.known(_with_locked(made, terms))
    partners = np.full(stage.must_rows.size, NOBODY, dtype=np.int64)
    partners[made.rows] = made.columns
    return Optimum(
        partners=partners,
        served_before=served_before,
        tiers=tiers + drawn,
        unique=not drawn,
        lottery_counter=counter,
        total=int(made.scores.sum()),
    )


def _surveyed(ground: Ground, scorer: Scorer, terms: Terms, how: tuple[int, Engine]) -> Stage:
    """All pairs looked at once: everything is still open."""
    count, engine = how
    seats, free = _left(scorer, terms)
    words, pairs = ground.survey(seats > 0, count)
    words[~free] = 0
    return Stage(
        ground=ground,
        engine=engine,
        words=words,
        pairs=pairs.only(free[pairs.rows]),
        seats=seats,
        must_rows=np.zeros(scorer.rows, dtype=np.bool_),
        must_columns=np.zeros(scorer.columns, dtype=np.bool_),
        keep=count,
    )


def _started(stage: Stage, scorer: Scorer, terms: Terms) -> _Start:
    if terms.objective is Objective.BEST_SCORE:
        never = np.full(scorer.columns, NOBODY, dtype=np.int64)
        return _Start(stage=stage, served=0, served_before=never, tiers=())
    order = np.arange(scorer.rows) if terms.order is None else terms.order.astype(np.int64)
    partners, closed_at = stage.ground.loops.serve(stage.words, stage.seats, order)
    if terms.order is None:
        return _as_many(stage, partners, closed_at)
    start = _serving(stage, partners, closed_at)
    many = scorer.rows * scorer.columns >= loops.COMPILED_FROM
    if many and terms.objective is Objective.MOST_SERVED:
        return replace(start, stage=with_better_candidates(start.stage, partners))
    return start


def _left(scorer: Scorer, terms: Terms) -> tuple[Whole, Bits]:
    """Seats that locked pairs leave, and the rows that are in none."""
    seats = np.array(terms.seats, dtype=np.int64)
    free = np.ones(scorer.rows, dtype=np.bool_)
    for row, column in terms.locked:
        seats[column] -= 1
        if seats[column] < 0 or not free[row]:
            raise SeatsExceeded
        free[row] = False
    return seats, free


def _serving(stage: Stage, partners: Whole, closed_at: Whole) -> _Start:
    """Exactly these rows are served."""
    served = partners != NOBODY
    stage.words[~served] = 0
    return _Start(
        stage=replace(stage, pairs=_with(stage, partners), must_rows=served),
        served=int(served.sum()),
        served_before=closed_at,
        tiers=(),
    )


def _as_many(stage: Stage, partners: Whole, closed_at: Whole) -> _Start:
    """As many rows are served: those that can only have closed columns must fill them.

    Closed columns and the other rows are a cover of all pairs as large as the answer.

    Source: Kőnig, "Gráfok és mátrixok" (1931).
    """
    closed = (closed_at != NOBODY) & (stage.seats > 0)
    mask: Words = packed(closed[None, :])[0]
    others: Bits = np.any(stage.words & ~mask, axis=1)
    stage.words[others] &= ~mask
    never = np.full_like(closed_at, NOBODY)
    return _Start(
        stage=replace(stage, pairs=_with(stage, partners), must_rows=others, must_columns=closed),
        served=int((partners != NOBODY).sum()),
        served_before=never,
        tiers=(ProvedTier(kind=SERVED, prices=closed.astype(np.int64)),),
    )


def _with(stage: Stage, partners: Whole) -> Pairs:
    """First candidates that are still in question, and an answer among them."""
    asked = stage.pairs.only(marked(stage.words, stage.pairs))
    rows = np.flatnonzero(partners != NOBODY)
    known = Pairs(rows=rows, columns=partners[rows], scores=np.full(rows.size, UNKNOWN))
    return merged(asked, known, len(stage.seats))


def _with_locked(made: Pairs, terms: Terms) -> Pairs:
    locked = np.array(sorted(terms.locked), dtype=np.int64).reshape(-1, 2)
    own = Pairs(rows=locked[:, 0], columns=locked[:, 1], scores=np.full(len(locked), UNKNOWN))
    return merged(made, own, len(terms.seats))


def _penalty(start: _Start, terms: Terms) -> int:
    """More than all scores together, if pairs below a score are to be as few as can be."""
    if terms.objective is not Objective.MOST_SERVED or terms.weak_below <= 0:
        return 0
    return SCORE_MAX * start.served + 1


def _weights(penalty: int, weak_below: int) -> Whole:
    scores = np.arange(SCORE_MAX + 1)
    return scores - penalty * (scores < weak_below)


def _drawn(stage: Stage, terms: Terms) -> tuple[Pairs, tuple[ProvedTier, ...], int]:
    """One of the answers that are left, the lottery that chose it, and the counter of its draw."""
    stage = completed(stage, LISTED_PAIRS_MAX)
    made = _made(stage)
    if made is not None:
        return made, (), 0
    counter = 0
    while True:
        lot = ByLot(
            rows=terms.row_names,
            columns=terms.column_names,
            seed=drawing_seed(terms.seed, counter),
        )
        tier, last = reach(stage, lot)
        made = _made(completed(last, last.words.size * 64))
        if made is not None:
            return made, (ProvedTier(kind=LOTTERY, prices=tier.prices),), counter
        counter += 1


def _made(stage: Stage) -> Pairs | None:
    """The only answer; None if there are several, or too many pairs in question to be sure."""
    if not stage.complete:
        return None
    problem = stage.problem(stage.pairs)
    chosen = stage.engine(problem, np.zeros(problem.rows.size, dtype=np.int64))
    return stage.pairs.only(chosen) if is_unique(problem, chosen) else None

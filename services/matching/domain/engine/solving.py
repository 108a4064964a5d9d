"""A bare instance from its scores to its one answer, with prices that prove it."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from services.matching.domain.engine.as_many import prices_for_as_many
from services.matching.domain.engine.flow import Engine, by_flow
from services.matching.domain.engine.levels import worst_off_first
from services.matching.domain.engine.lottery import tickets
from services.matching.domain.engine.prices import face, priced
from services.matching.domain.engine.problem import (
    NOBODY,
    Bits,
    Problem,
    Tier,
    Whole,
    free_problem,
    narrowed,
    partners_of,
)
from services.matching.domain.engine.served import served_by_priority
from services.matching.domain.engine.uniqueness import is_unique
from shared.events.matching import Objective
from shared.frozen import frozen


@frozen
class Instance:
    """Scores and seats; rows and columns are known by their places."""

    scores: Whole  # rows x columns
    allowed: Bits  # rows x columns
    seats: Whole  # of each column
    priority: Sequence[int] | None = None  # all rows, highest first


@frozen
class Answer:
    """The one answer, and why there is no better one."""

    partners: Whole  # of each row its column, or NOBODY
    prices: Whole  # of each column
    total: int
    unique: bool  # no lottery was needed

    @property
    def served(self) -> int:
        return int((self.partners != NOBODY).sum())


def solve(
    instance: Instance, objective: Objective, *, seed: int = 0, engine: Engine = by_flow
) -> Answer:
    """The best answer by the objective; the lottery decides between several.

    Who is served is decided first: by priority if there is one, else by the best total among the
    largest sets.
    """
    problem = _whom_to_serve(instance, objective, engine)
    scores = instance.scores[problem.rows, problem.columns]
    if objective is Objective.WORST_OFF_FIRST:
        problem, scores, tier = worst_off_first(problem, scores, engine)
    else:
        tier = None
    if tier is None:
        tier = priced(problem, scores, engine(problem, scores))
        problem, kept = face(problem, tier)
        scores = scores[kept]
    chosen, unique = _drawn(problem, seed, engine)
    partners = partners_of(problem, chosen)
    return Answer(
        partners=partners,
        prices=_prices_of(instance, partners, objective, tier),
        total=int(scores[chosen].sum()),
        unique=unique,
    )


def _whom_to_serve(instance: Instance, objective: Objective, engine: Engine) -> Problem:
    problem = free_problem(instance.allowed, instance.seats)
    if instance.priority is not None and objective is not Objective.BEST_SCORE:
        partners = served_by_priority(instance.allowed, instance.seats, instance.priority)
        return serving(problem, partners != NOBODY)
    if objective is Objective.BEST_SCORE:
        return problem
    ones = np.ones(problem.rows.size, dtype=np.int64)
    problem, _ = face(problem, priced(problem, ones, engine(problem, ones)))
    return problem


def serving(problem: Problem, rows: Bits) -> Problem:
    """The same, with exactly these rows served."""
    kept = narrowed(problem, rows[problem.rows])
    return replace(kept, must_rows=rows)


def _drawn(problem: Problem, seed: int, engine: Engine) -> tuple[Bits, bool]:
    """One of the answers of a face, by lot; and whether there was another to choose from."""
    chosen = engine(problem, np.zeros(problem.rows.size, dtype=np.int64))
    if is_unique(problem, chosen):
        return chosen, True
    while True:
        drawn = tickets(problem.rows.astype(np.uint64), problem.columns.astype(np.uint64), seed)
        tier = priced(problem, drawn, engine(problem, drawn))
        last, kept = face(problem, tier)
        chosen = engine(last, np.zeros(last.rows.size, dtype=np.int64))
        if is_unique(last, chosen):
            every = np.zeros(problem.rows.size, dtype=np.bool_)
            every[np.flatnonzero(kept)[chosen]] = True
            return every, False
        seed += 1


def _prices_of(instance: Instance, partners: Whole, objective: Objective, tier: Tier) -> Whole:
    """What one more seat adds as long as as many are served; of the last tier of other aims.

    With a priority it is what it adds for those who are served by it.
    """
    if objective is Objective.WORST_OFF_FIRST:
        return tier.prices
    served = partners != NOBODY
    if objective is Objective.BEST_SCORE:
        return _with_closed(instance, partners, tier.prices, 0)
    problem = free_problem(instance.allowed, instance.seats)
    if instance.priority is not None:
        problem = serving(problem, served)
    scores = instance.scores[problem.rows, problem.columns]
    chosen = partners[problem.rows] == problem.columns
    if instance.priority is not None:
        return _with_closed(instance, partners, priced(problem, scores, chosen).prices, None)
    prices = prices_for_as_many(problem, scores, chosen)
    kept = instance.scores[served, partners[served]] - prices[partners[served]]
    return _with_closed(instance, partners, prices, kept.min() if kept.size else None)


def _with_closed(instance: Instance, partners: Whole, prices: Whole, others: int | None) -> Whole:
    """Prices of columns without seats as well: what a first seat would add.

    Args:
        instance: what was solved.
        partners: its answer.
        prices: of the columns with seats.
        others: what rows keep that are not served; None: they do not count.
    """
    served = partners != NOBODY
    counted = np.ones(len(partners), dtype=np.bool_) if others is not None else served
    kept = np.full(len(partners), others or 0, dtype=np.int64)
    kept[served] = instance.scores[served, partners[served]] - prices[partners[served]]
    closed = instance.seats == 0
    possible = instance.allowed[:, closed] & counted[:, None]
    worth = np.where(possible, instance.scores[:, closed] - kept[:, None], 0)
    prices = prices.copy()
    prices[closed] = worth.max(axis=0, initial=0)
    return prices

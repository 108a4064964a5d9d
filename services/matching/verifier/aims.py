"""Each aim of a proof: what a pair weighs in it, the prices, and what everybody keeps.

A pair's slack is what its mentee keeps and its mentor's price, less what the pair weighs. If it is
zero or more for every pair, and zero for the chosen ones, nothing is better than what was chosen.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from services.matching.verifier.answer import Answer, by_mentor
from services.matching.verifier.classes import Bits, Whole
from services.matching.verifier.findings import Notes
from services.matching.verifier.lottery import names, tickets
from services.matching.verifier.reading import Json, Record
from services.matching.verifier.scoring import SCORE_MAX

SERVED, SCORE, LEVELS, LOTTERY = "served", "score", "levels", "lottery"


@dataclass(frozen=True, slots=True, kw_only=True)
class Draw:
    """What a lottery needs to know."""

    rows: NDArray[np.uint64]
    columns: NDArray[np.uint64]
    seed: bytes
    number: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Aim:
    """One aim; its prices of columns, and what rows keep at these prices."""

    kind: str
    prices: NDArray[np.int64]
    profits: NDArray[np.int64]  # 0 for rows without a partner
    weights: NDArray[np.int64] | None  # by score; None: by lot
    omitted: Bits | None  # by score: no such pair is needed
    overlooked: Bits | None  # by score: no pair in question may have it here
    draw: Draw | None

    def weigh(self, rows: Whole, columns: Whole, scores: Whole) -> NDArray[np.int64]:
        """What pairs weigh."""
        return _weigh(self.weights, self.draw, (rows, columns, scores))

    def slack(self, rows: Whole, columns: Whole, scores: Whole) -> NDArray[np.int64]:
        """Of single pairs."""
        worth = self.weigh(rows, columns, scores)
        found: NDArray[np.int64] = self.profits[rows] + self.prices[columns] - worth
        return found


def aims_of(
    record: Record, answer: Answer, scores: NDArray[np.int64], notes: Notes
) -> Sequence[Aim]:
    """The aims of a record's proof.

    Args:
        record: with its tiers.
        answer: who has whom.
        scores: of each row's own pair; anything where it has none.
        notes: where prices of nobody are written down.
    """
    drawn = any(tier["kind"] == LOTTERY for tier in record.result["tiers"])
    draw = _draw(record) if drawn else None
    rows = np.flatnonzero(answer.served & ~answer.locked)
    own = (rows, answer.partners[rows], scores[rows])
    aims: list[Aim] = []
    named = np.zeros(SCORE_MAX + 1, dtype=np.bool_)
    for tier in record.result["tiers"]:
        prices = by_mentor(record, tier["prices"], notes)
        weights, omitted = _weights(record, tier)
        if omitted is not None and weights is not None:
            named = named | (weights != 0) | omitted
        by_lot = draw if tier["kind"] == LOTTERY else None
        profits = np.zeros(len(answer.partners), dtype=np.int64)
        profits[rows] = _weigh(weights, by_lot, own) - prices[own[1]]
        aim = Aim(
            kind=tier["kind"],
            prices=prices,
            profits=profits,
            weights=weights,
            omitted=omitted,
            overlooked=None if omitted is None else ~named & _below(tier["levels"]),
            draw=by_lot,
        )
        aims.append(aim)
    return aims


def _draw(record: Record) -> Draw:
    return Draw(
        rows=names(record.mentees.ids),
        columns=names(record.mentors.ids),
        seed=bytes.fromhex(record.lottery["seed"]),
        number=int(record.lottery["counter"]),
    )


def _below(levels: Sequence[int]) -> Bits:
    """Scores below the highest of these."""
    below: Bits = np.arange(SCORE_MAX + 1) < max(levels, default=0)
    return below


def _weigh(
    weights: NDArray[np.int64] | None, draw: Draw | None, pairs: tuple[Whole, Whole, Whole]
) -> NDArray[np.int64]:
    rows, columns, scores = pairs
    if draw is not None:
        return tickets(draw.rows[rows], draw.columns[columns], draw.seed, draw.number)
    return np.zeros(len(rows), dtype=np.int64) if weights is None else weights[scores]


def _weights(
    record: Record, tier: Mapping[str, Json]
) -> tuple[NDArray[np.int64] | None, Bits | None]:
    """What each score weighs, and which scores are left out."""
    scores = np.arange(SCORE_MAX + 1, dtype=np.int64)
    if tier["kind"] == SERVED:
        return np.ones_like(scores), None
    if tier["kind"] == SCORE:
        weak = scores < record.policy["weak_below"]
        return scores - int(tier["penalty"]) * weak, None
    if tier["kind"] == LOTTERY:
        return None, None
    weights = np.zeros_like(scores)
    highest = len(tier["levels"]) - 1
    for place, level in enumerate(tier["levels"]):
        weights[level] = -(int(tier["base"]) ** (highest - place))
    return weights, np.isin(scores, tier["omitted"])


def rows_in_question(record: Record, answer: Answer) -> Bits:
    """Whose pairs the aims are about: with an order, who is served is settled before."""
    if record.policy["objective"] == "best_score":
        return ~answer.locked
    return answer.served & ~answer.locked


def must_be_served(record: Record, answer: Answer) -> Bits:
    """Rows that are served by the order, whatever they are worth."""
    if record.policy["objective"] == "best_score":
        return np.zeros(len(answer.partners), dtype=np.bool_)
    return answer.served & ~answer.locked

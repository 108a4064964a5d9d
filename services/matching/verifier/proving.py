"""The proof of a record, block by block of the one pass over all pairs."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from services.matching.verifier.aims import SCORE, Aim, rows_in_question
from services.matching.verifier.answer import NEVER, NOBODY, Answer
from services.matching.verifier.classes import Bits, Whole
from services.matching.verifier.findings import SAID_MAX, Notes
from services.matching.verifier.lottery import TICKET_BITS
from services.matching.verifier.passing import Block, Pass
from services.matching.verifier.reading import Record
from services.matching.verifier.scoring import Scoring

_PRICE_MAX, _PROFIT_MIN, _PROFIT_MAX = 10_000, -15_000, 15_000  # sums of two fit into 16 bits
_FEW = 16  # up to one pair in so many is weighed by itself
_TOGETHER = 1 << 16  # so many pairs are weighed at a time
_NONE = np.zeros(0, dtype=np.intp)
_OFFSET = {"served": 1, "score": 0, "levels": 0, "lottery": 1 << TICKET_BITS}  # weighs at most


@dataclass(slots=True, kw_only=True)
class Proving:
    """What is compared with every block, and what is left over for after the pass."""

    record: Record
    scoring: Scoring
    answer: Answer
    aims: Sequence[Aim]
    notes: Notes
    allowed: int = 0
    tight: list[tuple[Whole, Whole]] = field(default_factory=list)  # put out of question by no aim
    tight_at_first: list[tuple[Whole, Whole]] = field(default_factory=list)  # by the first aim
    alone: list[Whole] = field(default_factory=list)  # rows that may have nobody at all
    _limit: NDArray[np.int64] = field(init=False)  # by when all that a row may have is closed
    _profits: Whole = field(init=False)  # of the first aim, less what a pair weighs at most in it
    _prices: Whole = field(init=False)
    _near: list[tuple[Whole, Whole]] = field(default_factory=list)  # still to be weighed

    def __post_init__(self) -> None:
        """Lay out what every block is compared with, in numbers as small as they can be."""
        answer = self.answer
        mine = np.where(answer.served, answer.closed[answer.partners], answer.place)
        if self.record.policy["objective"] == "best_score":
            mine = np.full_like(mine, NEVER)
        self._limit = np.where(answer.locked, NEVER, mine)
        if self.aims:
            self._lay_out(self.aims[0])

    def look(self) -> None:
        """Compare every pair with the proof, those who have about the same limit together."""
        passing = Pass(self.scoring)
        asked = rows_in_question(self.record, self.answer) & bool(self.aims)
        order = np.argsort(self._limit, kind="stable")
        for block in passing.blocks(order[asked[order]]):
            self._look_at_rules(block)
            self._look_at_aims(block, passing)
        self._weigh_near()
        for block in passing.blocks(order[~asked[order]]):
            self._look_at_rules(block)

    def _lay_out(self, first: Aim) -> None:
        """Far numbers are cut off where the sum of two looks as near as before, or nearer."""
        self._prices = np.where(self.answer.seats > 0, first.prices, 0)
        self._profits = first.profits - _OFFSET[first.kind]
        if first.kind == SCORE:
            self._profits = np.clip(self._profits, _PROFIT_MIN, _PROFIT_MAX).astype(np.int16)
            self._prices = np.minimum(self._prices, _PRICE_MAX).astype(np.int16)

    def _look_at_rules(self, block: Block) -> None:
        """Nobody was passed over: all that they may have is full of people before them."""
        self.allowed += int(np.count_nonzero(block.allowed))
        left = np.flatnonzero(~self.answer.served[block.rows])
        self.alone.append(block.rows[left[~block.allowed[left].any(axis=1)]])
        limits = self._limit[block.rows]
        open_then = np.flatnonzero(self.answer.closed > limits.min(initial=NEVER))
        if open_then.size:
            late = self.answer.closed[open_then] > limits[:, None]
            late &= block.allowed[:, open_then]
            for place, column in np.argwhere(late)[:SAID_MAX].tolist():
                self._passed_over(int(block.rows[place]), int(open_then[column]))

    def _passed_over(self, row: int, column: int) -> None:
        mentee, mentor = self.record.mentees.ids[row], self.record.mentors.ids[column]
        if self.answer.served[row]:
            own = self.record.mentors.ids[int(self.answer.partners[row])]
            text = f"mentee {mentee} could go from {own}, said to be full, to {mentor}"
            self.notes.add("way_round_a_full_mentor", text, (mentee, own, mentor))
        else:
            text = f"mentee {mentee} has nobody, and mentor {mentor} was not full of people before"
            self.notes.add("passed_over", text, (mentee, mentor))

    def _look_at_aims(self, block: Block, passing: Pass) -> None:
        """Only pairs that may have no slack are weighed one by one.

        By score, a pair has some if even more than its score is less than its mentee keeps and
        its mentor costs; by other aims, if that is above the most that any pair weighs.
        """
        least = self._profits[block.rows, None] + self._prices
        if self.aims[0].kind == SCORE:
            near: Bits = np.maximum(least, 0, out=least) <= passing.bounded(block)
            if np.count_nonzero(near) * _FEW <= near.size:
                self._look_closer(block.rows, near)
                return
            near = least <= passing.scored(block)
        else:
            near = (least <= 0) & block.allowed
        rows, columns = _marked(block.rows, near)
        self._weigh(rows, columns, passing.scored(block)[near])

    def _look_closer(self, rows: Whole, near: Bits) -> None:
        """Put few pairs aside until they are many enough to be weighed together."""
        self._near.append(_marked(rows, near))
        if sum(len(each) for each, _ in self._near) > _TOGETHER:
            self._weigh_near()

    def _weigh_near(self) -> None:
        rows = np.concatenate([_NONE, *(rows for rows, _ in self._near)])
        columns = np.concatenate([_NONE, *(columns for _, columns in self._near)])
        self._near.clear()
        self._weigh(rows, columns, self.scoring.components(rows, columns).sum(axis=1))

    def _weigh(self, rows: Whole, columns: Whole, scores: Whole) -> None:
        """Aim after aim, what still is in question."""
        kept = (self.answer.seats > 0)[columns]
        rows, columns, scores = rows[kept], columns[kept], scores[kept]
        for place, aim in enumerate(self.aims):
            if aim.omitted is not None:
                kept = ~aim.omitted[scores]
                rows, columns, scores = rows[kept], columns[kept], scores[kept]
            if aim.overlooked is not None and aim.overlooked[scores].any():
                text = f"there are pairs of scores that aim {place} passes over"
                self.notes.add("levels_out_of_order", text)
            slack = aim.slack(rows, columns, scores)
            for better in np.flatnonzero(slack < 0)[:SAID_MAX]:
                self._not_best(aim, int(rows[better]), int(columns[better]), -int(slack[better]))
            kept = slack == 0
            rows, columns, scores = rows[kept], columns[kept], scores[kept]
            if place == 0:
                self.tight_at_first.append((rows, columns))
            if not rows.size:
                break
        self.tight.append((rows, columns))

    def _not_best(self, aim: Aim, row: int, column: int, amount: int) -> None:
        mentee, mentor = self.record.mentees.ids[row], self.record.mentors.ids[column]
        own = int(self.answer.partners[row])
        others = () if own == NOBODY else (self.record.mentors.ids[own],)
        text = (
            f"mentee {mentee} and mentor {mentor} are worth {amount} more ({aim.kind}) than the "
            "prices say: some other choice is better, or a price is wrong"
        )
        self.notes.add("not_the_best", text, (mentee, mentor, *others))


def _marked(rows: Whole, marks: Bits) -> tuple[Whole, Whole]:
    """Row and column of all that are marked."""
    places, columns = np.divmod(np.flatnonzero(marks), marks.shape[1])
    return rows[places], columns

"""The proof of a record, block by block of the one pass over all pairs."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from services.matching.verifier.aims import Aim, rows_in_question
from services.matching.verifier.answer import NEVER, NOBODY, Answer
from services.matching.verifier.classes import Whole
from services.matching.verifier.findings import SAID_MAX, Notes
from services.matching.verifier.lottery import TICKET_BITS
from services.matching.verifier.reading import Record
from services.matching.verifier.scoring import Block

_SMALL = 10_000  # two of these, and what is far off, fit into 16 bits
_FAR = 15_000
_NEVER = np.iinfo(np.int32).max
_OFFSET = {"served": 1, "score": 0, "levels": 0, "lottery": 1 << TICKET_BITS}  # weighs at most


@dataclass(slots=True, kw_only=True)
class Proving:
    """What is compared with every block, and what is left over for after the pass."""

    record: Record
    answer: Answer
    aims: Sequence[Aim]
    notes: Notes
    allowed: int = 0
    tight: list[tuple[Whole, Whole]] = field(default_factory=list)  # put out of question by no aim
    tight_at_first: list[tuple[Whole, Whole]] = field(default_factory=list)  # by the first aim
    alone: list[Whole] = field(default_factory=list)  # rows that may have nobody at all
    _limit: NDArray[np.int32] = field(init=False)  # by when all that a row may have is closed
    _closed: NDArray[np.int32] = field(init=False)
    _profits: NDArray[Any] = field(init=False)  # of the first aim, far off if not in question
    _prices: NDArray[Any] = field(init=False)

    def __post_init__(self) -> None:
        """Lay out what every block is compared with, in numbers as small as they can be."""
        answer = self.answer
        mine = np.where(answer.served, answer.closed[answer.partners], answer.place)
        if self.record.policy["objective"] == "best_score":
            mine = np.full_like(mine, NEVER)
        self._limit = _narrowed(np.where(answer.locked, NEVER, mine))
        self._closed = _narrowed(answer.closed)
        if self.aims:
            self._lay_out(self.aims[0])

    def look(self, block: Block) -> None:
        """Compare a block with the proof."""
        self.allowed += int(np.count_nonzero(block.allowed))
        left = np.flatnonzero(~self.answer.served[block.rows])
        self.alone.append(left[~block.allowed[left].any(axis=1)] + block.rows.start)
        self._look_at_closing(block)
        if self.aims:
            self._look_at_aims(block)

    def _lay_out(self, first: Aim) -> None:
        profits = first.profits - _OFFSET[first.kind]
        far: int = np.iinfo(np.int64).max // 4
        kind: Any = np.int64
        if max(np.abs(profits).max(initial=0), np.abs(first.prices).max(initial=0)) < _SMALL:
            far, kind = _FAR, np.int16
        asked = rows_in_question(self.record, self.answer)
        self._profits = np.where(asked, profits, far).astype(kind)
        self._prices = np.where(self.answer.seats > 0, first.prices, 0).astype(kind)

    def _look_at_closing(self, block: Block) -> None:
        """Nobody was passed over: all that they may have is full of people before them."""
        limits = self._limit[block.rows]
        bounded = np.flatnonzero(limits != _NEVER)
        if not bounded.size:
            return
        late = self._closed[None, :] > limits[bounded, None]
        late &= block.allowed[bounded]
        if late.any():
            for row, column in np.argwhere(late)[:SAID_MAX].tolist():
                self._passed_over(int(bounded[row]) + block.rows.start, column)

    def _passed_over(self, row: int, column: int) -> None:
        mentee, mentor = self.record.mentees.ids[row], self.record.mentors.ids[column]
        if self.answer.served[row]:
            own = self.record.mentors.ids[int(self.answer.partners[row])]
            text = f"mentee {mentee} could go from {own}, said to be full, to {mentor}"
            self.notes.add("way_round_a_full_mentor", text, (mentee, own, mentor))
        else:
            text = f"mentee {mentee} has nobody, and mentor {mentor} was not full of people before"
            self.notes.add("passed_over", text, (mentee, mentor))

    def _look_at_aims(self, block: Block) -> None:
        """Only pairs that may have no slack are weighed one by one."""
        least = self._profits[block.rows, None] + self._prices[None, :]
        near = least <= (block.scores if self.aims[0].kind == "score" else 0)
        near &= block.allowed
        places = np.flatnonzero(near)
        rows, columns = np.divmod(places, near.shape[1])
        scores = block.scores.ravel()[places]
        rows += block.rows.start
        kept = (self.answer.seats > 0)[columns]
        self._weigh(rows[kept], columns[kept], scores[kept].astype(np.int64))

    def _weigh(self, rows: Whole, columns: Whole, scores: Whole) -> None:
        """Aim after aim, what still is in question."""
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


def _narrowed(places: NDArray[np.int64]) -> NDArray[np.int32]:
    return np.minimum(places, _NEVER).astype(np.int32)

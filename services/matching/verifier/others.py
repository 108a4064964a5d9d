"""What pairs without slack tell after the pass: whether prices could be lower, or others chosen."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from services.matching.verifier.aims import Aim, must_be_served
from services.matching.verifier.answer import NOBODY, Answer
from services.matching.verifier.circles import parts_of
from services.matching.verifier.classes import Bits, Whole
from services.matching.verifier.findings import Notes
from services.matching.verifier.reading import Record


@dataclass(frozen=True, slots=True, kw_only=True)
class Others:
    """The answer with its aims, after the pass."""

    record: Record
    answer: Answer
    aims: Sequence[Aim]
    notes: Notes

    def lowest(self, tight: tuple[Whole, Whole]) -> None:
        """No price of the first aim could be lower: somebody else would take the seat then.

        Prices rise from nothing along pairs without slack; one that is not reached that way could
        fall.
        """
        rows, columns = tight
        aim = self.aims[0]
        prices = np.where(self.answer.seats > 0, aim.prices, 0)
        home = self.answer.partners[rows]
        must = must_be_served(self.record, self.answer)
        held = prices == 0
        held[columns[(home == NOBODY) & ~must[rows]]] = True
        moves = (home != NOBODY) & (home != columns)
        before, after = home[moves], columns[moves]
        while True:
            reached = after[held[before] & ~held[after]]
            if not reached.size:
                break
            held[reached] = True
        for column in np.flatnonzero(~held).tolist():
            name = self.record.mentors.ids[int(column)]
            text = f"mentor {name} has a price of {prices[column]} where less would do"
            self.notes.add("price_not_lowest", text, (name,))

    def nothing_else(self, tight: tuple[Whole, Whole]) -> None:
        """No other answer is as good by every aim.

        It would move people round a circle of mentors, or along a chain that begins and ends
        outside: with somebody who need not be served, or a seat that need not be filled.
        """
        rows, columns = tight
        outside = len(self.record.mentors.ids)
        must_rows, must_columns = self._musts()
        home = np.where(self.answer.served, self.answer.partners, outside)
        moving = home[rows] != columns
        before, after = home[rows][moving], columns[moving]
        leaving_rows = np.flatnonzero(self.answer.served & ~self.answer.locked & ~must_rows)
        leaving = home[leaving_rows]
        losing = np.flatnonzero(~must_columns & (self.answer.taken > 0))
        gaining = np.flatnonzero(self.answer.taken < self.answer.seats)
        parts = parts_of(
            outside + 1,
            np.concatenate([before, leaving, np.full(losing.size, outside), gaining]),
            np.concatenate(
                [after, np.full(leaving.size, outside), losing, np.full(gaining.size, outside)]
            ),
        )
        circles = parts[before] == parts[after]
        for row, column in zip(
            rows[moving][circles].tolist(), after[circles].tolist(), strict=True
        ):
            mentee, mentor = self.record.mentees.ids[int(row)], self.record.mentors.ids[int(column)]
            text = f"mentee {mentee} could go to mentor {mentor} and all would be as good"
            self.notes.add("not_the_only_one", text, (mentee, mentor))
        for row in leaving_rows[parts[leaving] == parts[outside]].tolist():
            name = self.record.mentees.ids[int(row)]
            text = f"mentee {name} could be without a mentor and all would be as good"
            self.notes.add("not_the_only_one", text, (name,))

    def _musts(self) -> tuple[Bits, Bits]:
        """Rows that have to be served and columns that have to be full, by order or by an aim."""
        rows = must_be_served(self.record, self.answer)
        columns = np.zeros(len(self.record.mentors.ids), dtype=np.bool_)
        for aim in self.aims:
            rows = rows | (aim.profits > 0)
            columns |= (aim.prices > 0) & (self.answer.seats > 0)
        return rows, columns

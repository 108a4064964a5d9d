"""What is left to check when all pairs have been looked at: who is served, prices, and aims."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from services.matching.verifier.aims import (
    LEVELS,
    LOTTERY,
    SCORE,
    Aim,
    must_be_served,
    rows_in_question,
)
from services.matching.verifier.answer import NEVER, NOBODY, Answer
from services.matching.verifier.classes import Whole
from services.matching.verifier.findings import Notes
from services.matching.verifier.reading import Record
from services.matching.verifier.rules import PRIVATE, RULES, Rules
from services.matching.verifier.scoring import SCORE_MAX


@dataclass(frozen=True, slots=True, kw_only=True)
class Settling:
    """The answer with its aims, after the pass."""

    record: Record
    answer: Answer
    aims: Sequence[Aim]
    notes: Notes

    def full_where_closed(self) -> None:
        """A mentor who is closed is full, of people before whom they closed for."""
        answer, ids = self.answer, self.record.mentors.ids
        for column in np.flatnonzero(
            (answer.closed != NEVER) & (answer.taken < answer.seats)
        ).tolist():
            text = f"mentor {ids[column]} is said to be full and has a free seat"
            self.notes.add("closed_with_free_seats", text, (ids[column],))
        rows = np.flatnonzero(answer.served & ~answer.locked)
        mine = answer.closed[answer.partners[rows]]
        for row in rows[answer.place[rows] >= mine].tolist():
            mentee, mentor = self.record.mentees.ids[int(row)], ids[int(answer.partners[row])]
            text = f"mentee {mentee} comes after the one for whom mentor {mentor} had no seat"
            self.notes.add("served_out_of_order", text, (mentee, mentor))

    def kinds(self, alone: Whole, rules: Rules) -> None:
        """Who is left was outranked, unless the rules that all may know leave them nobody."""
        rows, columns = rules.barred(alone)
        public = [name for name in RULES if name not in PRIVATE]
        broken = rules.broken(rows, columns)
        closed = np.logical_or.reduce([broken[name] for name in public])
        none = set(alone.tolist()) - set(rows[~closed].tolist())
        for left in self.record.result["unserved"]:
            row = self.record.mentees.place.get(left["mentee"], NOBODY)
            right = "none_allowed" if row in none else "outranked"
            if left["kind"] != right:
                text = f"mentee {left['mentee']} is said to be {left['kind']}, and is {right}"
                self.notes.add("kind_differs", text, (left["mentee"],))

    def aims_in_order(self) -> None:
        """The aims are those of the policy's objective, then the lottery if it was needed."""
        kinds = [aim.kind for aim in self.aims]
        by_lot = kinds[-1:] == [LOTTERY]
        settled = kinds[:-1] if by_lot else kinds
        paired = int((self.answer.served & ~self.answer.locked).sum())
        if self.record.policy["objective"] == "worst_off_first":
            right = set(settled) <= {LEVELS}
        else:
            right = settled == [SCORE]
        if not right and self.record.mentees.ids:
            text = f"the aims ({', '.join(kinds) or 'none'}) are not those of the policy"
            self.notes.add("aims_differ", text)
        if bool(self.record.result["unique"]) == by_lot:
            text = "a lottery was held though nothing else was as good, or the other way round"
            self.notes.add("unique_differs", text)
        for tier in self.record.result["tiers"]:
            if tier["kind"] == SCORE and int(tier["penalty"]) != self._penalty(paired):
                text = f"a very weak pair costs {tier['penalty']}, not {self._penalty(paired)}"
                self.notes.add("aims_differ", text)
            if tier["kind"] == LEVELS and int(tier["base"]) <= paired:
                text = "a pair of a lower score does not weigh more than all of higher ones"
                self.notes.add("aims_differ", text)

    def _penalty(self, paired: int) -> int:
        """More than all scores together, where the policy has very weak pairs."""
        policy = self.record.policy
        asked = policy["objective"] == "most_served" and policy["weak_below"] > 0
        return SCORE_MAX * paired + 1 if asked else 0

    def prices(self) -> None:
        """A seat costs something only where none is free; less than nothing only after that."""
        ids = self.record.mentors.ids
        settled = np.zeros(len(ids), dtype=np.bool_)  # full by an earlier aim
        spare = self.answer.taken < self.answer.seats
        for aim in self.aims:
            prices = aim.prices
            wrong = ~settled & ((prices < 0) | ((prices > 0) & spare))
            for column in np.flatnonzero(
                wrong | ((prices != 0) & (self.answer.seats == 0))
            ).tolist():
                text = (
                    f"mentor {ids[column]} has a price of {prices[column]} ({aim.kind}): a seat "
                    "costs nothing while one is free, and nothing at least"
                )
                self.notes.add("price_without_demand", text, (ids[column],))
            settled |= prices > 0

    def profits(self) -> None:
        """Nobody who need not be served is worse off than without a partner."""
        must = must_be_served(self.record, self.answer)
        asked = rows_in_question(self.record, self.answer)
        for aim in self.aims:
            for row in np.flatnonzero(asked & ~must & (aim.profits < 0)).tolist():
                name = self.record.mentees.ids[int(row)]
                text = f"the pair of mentee {name} costs more than it is worth ({aim.kind})"
                self.notes.add("not_the_best", text, (name,))
            must |= aim.profits > 0

    def omitted(self, scores: NDArray[np.int64]) -> None:
        """No pair is at a level that is said not to be needed, and these are the lowest."""
        rows = np.flatnonzero(self.answer.served & ~self.answer.locked)
        reached = -1
        for aim in self.aims:
            if aim.omitted is None or aim.weights is None:
                continue
            used = rows[aim.omitted[scores[rows]]]
            levels = np.flatnonzero(aim.weights)
            lowest = int(levels.min(initial=np.iinfo(np.int64).max))
            outside = np.flatnonzero(aim.omitted)
            wrong = ((outside <= reached) | (outside >= lowest)).any() or (levels <= reached).any()
            if wrong:
                text = "levels are left out, or looked at, that do not come next"
                self.notes.add("levels_out_of_order", text)
            for row in used.tolist():
                name = self.record.mentees.ids[int(row)]
                text = f"mentee {name} has a pair of a score that is said not to be needed"
                self.notes.add("not_the_best", text, (name,))
            reached = int(levels.max(initial=reached))

    def levels_named(self, scores: NDArray[np.int64]) -> None:
        """Every score that a pair has was looked at, so that no lower one is too frequent."""
        named = np.zeros(0, dtype=np.int64)
        if {LEVELS, LOTTERY} - {aim.kind for aim in self.aims}:
            return  # without a lottery there is one answer: higher scores have no say any more
        for aim in self.aims:
            if aim.omitted is not None and aim.weights is not None:
                named = np.union1d(named, np.flatnonzero(aim.weights))
        rows = np.flatnonzero(self.answer.served & ~self.answer.locked)
        for row in rows[~np.isin(scores[rows], named)].tolist():
            name = self.record.mentees.ids[int(row)]
            text = f"mentee {name} has a score that no aim looked at"
            self.notes.add("levels_out_of_order", text, (name,))

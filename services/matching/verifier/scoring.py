"""Every pair's score and whether it is allowed, a block of mentees at a time."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from services.matching.verifier.circumstances import Circumstances, circumstances_of
from services.matching.verifier.classes import Bits, Whole
from services.matching.verifier.hours import hours_of
from services.matching.verifier.reading import Record
from services.matching.verifier.rules import Rules, rules_of
from services.matching.verifier.skills import Skills, skills_of

COMPONENTS = (
    "strengths",
    "other_function",
    "target_roles",
    "style",
    "hours",
    "spare_load",
    "title",
    "tenure",
    "same_function",
    "proximity",
    "rotation",
    "emphasis",
)
SCORE_MAX = 1000
_PAIRS_AT_ONCE = 2**18  # a block that the caches hold


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """Some mentees, all mentors."""

    rows: slice
    scores: NDArray[np.int16]  # 0 to 1000
    allowed: Bits


@dataclass(frozen=True, slots=True, kw_only=True)
class Scoring:
    """What the score of a record's pairs is made of."""

    mentees: int
    mentors: int
    skills: Skills
    circumstances: Circumstances
    rules: Rules

    def blocks(self) -> Iterator[Block]:
        """All mentees, block after block."""
        step = max(1, _PAIRS_AT_ONCE // max(self.mentors, 1))
        for start in range(0, self.mentees, step):
            rows = slice(start, min(start + step, self.mentees))
            yield Block(rows=rows, scores=self.scores(rows), allowed=self.rules.allowed(rows))

    def scores(self, rows: slice) -> NDArray[np.int16]:
        """Mentees of `rows` x mentors."""
        scores = self.skills.strengths(rows)
        scores += self.skills.target_roles(rows)
        if self.skills.emphasised:
            scores += self.skills.emphasis(rows)
        for table in self.circumstances.by_name.values():
            if table.table.any():
                scores += table.block(rows)
        return scores

    def components(self, rows: Whole, columns: Whole) -> NDArray[np.int64]:
        """The points of single pairs, pairs x components."""
        strengths, roles, emphasis = self.skills.at(rows, columns)
        skills = {"strengths": strengths, "target_roles": roles, "emphasis": emphasis}
        return np.stack(
            [
                skills[name] if name in skills else self.circumstances.at(name, rows, columns)
                for name in COMPONENTS
            ],
            axis=1,
        )


def scoring_of(record: Record) -> Scoring:
    """The score as the record's policy weighs it."""
    hours = hours_of(record)
    return Scoring(
        mentees=len(record.mentees.ids),
        mentors=len(record.mentors.ids),
        skills=skills_of(record),
        circumstances=circumstances_of(record, hours),
        rules=rules_of(record, hours),
    )

"""What every pair's score is made of."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from services.matching.verifier.circumstances import Circumstances, circumstances_of
from services.matching.verifier.classes import Whole
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Scoring:
    """What the score of a record's pairs is made of."""

    mentees: int
    mentors: int
    skills: Skills
    circumstances: Circumstances
    rules: Rules

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

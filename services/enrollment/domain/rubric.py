"""A rubric weighs what an application shows; grade and tenure may count, but never alone."""

from collections.abc import Sequence

from shared.errors import InvalidCommand
from shared.events.enrollment import CriterionScore, RubricCriterion
from shared.frozen import frozen

_RANK = frozenset({"grade", "job_grade", "level", "seniority", "tenure"})


@frozen
class Rubric:
    version: int
    criteria: tuple[RubricCriterion, ...]
    accept_from: int  # weighted score, 0 to 100


class CriterionRepeated(InvalidCommand):
    """A criterion stands twice: each is weighed and scored once."""


class RankAlone(InvalidCommand):
    """Job grade and tenure cannot be all that counts: weigh potential or goals as well."""


class ScoresIncomplete(InvalidCommand):
    """An assessment scores every criterion of the rubric, and no other."""


def require_fair(criteria: Sequence[RubricCriterion]) -> None:
    """Refuse a rubric that repeats itself or looks at rank alone.

    Raises:
        CriterionRepeated: a criterion stands twice.
        RankAlone: nothing but job grade and tenure has weight.
    """
    _require_distinct([criterion.code for criterion in criteria], "/criteria")
    if all(criterion.code in _RANK for criterion in criteria):
        raise RankAlone(field="/criteria")


def weigh(rubric: Rubric, scores: Sequence[CriterionScore]) -> int:
    """The weighted mean of the scores, 0 to 100, halves rounded up.

    Raises:
        CriterionRepeated: a criterion is scored twice.
        ScoresIncomplete: a criterion of the rubric is missing, or one is not of the rubric.
    """
    _require_distinct([score.code for score in scores], "/scores")
    weights = {criterion.code: criterion.weight for criterion in rubric.criteria}
    if weights.keys() != {score.code for score in scores}:
        raise ScoresIncomplete(field="/scores")
    whole = sum(weights.values())
    return (2 * sum(weights[score.code] * score.score for score in scores) + whole) // (2 * whole)


def _require_distinct(codes: Sequence[str], field: str) -> None:
    for place, code in enumerate(codes):
        if code in codes[:place]:
            raise CriterionRepeated(field=f"{field}/{place}/code")

from datetime import date

import pytest
from hypothesis import given as for_all
from hypothesis import strategies as st

from services.enrollment.domain.eligibility import evaluate, tenure_months
from services.enrollment.domain.rubric import (
    CriterionRepeated,
    Rubric,
    ScoresIncomplete,
    weigh,
)
from shared.events.enrollment import (
    Criterion,
    CriterionScore,
    EligibilityRule,
    Part,
    RubricCriterion,
    RuleResult,
)
from tests.enrollment.story import CRITERIA, GOOD, IN_SALES

TODAY = date(2026, 3, 2)
RUBRIC = Rubric(version=1, criteria=CRITERIA, accept_from=60)


@pytest.mark.parametrize(
    ("hired_on", "months"),
    [
        (date(2026, 3, 2), 0),
        (date(2026, 2, 2), 1),
        (date(2026, 2, 3), 0),
        (date(2025, 3, 2), 12),
        (date(2026, 9, 1), 0),
    ],
)
def test_tenure_counts_whole_months(hired_on: date, months: int) -> None:
    assert tenure_months(hired_on, TODAY) == months


def test_an_evaluation_keeps_criterion_input_and_result_of_each_rule() -> None:
    rules = (
        EligibilityRule(
            rule_id="tenure", part=Part.MENTEE, criterion=Criterion.TENURE_MONTHS, minimum=12
        ),
        EligibilityRule(
            rule_id="sites", part=Part.MENTEE, criterion=Criterion.SITE, values=("Lyon",)
        ),
        EligibilityRule(
            rule_id="levels", part=Part.MENTOR, criterion=Criterion.LEVEL, values=("senior",)
        ),
    )
    assert evaluate(rules, Part.MENTEE, IN_SALES, TODAY) == (
        RuleResult(rule_id="tenure", criterion=Criterion.TENURE_MONTHS, input="13", passed=True),
        RuleResult(rule_id="sites", criterion=Criterion.SITE, input="Porto", passed=False),
    )


def test_without_rules_there_is_nothing_to_fail() -> None:
    assert evaluate((), Part.MENTEE, IN_SALES, TODAY) == ()


def test_scores_are_weighed() -> None:
    assert weigh(RUBRIC, GOOD) == 65


def test_an_assessment_scores_every_criterion_once_and_no_other() -> None:
    with pytest.raises(ScoresIncomplete):
        weigh(RUBRIC, GOOD[:2])
    with pytest.raises(ScoresIncomplete):
        weigh(RUBRIC, (*GOOD, CriterionScore(code="charm", score=1)))
    with pytest.raises(CriterionRepeated):
        weigh(RUBRIC, (*GOOD, GOOD[0]))


@for_all(
    st.lists(
        st.tuples(st.integers(min_value=1, max_value=100), st.integers(min_value=0, max_value=100)),
        min_size=1,
        max_size=8,
    )
)
def test_a_total_lies_between_the_lowest_and_the_highest_score(
    weighed: list[tuple[int, int]],
) -> None:
    criteria = tuple(
        RubricCriterion(code=str(place), weight=weight) for place, (weight, _) in enumerate(weighed)
    )
    scores = tuple(
        CriterionScore(code=str(place), score=score) for place, (_, score) in enumerate(weighed)
    )
    total = weigh(Rubric(version=1, criteria=criteria, accept_from=50), scores)
    assert min(score for _, score in weighed) <= total <= max(score for _, score in weighed)

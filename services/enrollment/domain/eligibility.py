"""Eligibility rules as published, and what they say of one position."""

from collections.abc import Iterable, Sequence
from datetime import date

from shared.errors import InvalidCommand
from shared.events.enrollment import Criterion, EligibilityRule, Part, Position, RuleResult


class RuleRepeated(InvalidCommand):
    """Two eligibility rules have the same id."""


class RuleIncomplete(InvalidCommand):
    """A tenure rule needs a minimum and no values; every other rule needs values and no minimum."""


def require_sound(rules: Sequence[EligibilityRule]) -> None:
    """Refuse rules that cannot be evaluated.

    Raises:
        RuleRepeated: two rules share an id.
        RuleIncomplete: a rule lacks what its criterion compares with, or has too much.
    """
    seen: set[str] = set()
    for place, rule in enumerate(rules):
        if rule.rule_id in seen:
            raise RuleRepeated(field=f"/rules/{place}/rule_id")
        seen.add(rule.rule_id)
        by_tenure = rule.criterion is Criterion.TENURE_MONTHS
        if bool(rule.values) is by_tenure or (rule.minimum is not None) is not by_tenure:
            raise RuleIncomplete(field=f"/rules/{place}")


def evaluate(
    rules: Iterable[EligibilityRule], part: Part, position: Position, today: date
) -> tuple[RuleResult, ...]:
    """What each rule for this part finds, in the order of the rules; no rule, no result."""
    return tuple(_apply(rule, position, today) for rule in rules if rule.part is part)


def _apply(rule: EligibilityRule, position: Position, today: date) -> RuleResult:
    if rule.criterion is Criterion.TENURE_MONTHS:
        months = tenure_months(position.hired_on, today)
        value, passed = str(months), months >= (rule.minimum or 0)
    else:
        value = {
            Criterion.FUNCTION: position.function,
            Criterion.LEVEL: position.level,
            Criterion.SITE: position.site,
        }[rule.criterion]
        passed = value in rule.values
    return RuleResult(rule_id=rule.rule_id, criterion=rule.criterion, input=value, passed=passed)


def tenure_months(hired_on: date, today: date) -> int:
    """Whole months since the day of hire; 0 before it."""
    months = (today.year - hired_on.year) * 12 + today.month - hired_on.month
    return max(0, months - (today.day < hired_on.day))

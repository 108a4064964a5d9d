"""Policies as views."""

from collections.abc import Iterator, Mapping
from typing import Any
from uuid import UUID

import msgspec
from pydantic import Field

from shared.database import Database
from shared.events.matching import Approver, CrossFunctionRule, Objective
from shared.http import Moment, PageOf, PageRequest, View

_POLICIES = """
SELECT p.program_id, p.version, p.terms::text AS terms, p.author, p.reason, p.at,
       before.terms::text AS terms_before
FROM read.policies AS p
LEFT JOIN read.policies AS before
    ON before.tenant = p.tenant AND before.program_id = p.program_id
    AND before.version = p.version - 1
WHERE p.program_id = $1 AND ($2::integer IS NULL OR p.version < $2)
ORDER BY p.version DESC LIMIT $3
"""
_LEVELS = "SELECT DISTINCT level FROM pool.people"


class WeightsView(View):
    strengths: int
    other_function: int
    target_roles: int
    style: int
    hours: int
    spare_load: int
    title: int
    tenure: int
    same_function: int
    proximity: int
    rotation: int


class ExitCriterionView(View):
    code: str = Field(examples=["goals_met"])
    text: str


class MatchingPolicyView(View):
    program_id: UUID
    version: int
    objective: Objective = Field(description="What a run seeks first.")
    seats_per_mentor_max: int = Field(description="The mentee-to-mentor ratio: 3 means 3:1.")
    hours_per_pair: int = Field(description="Of a month.")
    programs_max: int | None = Field(
        description="Programs in which a mentor has mentees at a time; null: any number."
    )
    cross_function: CrossFunctionRule
    weights: WeightsView = Field(description="Points at most for each component of a score.")
    standing_cap: int = Field(
        description="Points for title, tenure, same function and nearness together at most."
    )
    weak_below: int = Field(description="A score under this is very weak; 0: none is.")
    levels: list[str] = Field(description="Codes, the lowest first.", examples=[["senior"]])
    level_gap_min: int | None = Field(
        description="The mentor's place in `levels` less the mentee's; null: not asked."
    )
    level_gap_max: int | None
    common_minutes_min: int = Field(
        description="Working minutes a day that both can meet in; 0: none asked."
    )
    time_zone_hours_max: int | None = Field(
        description="Hours apart by the clock; null: not asked."
    )
    needs_supported: bool = Field(
        description="Whether a mentor supports all that the mentee needs."
    )
    rest_cycles: int | None = Field(description="Null: two who parted stay apart for ever.")
    trial_days: int
    answer_days: int
    approvals: list[Approver] = Field(description="Who has to say yes before two are paired.")
    approvals_in_order: bool = Field(
        description="Whether each is asked when the one before said yes."
    )
    review_days: int | None = Field(description="Between two reviews of a pairing; null: none.")
    pairing_days_default: int | None = Field(description="How long a pairing lasts; null: open.")
    pairing_days_max: int | None = Field(description="How long it may last; null: any time.")
    extension_days_max: int
    pending_requests_max: int = Field(description="Of a mentee.")
    open_requests_max: int = Field(description="At a mentor.")
    request_days: int
    escalation_days: int
    appeal_days: int
    group_size_max: int
    circle_size_min: int
    circle_size_max: int
    circle_functions_min: int
    circles_max: int | None = Field(
        default=None, description="Open circles that somebody is in at a time; null: any number."
    )
    flash_days: int
    silence_warn_after: int | None = Field(
        default=None, description="Misses in a row until two are warned; null: nobody looks."
    )
    silence_offer_after_days: int | None = Field(
        default=None, description="From the warning until both may part without fault; null: never."
    )
    silence_end_after_days: int | None = Field(
        default=None, description="From the warning until the pairing ends; null: never by itself."
    )
    exit_criteria: list[ExitCriterionView]
    author: UUID
    reason: str
    evidence: UUID | None = Field(description="The report that led to this version, if any.")
    at: Moment


class PolicyVersionView(MatchingPolicyView):
    """A version of a policy, and what it changed."""

    changed: list[str] = Field(
        description="What differs from the version before; empty for the first.",
        examples=[["trial_days", "weights.style"]],
    )


async def current(db: Database, *, program_id: UUID) -> MatchingPolicyView | None:
    """A program's newest policy."""
    row = await db.fetchrow(_POLICIES, program_id, None, 1)
    return None if row is None else MatchingPolicyView(**_told(row))


async def versions(
    db: Database, page: PageRequest, *, program_id: UUID
) -> PageOf[PolicyVersionView]:
    """All versions of a program's policy, newest first, each with what it changed."""
    (before,) = page.after or (None,)
    rows = await db.fetch(_POLICIES, program_id, before, page.rows)
    return page.of([_version(row) for row in rows], lambda policy: (policy.version,))


async def known_levels(db: Database) -> frozenset[str] | None:
    """Every level that somebody has; None while nobody is known."""
    levels = frozenset(row["level"] for row in await db.fetch(_LEVELS))
    return levels or None


def _told(row: Any) -> dict[str, Any]:  # noqa: ANN401  # a row
    said = {name: value for name, value in row.items() if not name.startswith("terms")}
    return {**msgspec.json.decode(row["terms"]), **said}


def _version(row: Any) -> PolicyVersionView:  # noqa: ANN401  # a row
    changed: list[str] = []
    if row["terms_before"] is not None:
        before, after = (msgspec.json.decode(row[name]) for name in ("terms_before", "terms"))
        changed = sorted(_changed(before, after))
    return PolicyVersionView(**_told(row), changed=changed)


def _changed(before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[str]:
    for name, value in after.items():
        if isinstance(value, dict):
            yield from (f"{name}.{part}" for part in _changed(before[name], value))
        elif before.get(name) != value:
            yield name

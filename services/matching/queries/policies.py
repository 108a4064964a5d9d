"""Policies as views."""

from typing import Any
from uuid import UUID

import msgspec
from pydantic import Field

from shared.database import Database
from shared.events.matching import CrossFunctionRule
from shared.http import Moment, PageOf, PageRequest, View

_POLICIES = """
SELECT program_id, version, seats_per_mentor_max, cross_function, weights::text AS weights,
       trial_days, answer_days, exit_criteria::text AS exit_criteria, author, reason, at
FROM read.policies WHERE program_id = $1 AND ($2::integer IS NULL OR version < $2)
ORDER BY version DESC LIMIT $3
"""


class WeightsView(View):
    strengths: int
    other_function: int
    target_roles: int
    style: int
    hours: int
    spare_load: int


class ExitCriterionView(View):
    code: str = Field(examples=["goals_met"])
    text: str


class MatchingPolicyView(View):
    program_id: UUID
    version: int
    seats_per_mentor_max: int = Field(description="The mentee-to-mentor ratio: 3 means 3:1.")
    cross_function: CrossFunctionRule
    weights: WeightsView = Field(description="Points at most for each component of a score.")
    trial_days: int
    answer_days: int
    exit_criteria: list[ExitCriterionView]
    author: UUID
    reason: str
    at: Moment


async def current(db: Database, *, program_id: UUID) -> MatchingPolicyView | None:
    """A program's newest policy."""
    row = await db.fetchrow(_POLICIES, program_id, None, 1)
    return None if row is None else _view(row)


async def versions(
    db: Database, page: PageRequest, *, program_id: UUID
) -> PageOf[MatchingPolicyView]:
    """All versions of a program's policy, newest first."""
    (before,) = page.after or (None,)
    rows = await db.fetch(_POLICIES, program_id, before, page.rows)
    return page.of([_view(row) for row in rows], lambda policy: (policy.version,))


def _view(row: Any) -> MatchingPolicyView:  # noqa: ANN401  # a row
    told: dict[str, Any] = {
        **row,
        "weights": msgspec.json.decode(row["weights"]),
        "exit_criteria": msgspec.json.decode(row["exit_criteria"]),
    }
    return MatchingPolicyView(**told)

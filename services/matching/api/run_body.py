"""What a program manager sends to ask for a run."""

from typing import Annotated
from uuid import UUID

from pydantic import Field

from services.matching.domain import policy_limits as limits
from services.matching.domain.policy_limits import Range
from shared.events.matching import CrossFunctionRule, Objective
from shared.http import Request

REASON_LENGTH_MAX = 500
PAIRS_NAMED_MAX = 5_000
COMPETENCIES_MAX = 50

_Points = Annotated[int | None, Field(strict=True)]
_Whole = Annotated[int | None, Field(strict=True)]
_EMPHASIS = Range(least=1, most=limits.EMPHASIS_WEIGHT_MAX)


class PairBody(Request):
    """A mentor and a mentee by their enrollments."""

    mentor: UUID
    mentee: UUID


class TriedWeights(Request):
    """Points at most for each component; what is left out stays as the policy has it."""

    strengths: _Points = None
    other_function: _Points = None
    target_roles: _Points = None
    style: _Points = None
    hours: _Points = None
    spare_load: _Points = None
    title: _Points = None
    tenure: _Points = None
    same_function: _Points = None
    proximity: _Points = None
    rotation: _Points = None


class WhatIf(Request):
    """Terms that this run alone goes by; what is left out stays as the policy has it."""

    weights: TriedWeights | None = None
    seats_per_mentor_max: _Whole = Field(default=None, examples=[2])
    objective: Objective | None = None
    weak_below: _Whole = None
    standing_cap: _Whole = None
    cross_function: CrossFunctionRule | None = None
    levels: list[Annotated[str, Field(min_length=1, max_length=64)]] | None = Field(
        default=None, max_length=1000
    )
    level_gap_min: _Whole = Field(default=None, description="Null, when named: not asked.")
    level_gap_max: _Whole = Field(default=None, description="Null, when named: not asked.")
    common_minutes_min: _Whole = None
    time_zone_hours_max: _Whole = Field(default=None, description="Null, when named: not asked.")
    needs_supported: bool | None = Field(default=None, strict=True)
    rest_cycles: _Whole = Field(default=None, description="Null, when named: for ever.")
    hours_per_pair: _Whole = None
    programs_max: _Whole = Field(default=None, description="Null, when named: any number.")


class EmphasisBody(Request):
    """What this run seeks besides the policy: critical skills, or what a target role asks for.

    It adds points to pairs whose mentor can pass these competencies on; nobody is left out for it.
    """

    competencies: list[UUID] | None = Field(
        default=None, min_length=1, max_length=COMPETENCIES_MAX, description="Or a target role."
    )
    target_role: UUID | None = None
    weight: int = Field(
        strict=True,
        description="Points at most; with the policy's weights 1000 at most.",
        json_schema_extra={"minimum": _EMPHASIS.least, "maximum": _EMPHASIS.most},
        examples=[60],
    )


class RequestRunBody(Request):
    program_id: UUID
    cohort_id: UUID
    what_if: WhatIf | None = Field(
        default=None,
        description="Terms to try out: the run is marked, and it is never published.",
    )
    objective: Objective | None = Field(
        default=None, description="What this run seeks first; null: what the policy says."
    )
    lock: list[PairBody] = Field(
        default=[],
        max_length=PAIRS_NAMED_MAX,
        description="Pairs that stand; the others are found around them.",
    )
    bar: list[PairBody] = Field(
        default=[], max_length=PAIRS_NAMED_MAX, description="Pairs that this run may not make."
    )
    basis: UUID | None = Field(
        default=None, description="An earlier run whose locks and bars are taken over."
    )
    emphasis: EmphasisBody | None = None
    reason: str | None = Field(default=None, min_length=1, max_length=REASON_LENGTH_MAX)

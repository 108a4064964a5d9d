"""Drafts of a cohort side by side."""

from collections.abc import Sequence
from typing import Annotated
from uuid import UUID

from fastapi import Query
from pydantic import Field
from starlette.responses import Response

from services.matching.api.rights import assert_manages
from services.matching.api.runs import visible_run
from services.matching.domain import comparison
from services.matching.domain.comparison import DIMENSIONS, Difference, DraftFacts, GroupAccess
from services.matching.domain.run_refusals import RunUnknown
from services.matching.queries import drafts
from services.matching.queries.run_views import MatchingRunView
from shared.auth import Principal, Role
from shared.database import Database
from shared.errors import InvalidCommand
from shared.fairness.rate import Rate
from shared.fairness.suppression import GROUP_SIZE_DEFAULT
from shared.http import Reads, Routes, View, problems, require

router = Routes("matching runs")

RUNS_MAX = 5
COMPARABLE = ("draft", "publishing", "published", "discarded")


class RunsNotComparable(InvalidCommand):
    """Two to five different runs of one cohort are compared, each with a result."""


class BandView(View):
    score_from: int
    score_to: int
    pairs: int


class MentorsByLoadView(View):
    mentees: int
    mentors: int = Field(description="How many mentors have so many mentees of this draft.")


class GroupAccessView(View):
    group: str = Field(examples=["finance"])
    people: int | None = Field(description="Null: too few to be told.")
    served: int | None
    served_per_mille: int | None
    ratio_per_mille: int | None = Field(description="To the group that fares best: 1000 is alike.")
    below_four_fifths: bool | None


class DimensionView(View):
    dimension: str = Field(examples=list(DIMENSIONS))
    group_size_min: int
    groups: list[GroupAccessView]


class DraftView(View):
    """One draft in numbers, with what was changed by hand."""

    run_id: UUID
    state: str
    what_if: bool
    objective: str | None
    policy_version: int
    asked_because: str | None
    overrides: int
    mentees: int
    mentors: int
    seats: int
    served: int
    unserved: int
    total_score: int
    worst_score: int | None
    cross_functional_per_mille: int | None
    bands: list[BandView]
    load: list[MentorsByLoadView]
    access: list[DimensionView]


class ChangeView(View):
    mentee: UUID
    mentor_before: UUID | None
    mentor_after: UUID | None


class DifferenceView(View):
    """How a later draft of the list treats people otherwise than the first one."""

    run_id: UUID
    compared_with: UUID
    moved: list[ChangeView]
    newly_served: list[ChangeView]
    newly_unserved: list[ChangeView]
    gone: list[UUID] = Field(description="Mentees of the first that this one does not know.")
    come: list[UUID] = Field(description="Mentees that the first does not know.")


class ComparisonView(View):
    runs: list[DraftView]
    differences: list[DifferenceView]


@router.get(
    "/v1/matching-runs/comparison",
    response_model=ComparisonView,
    responses=problems(RunUnknown, RunsNotComparable),
    dependencies=[require(Role.PROGRAM_MANAGER)],
)
async def compare_matching_runs(
    run_id: Annotated[list[UUID], Query(description="Two to five runs; the first is the measure.")],
    reads: Reads,
) -> Response:
    """Drafts of one cohort side by side: whom each serves, how well, and how fairly.

    Access by function, level and site is told by the formulas of the access figures; groups too
    small to be told stay hidden. Changes by hand count.
    """

    async def query(db: Database) -> ComparisonView:
        runs = await _comparable(db, reads.caller, run_id)
        facts = [await drafts.draft(db, run) for run in runs]
        return ComparisonView(
            runs=[_draft(run, fact) for run, fact in zip(runs, facts, strict=True)],
            differences=[
                _difference(facts[0], other, comparison.difference(facts[0], other))
                for other in facts[1:]
            ],
        )

    return await reads.one(query)


async def _comparable(
    db: Database, caller: Principal, run_ids: Sequence[UUID]
) -> list[MatchingRunView]:
    wanted = list(dict.fromkeys(run_ids))
    if not 1 < len(wanted) <= RUNS_MAX:
        raise RunsNotComparable(field="/run_id")
    runs = [await visible_run(db, caller, run_id) for run_id in wanted]
    for run in runs:
        await assert_manages(db, caller, run.program_id)
        if run.cohort_id != runs[0].cohort_id or run.state not in COMPARABLE:
            raise RunsNotComparable(field="/run_id")
    return runs


def _draft(run: MatchingRunView, facts: DraftFacts) -> DraftView:
    across = Rate(
        numerator=sum(pair.cross_functional for pair in facts.pairs), denominator=len(facts.pairs)
    )
    return DraftView(
        run_id=run.run_id,
        state=run.state,
        what_if=run.what_if,
        objective=run.objective,
        policy_version=run.policy_version,
        asked_because=run.asked_because,
        overrides=run.overrides,
        mentees=len(facts.pairs) + len(facts.unserved),
        mentors=run.mentors or 0,
        seats=run.seats or 0,
        served=len(facts.pairs),
        unserved=len(facts.unserved),
        total_score=sum(pair.score for pair in facts.pairs),
        worst_score=min((pair.score for pair in facts.pairs), default=None),
        cross_functional_per_mille=across.per_mille,
        bands=_bands(facts),
        load=[
            MentorsByLoadView(mentees=mentees, mentors=mentors)
            for mentees, mentors in comparison.loads(facts).items()
        ],
        access=[_dimension(facts, dimension) for dimension in DIMENSIONS],
    )


def _bands(facts: DraftFacts) -> list[BandView]:
    points = comparison.BAND_POINTS
    last = comparison.BANDS - 1
    return [
        BandView(
            score_from=band * points,
            score_to=(band + 1) * points - (0 if band == last else 1),
            pairs=pairs,
        )
        for band, pairs in enumerate(comparison.bands(facts))
    ]


def _dimension(facts: DraftFacts, dimension: str) -> DimensionView:
    groups = [_group(each) for each in comparison.access(facts, dimension)]
    return DimensionView(dimension=dimension, group_size_min=GROUP_SIZE_DEFAULT, groups=groups)


def _group(access: GroupAccess) -> GroupAccessView:
    rate = access.rate
    return GroupAccessView(
        group=access.group,
        people=None if rate is None else rate.denominator,
        served=None if rate is None else rate.numerator,
        served_per_mille=None if rate is None else rate.per_mille,
        ratio_per_mille=access.ratio_per_mille,
        below_four_fifths=access.below_four_fifths,
    )


def _difference(first: DraftFacts, other: DraftFacts, found: Difference) -> DifferenceView:
    return DifferenceView(
        run_id=other.run_id,
        compared_with=first.run_id,
        moved=[
            ChangeView(mentee=who, mentor_before=before, mentor_after=after)
            for who, (before, after) in found.moved.items()
        ],
        newly_served=[
            ChangeView(mentee=who, mentor_before=None, mentor_after=mentor)
            for who, mentor in found.newly_served.items()
        ],
        newly_unserved=[
            ChangeView(mentee=who, mentor_before=mentor, mentor_after=None)
            for who, mentor in found.newly_unserved.items()
        ],
        gone=sorted(found.only_first),
        come=sorted(found.only_second),
    )

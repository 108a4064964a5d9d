"""Access figures: how far each group gets, so told that no small group can be singled out."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from fractions import Fraction
from functools import reduce
from typing import Any
from uuid import UUID

from services.metrics.domain.access import ACCESS_SESSIONS, STEPS
from services.metrics.domain.declaration import ORGANISATIONAL, Dimension
from services.metrics.domain.measure import Measure
from services.metrics.domain.waiting import Wait, median_days
from services.metrics.queries import counted, positions
from services.metrics.queries.rows import HIDDEN, NOBODY, Count
from services.metrics.queries.rows import counted as shown
from services.metrics.queries.views import (
    AccessMeasureView,
    AccessView,
    CountedView,
    GroupView,
    WaitingTimeView,
)
from shared.database import Database
from shared.events.vocabulary import Part
from shared.fairness.rate import Rate, below_four_fifths, ratio_per_mille
from shared.fairness.suppression import Threshold, hidden_groups, total_allowed
from shared.frozen import frozen

UNKNOWN = "unknown"
DECLARED_STEP = 5  # so that the few who were left out cannot be counted either
_COLUMNS = ("people", "applied", "accepted", "enrolled", "matched", "met")
_MATCH_STEP = 3


@frozen
class Question:
    """Whose access is asked for, and what protects the answer."""

    program_id: UUID
    dimension: Dimension
    part: Part
    now: datetime
    group_size_min: int
    totals: bool  # the asker may know the totals of the program however small
    disclosed: bool = False  # shown in full to somebody named, which the log records

    @property
    def threshold(self) -> Threshold:
        """What may be shown."""
        declared = self.dimension not in ORGANISATIONAL
        return Threshold(size=self.group_size_min, step=DECLARED_STEP if declared else 1)


async def access(db: Database, *, question: Question) -> AccessView:
    """Every step of access by group, with the ratio to the best-served group."""
    as_of = positions.packed(await positions.reached(db))
    asked = (question.program_id, question.part.value, question.dimension.value)
    rows = await db.fetch(counted.ACCESS, *asked)
    waits = await db.fetch(counted.WAITS, *asked, question.now)
    tables = [*_steps(rows), (ACCESS_SESSIONS, _counts(rows, "held", "matched"))]
    hidden = _hidden(tables, question)
    return AccessView(
        program_id=question.program_id,
        dimension=question.dimension,
        part=question.part,
        group_size_min=question.group_size_min,
        as_of=as_of,
        counted_at=question.now,
        items=[
            _measure(measure, table, gone, question)
            for (measure, table), gone in zip(tables, hidden, strict=True)
        ],
        waiting=_waiting(rows, waits, hidden[_MATCH_STEP]),
    )


def _steps(rows: Sequence[Any]) -> list[tuple[Measure, Mapping[str, Count]]]:
    pairs = zip(_COLUMNS[1:], _COLUMNS[:-1], strict=True)
    return [
        (measure, _counts(rows, above, below))
        for measure, (above, below) in zip(STEPS, pairs, strict=True)
    ]


def _counts(rows: Sequence[Any], above: str, below: str) -> Mapping[str, Count]:
    return {
        row["grp"]: Count(
            rate=Rate(numerator=row[above] or 0, denominator=row[below]), people=row[below]
        )
        for row in rows
    }


def _hidden(
    tables: Sequence[tuple[Measure, Mapping[str, Count]]], question: Question
) -> Sequence[frozenset[str]]:
    if question.disclosed:
        return [frozenset()] * len(tables)
    stages = [
        {group: count.cell(measure) for group, count in table.items()} for measure, table in tables
    ]
    return hidden_groups(stages, question.threshold)


def _measure(
    measure: Measure, table: Mapping[str, Count], hidden: frozenset[str], question: Question
) -> AccessMeasureView:
    cells = [count.cell(measure) for count in table.values()]
    whole = question.totals or question.disclosed or total_allowed(cells, question.threshold)
    total = reduce(Count.plus, table.values(), NOBODY).rate
    told = question.threshold.told
    rates = {
        group: Rate(numerator=told(count.rate.numerator), denominator=told(count.rate.denominator))
        for group, count in table.items()
        if group not in hidden
    }
    best = _best(rates)
    return AccessMeasureView(
        measure=measure.code,
        measure_version=measure.version,
        name=measure.name,
        unit=measure.unit,
        total=CountedView(**(shown(measure, total) if whole else HIDDEN)),
        groups=[_group(measure, group, rates.get(group), best) for group in sorted(table)],
    )


def _best(rates: Mapping[str, Rate]) -> Rate | None:
    known = [rate for group, rate in rates.items() if group != UNKNOWN and rate.denominator]
    return max(known, key=lambda rate: Fraction(rate.numerator, rate.denominator), default=None)


def _group(measure: Measure, group: str, rate: Rate | None, best: Rate | None) -> GroupView:
    if rate is None:
        return GroupView(group=group, ratio_per_mille=None, below_four_fifths=None, **HIDDEN)
    return GroupView(
        group=group,
        ratio_per_mille=None if best is None else ratio_per_mille(rate, best),
        below_four_fifths=None if best is None else below_four_fifths(rate, best),
        **shown(measure, rate),
    )


def _waiting(
    rows: Sequence[Any], waits: Sequence[Any], hidden: frozenset[str]
) -> list[WaitingTimeView]:
    by_group: dict[str, list[Wait]] = {row["grp"]: [] for row in rows}
    for row in waits:
        wait = Wait(days=row["days"], matched=row["matched"], people=row["people"])
        by_group[row["grp"]].append(wait)
    return [
        WaitingTimeView(
            group=group,
            suppressed=group in hidden,
            median_days=None if group in hidden else median_days(by_group[group]),
        )
        for group in sorted(by_group)
    ]

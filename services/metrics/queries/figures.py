"""The figures of a program: counted by group, then told as far as the caller may know them."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from functools import reduce
from typing import Any, TypeAlias
from uuid import UUID

from services.metrics.domain.access import PROGRAM_MEASURES
from services.metrics.domain.measure import MATCHED, PARTICIPATION, Measure
from services.metrics.queries import counted, positions
from services.metrics.queries.rows import HIDDEN, NOBODY, Count
from services.metrics.queries.rows import counted as shown
from services.metrics.queries.sight import Detail
from services.metrics.queries.views import FiguresView, FigureView
from shared.database import Database
from shared.fairness.rate import Rate
from shared.fairness.suppression import Threshold, hidden_groups, total_allowed
from shared.frozen import frozen

Groups: TypeAlias = Mapping[str, Count]
Part: TypeAlias = tuple[str, str | None]  # what of it, and its name

_WHOLE: Part = ("", None)


@frozen
class Question:
    """Which figures are asked for, and how closely the asker may look."""

    program_id: UUID
    detail: Detail
    now: datetime
    threshold: Threshold
    cohort_id: UUID | None = None
    function: str | None = None  # never together with a cohort: two partitions would tell too much


async def figures(db: Database, *, question: Question) -> FiguresView:
    """All figures of a program, of one cohort of it, or of one function in it."""
    as_of = positions.packed(await positions.reached(db))
    by = "function" if question.function is not None else "cohort"
    rows = await db.fetch(counted.FIGURES, question.program_id, by, None, question.now)
    found = _gathered(rows)
    spine = [found[PARTICIPATION.code].get(_WHOLE, {}), found[MATCHED.code].get(_WHOLE, {})]
    items = [
        _figure(measure, part, groups, spine, question)
        for measure in PROGRAM_MEASURES
        for part, groups in (found[measure.code] or {_WHOLE: {}}).items()
    ]
    return FiguresView(
        program_id=question.program_id,
        cohort_id=question.cohort_id,
        function=question.function,
        detail=question.detail,
        group_size_min=question.threshold.size,
        as_of=as_of,
        counted_at=question.now,
        items=items,
    )


def _gathered(rows: Iterable[Any]) -> dict[str, dict[Part, dict[str, Count]]]:
    found: dict[str, dict[Part, dict[str, Count]]] = {
        measure.code: {} for measure in PROGRAM_MEASURES
    }
    for row in rows:
        rate = Rate(numerator=row["numerator"] or 0, denominator=row["denominator"] or 0)
        groups = found[row["code"]].setdefault((row["part"], row["part_name"]), {})
        groups[row["grp"]] = Count(rate=rate, people=row["people"])
    return found


def _figure(
    measure: Measure, part: Part, groups: Groups, spine: Iterable[Groups], question: Question
) -> FigureView:
    count = _told(measure, groups, spine, question)
    code, name = part
    return FigureView(
        measure=measure.code,
        measure_version=measure.version,
        name=measure.name,
        unit=measure.unit,
        part=code or None,
        part_name=name,
        **(HIDDEN if count is None else shown(measure, count.rate)),
    )


def _told(
    measure: Measure, groups: Groups, spine: Iterable[Groups], question: Question
) -> Count | None:
    """The count that was asked for; None where it stays hidden."""
    whole = question.detail is Detail.FULL
    wanted = question.function
    if wanted is None and question.cohort_id is not None:
        wanted = str(question.cohort_id)
    if wanted is None:
        cells = [count.cell(measure) for count in groups.values()]
        allowed = whole or total_allowed(cells, question.threshold)
        return reduce(Count.plus, groups.values(), NOBODY) if allowed else None
    count = groups.get(wanted, NOBODY)
    if whole and question.function is None:
        return count  # who runs a program knows its cohorts
    return None if wanted in _hidden(measure, groups, spine, question.threshold) else count


def _hidden(
    measure: Measure, groups: Groups, spine: Iterable[Groups], threshold: Threshold
) -> frozenset[str]:
    stages = [(PARTICIPATION, MATCHED)[place] for place in range(2)]
    tables = [*zip(stages, spine, strict=True), (measure, groups)]
    names = {name for _, table in tables for name in table}
    cells = [
        {name: table.get(name, NOBODY).cell(counting) for name in names}
        for counting, table in tables
    ]
    if measure is PARTICIPATION:
        cells = cells[:1]
    return hidden_groups(cells, threshold)[-1]

"""What is measured, and what each measure means."""

from typing import Final

from services.metrics.domain.access import MEASURES
from services.metrics.domain.measure import Measure, MeasureUnknown
from services.metrics.queries.views import MeasureView
from shared.http import Caller, PageOf, Routes, problems

router: Final = Routes("measures")


@router.get("/v1/measures")
async def list_measures(_: Caller) -> PageOf[MeasureView]:
    """Every measure with its definition, purpose, source events, and version."""
    return PageOf(items=[_view(measure) for measure in MEASURES.values()], next_cursor=None)


@router.get("/v1/measures/{code}", responses=problems(MeasureUnknown))
async def show_measure(code: str, _: Caller) -> MeasureView:
    """What one measure means."""
    measure = MEASURES.get(code)
    if measure is None:
        raise MeasureUnknown
    return _view(measure)


def _view(measure: Measure) -> MeasureView:
    return MeasureView(
        code=measure.code,
        name=measure.name,
        definition=measure.definition,
        purpose=measure.purpose,
        numerator=measure.numerator,
        denominator=measure.denominator,
        unit=measure.unit,
        events=list(measure.events),
        version=measure.version,
    )

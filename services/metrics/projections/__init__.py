"""Events to the rows that figures are counted from."""

from pathlib import Path

from services.metrics.projections.enrolled import (
    baselines,
    cohorts,
    competencies,
    enrollments,
    governance,
    people,
    programs,
)
from services.metrics.projections.feed import feed
from services.metrics.projections.growth import (
    check_ins,
    feedback,
    goals,
    milestones,
    reflections,
    roadblocks,
    self_assessments,
)
from services.metrics.projections.journeys import cadence_misses, journeys, sessions
from services.metrics.projections.matched import pairings, roster, runs, seats
from services.metrics.projections.published import disclosures, reports
from shared.projection import INLINE_SCHEMA, Projection

_ROOM = Path(__file__).parent.parent

FIGURES = Projection(
    name="figures",
    sources=frozenset({"enrollment", "matching", "sessions"}),
    schema="figures",
    tables=_ROOM / "figures.sql",
    functions=(
        people,
        competencies,
        programs,
        governance,
        cohorts,
        enrollments,
        baselines,
        roster,
        seats,
        runs,
        pairings,
        journeys,
        sessions,
        cadence_misses,
        reflections,
        check_ins,
        roadblocks,
        feedback,
        self_assessments,
        milestones,
        goals,
        feed,
    ),
)

REPORTS = Projection(
    name="reports",
    sources=frozenset({"metrics"}),
    schema=INLINE_SCHEMA,
    tables=_ROOM / "tables.sql",
    functions=(reports, disclosures),
)

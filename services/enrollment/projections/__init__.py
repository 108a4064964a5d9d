"""Events to the read tables of enrollment: one function a table."""

from collections.abc import Sequence
from pathlib import Path
from typing import Final

from services.enrollment.projections.enrollments import enrollments, trainings
from services.enrollment.projections.people import (
    accommodations,
    capacities,
    competencies,
    people,
    profiles,
    protected_times,
    target_roles,
)
from services.enrollment.projections.programs import (
    agreements,
    cohorts,
    deadlines,
    governance,
    programs,
)
from shared.projection import INLINE_SCHEMA, Projection, ProjectionFunction

FUNCTIONS: Final[Sequence[ProjectionFunction]] = (
    programs,
    governance,
    agreements,
    cohorts,
    deadlines,
    competencies,
    target_roles,
    people,
    profiles,
    accommodations,
    capacities,
    protected_times,
    enrollments,
    trainings,
)

OWN: Final = Projection(
    name="enrollment",
    sources=frozenset({"enrollment"}),
    schema=INLINE_SCHEMA,
    tables=Path(__file__).parents[1] / "tables.sql",
    functions=FUNCTIONS,
)

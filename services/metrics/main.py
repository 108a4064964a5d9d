"""Metrics, put together."""

from services.metrics.api import ROUTERS
from services.metrics.projections import FIGURES, REPORTS
from services.metrics.reactions import REACTIONS
from shared.service import Service

SERVICE = Service(
    name="metrics",
    title="Fairlead metrics",
    description=(
        "What comes of mentoring, in figures: every measure with its definition, access by "
        "group with small groups protected, and programs as they happen."
    ),
    routers=ROUTERS,
    own=REPORTS,
    foreign=(FIGURES,),
    reactions=REACTIONS,
)

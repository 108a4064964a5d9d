"""Enrollment, put together."""

from services.enrollment.api import ROUTERS
from services.enrollment.projections import OWN
from services.enrollment.reactions import DEADLINES, REACTIONS
from shared.service import Service

SERVICE = Service(
    name="enrollment",
    title="Fairlead enrollment",
    description=(
        "Programs with their rules, cohorts with their calendars, the vocabulary of competence, "
        "people by pseudonym, and who takes part: from application to graduation."
    ),
    routers=ROUTERS,
    own=OWN,
    reactions=REACTIONS,
    deadlines=DEADLINES,
)

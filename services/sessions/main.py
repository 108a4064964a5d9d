"""Sessions, put together."""

from services.sessions.api import ROUTERS
from services.sessions.projections import PAIRS, PROGRAMS
from services.sessions.reactions import DEADLINES, REACTIONS
from shared.service import Service

SERVICE = Service(
    name="sessions",
    title="Fairlead sessions",
    description=(
        "What a pair does from the first session to the last: sessions with their playbooks, "
        "reflections, goals, a roadmap with milestones, and reminders. Texts are for the two "
        "alone; everybody else sees only that they exist."
    ),
    routers=ROUTERS,
    own=PAIRS,
    foreign=(PROGRAMS,),
    reactions=REACTIONS,
    deadlines=DEADLINES,
)

"""Matching as a whole: what it serves, hears, and waits for."""

from services.matching.api import ROUTERS
from services.matching.domain.bar import BARS
from services.matching.domain.barred_pair import BARRED_PAIR
from services.matching.projections import OWN, POOL
from services.matching.reactions import DEADLINES, REACTIONS
from shared.service import Service

SERVICE = Service(
    name="matching",
    title="Fairlead matching",
    description=(
        "Says who could grow with whom and why: policies, rosters with their seats, matching runs, "
        "and the life of each pairing from proposal over trial to its end. People appear as ids."
    ),
    routers=ROUTERS,
    own=OWN,
    foreign=(POOL,),
    reactions=REACTIONS,
    deadlines=DEADLINES,
    private=frozenset({BARS.category, BARRED_PAIR.category}),
)

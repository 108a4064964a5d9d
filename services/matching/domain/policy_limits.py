"""How far a policy may go."""

from collections.abc import Mapping
from types import MappingProxyType

from shared.events.matching import EndReason
from shared.frozen import frozen

WEIGHTS_TOTAL_MAX = 1000
CIRCUMSTANCE_WEIGHT_MAX = 250  # hours and spare load together
STYLE_WEIGHT_MAX = 200
ROTATION_WEIGHT_MAX = 150
STANDING_CAP_MAX = (
    150  # title, tenure, same function and proximity together, whatever a policy says
)
EMPHASIS_WEIGHT_MAX = 150
SEATS_PER_MENTOR_MAX = 12
SEATS_PER_MENTOR_DEFAULT = 3  # until a program has said something else
LEVELS_MAX = 50
ALWAYS_OPEN = frozenset({EndReason.NO_REASON_GIVEN})  # nobody owes a reason for leaving
OPEN_TO_PEOPLE = ALWAYS_OPEN | {
    EndReason.GOALS_MET,
    EndReason.NOT_A_FIT,
    EndReason.NO_TIME,
    EndReason.SILENT,
}


@frozen
class Range:
    """Both ends are in it."""

    least: int
    most: int

    def __contains__(self, value: int) -> bool:
        """Whether a number is in it."""
        return self.least <= value <= self.most


WEAK_BELOW = Range(least=0, most=WEIGHTS_TOTAL_MAX)
COMMON_MINUTES = Range(least=0, most=720)  # the four periods of a working day
TIME_ZONE_HOURS = Range(least=0, most=12)  # nowhere on earth is further apart by the clock
REST_CYCLES = Range(least=0, most=100)
HOURS_PER_PAIR = Range(least=1, most=200)  # nobody may declare more than 200 hours a month
PROGRAMS = Range(least=1, most=50)
GROUP_PEOPLE = Range(least=2, most=50)
CIRCLE_PEOPLE = Range(least=3, most=30)
CIRCLES = Range(least=1, most=20)  # of one person
SILENT_MISSES = Range(least=1, most=12)  # in a row
PENDING_REQUESTS = Range(least=1, most=20)
OPEN_REQUESTS = Range(least=1, most=500)
DAYS: Mapping[str, Range] = MappingProxyType(
    {
        "trial_days": Range(least=1, most=180),
        "answer_days": Range(least=1, most=60),
        "review_days": Range(least=1, most=366),
        "pairing_days_default": Range(least=1, most=1830),
        "pairing_days_max": Range(least=1, most=1830),
        "extension_days_max": Range(least=0, most=1830),
        "request_days": Range(least=1, most=60),
        "escalation_days": Range(least=1, most=90),
        "appeal_days": Range(least=1, most=90),
        "flash_days": Range(least=1, most=90),
        "silence_offer_after_days": Range(least=1, most=180),
        "silence_end_after_days": Range(least=1, most=366),
    }
)

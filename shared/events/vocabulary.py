"""Words that events of more than one service use."""

from enum import StrEnum

from shared.frozen import light
from shared.ids import CompetencyId


class Part(StrEnum):
    """What a person takes part as."""

    MENTOR = "mentor"
    MENTEE = "mentee"


class Period(StrEnum):
    """A part of a working day, in the person's own time zone."""

    MORNING = "morning"
    MIDDAY = "midday"
    AFTERNOON = "afternoon"
    EVENING = "evening"


@light
class CompetencyLevel:
    """How well somebody has one competency."""

    competency_id: CompetencyId
    level: int  # 0 none to 5 teaches others

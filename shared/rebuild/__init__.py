"""Read tables made anew beside the live ones, compared with them, and put in their place."""

from shared.rebuild.comparing import TableDifference
from shared.rebuild.replaying import HistoryMissing, RebuildStopped
from shared.rebuild.standing import HeldLeases, HeldLog, StandStill
from shared.rebuild.switching import Rebuild, RebuildReport, drop_before

__all__ = [
    "HeldLeases",
    "HeldLog",
    "HistoryMissing",
    "Rebuild",
    "RebuildReport",
    "RebuildStopped",
    "StandStill",
    "TableDifference",
    "drop_before",
]

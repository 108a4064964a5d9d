"""What is heard of two who do not meet, and the dated steps that follow."""

from datetime import datetime
from enum import StrEnum
from typing import TypeAlias

from shared.frozen import light
from shared.ids import PairingId


class SilenceStep(StrEnum):
    """What is done for two who do not meet, in this order."""

    WARNED = "warned"
    OFFERED = "offered"  # both may part without fault
    ENDED = "ended"


class SilenceEnding(StrEnum):
    """Why a silence is over, other than by the end of the pairing."""

    MET = "met"
    PAUSED = "paused"  # the pairing rests
    AWAY = "away"  # one of the two is on a break


@light
class SilenceCounted:
    """The two did not meet by the date that they had set themselves."""

    pairing_id: PairingId
    told: int  # place of the miss in the journey's stream: what stands behind it is newer
    misses: int  # in a row; 0: one of the two was away, or the pairing rested, and it counts not
    due_at: datetime
    at: datetime


@light
class PairMet:
    """A session was held: whatever was missed before does not count any more."""

    pairing_id: PairingId
    told: int  # place of the session in the journey's stream
    at: datetime


@light
class SilenceBegun:
    """So many misses in a row that the two, and their managers, are told of it."""

    pairing_id: PairingId
    misses: int
    offer_days: int | None  # from now; None: nothing is offered
    end_days: int | None  # from now; None: the pairing does not end by itself
    next_step: SilenceStep | None
    next_at: datetime | None
    at: datetime


@light
class SilenceStepTaken:
    pairing_id: PairingId
    step: SilenceStep
    next_step: SilenceStep | None
    next_at: datetime | None
    at: datetime


@light
class SilenceEnded:
    pairing_id: PairingId
    by: SilenceEnding
    at: datetime


SilenceEvent: TypeAlias = SilenceCounted | PairMet | SilenceBegun | SilenceStepTaken | SilenceEnded

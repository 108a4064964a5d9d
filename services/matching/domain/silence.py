"""What a pairing knows of the meetings of two, and which step it is at where there are none."""

from dataclasses import replace
from datetime import datetime
from typing import assert_never

from shared.events.matching import (
    PairMet,
    SilenceBegun,
    SilenceCounted,
    SilenceEnded,
    SilenceEvent,
    SilenceStep,
    SilenceStepTaken,
)
from shared.frozen import frozen


@frozen
class Ladder:
    """The steps for two who do not meet: the last one taken, and the next."""

    begun: SilenceBegun
    step: SilenceStep
    next_step: SilenceStep | None
    next_at: datetime | None


@frozen
class Silence:
    """What was heard of their meetings."""

    told: int = 0  # place of the newest in the journey's stream
    misses: int = 0  # in a row
    ladder: Ladder | None = None  # None: they are not held to be silent


def heard(silence: Silence, event: SilenceEvent) -> Silence:
    """The same after one more fact."""
    match event:
        case SilenceCounted(told=told, misses=misses):
            return replace(silence, told=told, misses=misses)
        case PairMet(told=told):
            return replace(silence, told=told, misses=0)
        case SilenceBegun(next_step=following, next_at=at):
            warned = SilenceStep.WARNED
            ladder = Ladder(begun=event, step=warned, next_step=following, next_at=at)
            return replace(silence, ladder=ladder)
        case SilenceStepTaken(step=step, next_step=following, next_at=at):
            last = silence.ladder
            taken = last and replace(last, step=step, next_step=following, next_at=at)
            return replace(silence, ladder=taken)
        case SilenceEnded():
            return replace(silence, misses=0, ladder=None)
        case _:
            assert_never(event)

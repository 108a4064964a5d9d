"""Two who do not meet: in their pairing's row, and the timer of the next step."""

from collections.abc import Iterator, Mapping
from typing import Any

from services.matching.projections.timers import answered, due
from shared.envelope import Recorded
from shared.events.matching import (
    PairingEnded,
    PairMet,
    SilenceBegun,
    SilenceCounted,
    SilenceEnded,
    SilenceStep,
    SilenceStepTaken,
)
from shared.ids import PairingId
from shared.projection import Change, Effect, hears

SILENCE_TIMER = "silence_step"
_NO_SILENCE = {
    "silent_since": None,
    "silence_step": None,
    "silence_next_step": None,
    "silence_next_at": None,
}


@hears(SilenceCounted, PairMet, SilenceBegun, SilenceStepTaken, SilenceEnded, PairingEnded)
def silences(recorded: Recorded) -> Iterator[Effect]:
    """When the two met last, since when they have been silent, and what is done next."""
    match recorded.event:
        case SilenceCounted(pairing_id=where, misses=misses):
            yield _change(recorded, where, {"silent_misses": misses})
        case PairMet(pairing_id=where, at=at):
            yield _change(recorded, where, {"last_met_at": at, "silent_misses": 0})
        case SilenceBegun() as fact:
            warned = {"silent_since": fact.at, "silence_step": SilenceStep.WARNED.value}
            yield _change(recorded, fact.pairing_id, {**warned, **_next(fact)})
        case SilenceStepTaken() as fact:
            taken = {"silence_step": fact.step.value}
            yield _change(recorded, fact.pairing_id, {**taken, **_next(fact)})
        case SilenceEnded(pairing_id=where):
            yield _change(recorded, where, {**_NO_SILENCE, "silent_misses": 0})
        case PairingEnded(pairing_id=where):
            yield _change(recorded, where, _NO_SILENCE)
        case _:
            return


@hears(SilenceBegun, SilenceStepTaken, SilenceEnded, PairingEnded)
def silence_deadlines(recorded: Recorded) -> Iterator[Effect]:
    """The next step, while there is one."""
    match recorded.event:
        case SilenceBegun() | SilenceStepTaken() as fact:
            if fact.next_step is None or fact.next_at is None:
                yield answered(SILENCE_TIMER, fact.pairing_id)
            else:
                step = {"step": fact.next_step.value}
                yield due(SILENCE_TIMER, fact.pairing_id, fact.next_at, step)
        case SilenceEnded(pairing_id=where) | PairingEnded(pairing_id=where):
            yield answered(SILENCE_TIMER, where)
        case _:
            return


def _next(fact: SilenceBegun | SilenceStepTaken) -> Mapping[str, Any]:
    step = None if fact.next_step is None else fact.next_step.value
    return {"silence_next_step": step, "silence_next_at": fact.next_at}


def _change(recorded: Recorded, where: PairingId, values: Mapping[str, Any]) -> Effect:
    key = {"pairing_id": where}
    return Change(table="pairings", key=key, values={**values, "version": recorded.version})

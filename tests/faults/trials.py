"""One trial: people live, something breaks and heals, everything comes to rest, and is checked."""

import time
from collections.abc import Callable, Mapping, Sequence
from random import Random
from typing import TypeAlias

from shared.frozen import frozen
from tests.faults.play import CLIENTS, Play, playing
from tests.faults.promises import broken, converged
from tests.faults.stage import Stage
from tests.faults.told import told

PROMISES = ("HTTP", "G1", "G2", "G3", "G4", "G5", "G6", "G7", "G9", "G10")


@frozen
class Scene:
    """Where a fault happens: the stage, who plays on it, chance, and how long it may take."""

    stage: Stage
    play: Play
    random: Random
    long: bool

    def seconds(self, short: float, long: float) -> float:
        return long if self.long else short


Fault: TypeAlias = Callable[[Scene], None]


@frozen
class Report:
    """What a trial came to."""

    scenario: str
    seed: int
    ok: int
    failed: int
    unknown: int
    events: int
    recovery_seconds: float  # from the end of the fault until everybody had heard everything
    broken: Mapping[str, Sequence[str]]

    def assert_kept(self) -> None:
        assert not self.broken, self.broken
        assert self.ok, "nobody lived"


def tried(  # noqa: PLR0913  # what a trial is made of
    stage: Stage,
    scenario: str,
    seed: int,
    fault: Fault,
    *,
    long: bool = False,
    clients: int = CLIENTS,
) -> Report:
    """Break something while people live, heal it, and look at every promise."""
    random = Random(f"{scenario} {seed}")  # a seed that can be repeated
    with playing(stage, scenario.lower(), random, clients=clients) as play:
        try:
            fault(Scene(stage=stage, play=play, random=random, long=long))
        finally:
            healed_at = time.monotonic()
            stage.heal()
    _, behind = converged(stage)
    recovery_seconds = time.monotonic() - healed_at
    found = {**broken(stage, play), **({"G7": behind} if behind else {})}
    calls = play.ledger.calls
    return Report(
        scenario=scenario,
        seed=seed,
        ok=sum(call.is_ok for call in calls),
        failed=sum(call.is_refused for call in calls),
        unknown=sum(call.was_unknown for call in calls),
        events=sum(map(len, told(stage, play.tenant).values())),
        recovery_seconds=recovery_seconds,
        broken=found,
    )


def failed(scenario: str, seed: int, reason: str) -> Report:
    """A trial that did not come to its end."""
    return Report(
        scenario=scenario,
        seed=seed,
        ok=0,
        failed=0,
        unknown=0,
        events=0,
        recovery_seconds=0.0,
        broken={"trial": [reason]},
    )

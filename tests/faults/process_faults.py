"""What happens to the processes of services: killed, paused, joined by others, replaced."""

import time
from contextlib import ExitStack

from shared import crashing
from shared.provisioning import SERVICES
from tests.faults.programs import Program
from tests.faults.stage import LEASE_SECONDS, pause
from tests.faults.trials import Scene

CRASH_AT = "FAIRLEAD_CRASH_AT"
VISIT_SECONDS_MAX = 90.0  # from one point to the next; most of it is a start
# Where each of the points lies on the way of an event: there is no timer in metrics, and so on.
CRASHES = {
    "enrollment": ("append", "answer", "sequencer", "timer"),
    "matching": ("append", "answer", "sequencer", "reactor", "projector"),
    "sessions": ("append", "answer", "sequencer", "projector"),
    "metrics": ("projector",),
}
ON_THE_BROKER = "relay"


class NotVisited(Exception):
    """A process was to be killed at a point, and never came there."""


def kill(scene: Scene) -> None:
    """Any service, at any moment, again and again."""
    for _ in range(50 if scene.long else 6):
        pause(scene.random.uniform(0.2, 1.2))
        scene.stage.programs[scene.random.choice(SERVICES)].kill()


def crash(scene: Scene) -> None:
    """Every point where a process may be killed by its own doing, none left out."""
    visit(scene, {service: points(service) for service in SERVICES}, short=_shared_out())


def crash_relay(scene: Scene) -> None:
    """The points between the log and the broker."""
    relays = tuple(point for point in crashing.POINTS if point.startswith(ON_THE_BROKER))
    everywhere = dict.fromkeys(("enrollment", "matching", "sessions"), relays)
    visit(scene, everywhere, short={"enrollment": relays})


def points(service: str) -> tuple[str, ...]:
    """Where this service can be killed."""
    kinds = CRASHES[service]
    return tuple(point for point in crashing.POINTS if point.split(":")[0] in kinds)


def _shared_out() -> dict[str, tuple[str, ...]]:
    """Each point once, in the service that has the fewest so far."""
    chosen: dict[str, list[str]] = {service: [] for service in SERVICES}
    for point in crashing.POINTS:
        able = [service for service in SERVICES if point in points(service)]
        if able:
            chosen[min(able, key=lambda service: len(chosen[service]))].append(point)
    return {service: tuple(where) for service, where in chosen.items()}


def visit(
    scene: Scene, places: dict[str, tuple[str, ...]], short: dict[str, tuple[str, ...]]
) -> None:
    """Start each service again and again, told to die at the next of its points."""
    chosen = places if scene.long else short
    for service, where in chosen.items():
        program = scene.stage.programs[service]
        program.told.extend({CRASH_AT: point} for point in where)
        if where:
            program.kill()
    until, coming = time.monotonic() + VISIT_SECONDS_MAX, -1
    while left := [each for each in scene.stage.programs.values() if each.told or each.now]:
        still = sum(len(each.told) + bool(each.now) for each in left)
        if still != coming:
            until, coming = time.monotonic() + VISIT_SECONDS_MAX, still
        if time.monotonic() > until:
            raise NotVisited({each.service: (each.now, list(each.told)) for each in left})
        pause(0.1)


def hold(scene: Scene) -> None:
    """A service stands still for less than its leases last, then for longer, and is not alone."""
    for service in scene.random.sample(SERVICES, 4 if scene.long else 1):
        program = scene.stage.programs[service]
        with scene.stage.copy(service) as other:
            _wait_for(other)
            for seconds in (LEASE_SECONDS / 3, scene.seconds(LEASE_SECONDS + 1, 20)):
                program.pause()
                pause(seconds)
                program.resume()
                pause(0.5)


def join_and_leave(scene: Scene) -> None:
    """Others of the same service come every two seconds, and go in order or not."""
    until = time.monotonic() + scene.seconds(8, 60)
    with ExitStack() as stack:
        here: list[Program] = []
        while time.monotonic() < until:
            service = scene.random.choice(SERVICES[1:])
            here.append(stack.enter_context(scene.stage.copy(service)))
            pause(2)
            if len(here) > 2 or scene.random.random() < 0.3:
                leaving = here.pop(scene.random.randrange(len(here)))
                if scene.random.random() < 0.5:
                    leaving.kill()
                else:
                    leaving.end()


def two_of_each(scene: Scene) -> None:
    """Two sequencers and two of every loop; the ones that work stand still now and then."""
    with ExitStack() as stack:
        others = [stack.enter_context(scene.stage.copy(service)) for service in SERVICES]
        for other in others:
            _wait_for(other)
        for _ in range(12 if scene.long else 3):
            one = scene.random.choice([*others, *scene.stage.programs.values()])
            one.pause()
            pause(scene.random.uniform(0.3, scene.seconds(1.0, 8.0)))
            one.resume()
            pause(0.5)


def _wait_for(program: Program) -> None:
    until = time.monotonic() + 60
    while not program.is_ready():
        assert time.monotonic() < until, program.log[-2_000:]
        pause(0.1)

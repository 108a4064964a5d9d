"""What happens to the database, and on the way to it."""

import asyncio
from dataclasses import replace

import httpx

from shared.auth import Role
from shared.ids import new_id
from shared.provisioning import SERVICES
from tests.faults.small_disk import filled
from tests.faults.stage import pause, sooner_or_later
from tests.faults.trials import Scene
from tests.faults.wires import CLEAR, Weather

ANSWERED_SECONDS_MAX = 60.0
SLOW = Weather(delay_seconds=0.1, jitter_seconds=0.2)
SLICED = Weather(slice_bytes=17)
NARROW = Weather(bytes_per_second=40_000)
# A command's events are on their way to be committed in a statement; a transaction in the other.
COMMITS = (b'"causation_id"', b"COMMIT\0")


def kill_backends(scene: Scene) -> None:
    """A process of the database dies under a service: all others do, and it recovers."""
    for _ in range(12 if scene.long else 1):
        pause(scene.random.uniform(0.5, 1.5))
        scene.stage.server.start()
        asyncio.run(scene.stage.server.kill_a_backend())
        pause(0.5)


def stop_at_once(scene: Scene) -> None:
    """The database is away for a while; callers are told to come back."""
    for _ in range(3 if scene.long else 1):
        pause(1)
        scene.stage.server.stop_at_once()
        pause(scene.seconds(4, 20))
        sooner_or_later(lambda: _told(scene))
        scene.stage.server.start()
        pause(1)


def fill_disk(scene: Scene) -> None:
    """No room is left for the database: callers are told to come back, and nothing is lost."""
    assert scene.stage.disk is not None
    pause(1)
    with filled(scene.stage.disk):
        pause(scene.seconds(5, 30))
        sooner_or_later(lambda: _told(scene))
    pause(1)


def cut_off(scene: Scene) -> None:
    """One service after the other does not reach any database, and nothing says so."""
    chosen = SERVICES if scene.long else scene.random.sample(SERVICES, 2)
    for service in chosen:
        wire = scene.stage.wires[service]
        wire.weather = Weather(silent=True)
        if scene.long:
            _assert_answered_in_time(scene, service)
        pause(scene.seconds(3, 30))
        if scene.random.random() < 0.5:
            wire.cut()
        wire.weather = CLEAR
        pause(1)


def _assert_answered_in_time(scene: Scene, service: str) -> None:
    """Who asks a service that hears nothing from its database is told so within a bounded time."""
    token = scene.stage.issuer.mint(scene.play.tenant, str(new_id()), (Role.OPERATOR,))
    asked = f"{scene.stage.programs[service].address}/v1/ops/parked"
    headers = {"Authorization": f"Bearer {token}"}
    answer = httpx.get(asked, headers=headers, timeout=ANSWERED_SECONDS_MAX)
    assert answer.status_code == httpx.codes.SERVICE_UNAVAILABLE, answer.text


def slow_down(scene: Scene) -> None:
    """The way to the database is long, then comes in crumbs, then is narrow."""
    for weather in (SLOW, SLICED, NARROW):
        for wire in scene.stage.wires.values():
            wire.weather = weather
        pause(scene.seconds(3, 20))


def lose_answers(scene: Scene) -> None:
    """The commit reaches the database, and nobody hears that it did."""
    wires = scene.stage.wires.values()
    before = sum(wire.swallowed for wire in wires)
    for commit in COMMITS:
        for wire in wires:
            most = wire.swallowed + (60 if scene.long else 6)
            wire.weather = replace(CLEAR, swallows=commit, swallowed_max=most)
        pause(scene.seconds(3, 20))
    sooner_or_later(lambda: sum(wire.swallowed for wire in wires) > before)  # an answer is lost


def _told(scene: Scene) -> bool:
    """Whether any caller was told to come back."""
    return any("away" in call.attempts for call in scene.play.ledger.calls)

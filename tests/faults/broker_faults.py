"""What happens to the broker, and on the way to it: commands are taken all the while."""

import asyncio
from collections.abc import Mapping, Sequence

import asyncpg

from shared.bus import Message
from shared.bus.cloudevents import RecordHeaders
from shared.bus.kafka import KafkaBus
from shared.eventstore import LogEntry
from shared.settings import BusSettings
from tests.broker import Broker
from tests.faults.small_disk import filled
from tests.faults.stage import pause, sooner_or_later
from tests.faults.trials import Scene
from tests.faults.wires import CLEAR, Weather, Wire

_LOG = """
SELECT l.slot, l.slot_number AS number, e.tenant, e.stream, e.event_id, e.type, e.record
FROM log.log AS l JOIN log.events AS e ON e.id = l.event ORDER BY l.slot, l.slot_number
"""


def kill_broker(scene: Scene) -> None:
    """The broker dies and is away; commands are taken as ever."""
    broker = _of(scene)
    for _ in range(2 if scene.long else 1):
        pause(1)
        broker.kill()
        granted = _granted(scene)
        pause(scene.seconds(5, 60))
        _assert_served(scene, granted)
        broker.start()
        pause(1)


def wipe_broker(scene: Scene) -> None:
    """The broker comes back without anything that it had; all of it is published again."""
    broker = _of(scene)
    for _ in range(2 if scene.long else 1):
        pause(scene.seconds(1, 5))
        broker.wipe()
        pause(scene.seconds(3, 20))


def fill_broker(scene: Scene) -> None:
    """No room is left for the broker; when there is some again, everything is published."""
    assert scene.stage.broker_disk is not None
    with filled(scene.stage.broker_disk):
        granted = _granted(scene)
        pause(scene.seconds(5, 30))
        _assert_served(scene, granted)


def cut_broker_off(scene: Scene) -> None:
    """Nobody reaches the broker, and nothing says so."""
    wire = _wire_of(scene)
    wire.weather = Weather(silent=True)
    pause(scene.seconds(5, 60))
    if scene.random.random() < 0.5:
        wire.cut()
    wire.weather = CLEAR
    pause(1)


def slow_broker(scene: Scene) -> None:
    """The way to the broker is long, then comes in crumbs."""
    wire = _wire_of(scene)
    for weather in (Weather(delay_seconds=0.1, jitter_seconds=0.2), Weather(slice_bytes=101)):
        wire.weather = weather
        pause(scene.seconds(3, 20))


def lose_acknowledgements(scene: Scene) -> None:
    """Messages reach the broker, and the relay is not told: it sends them again."""
    wire = _wire_of(scene)
    before = wire.swallowed
    most = before + (60 if scene.long else 6)
    wire.weather = Weather(swallows=b"ce_id", swallowed_max=most)
    pause(scene.seconds(4, 20))
    sooner_or_later(lambda: wire.swallowed > before)  # an acknowledgement is lost


def publish_again(scene: Scene) -> None:
    """Somebody publishes everything there is once more, up to five times, while people live."""
    settings = BusSettings(url=scene.stage.environment["BUS__URL"])
    for _ in range(scene.random.randint(2, 5) if scene.long else 2):
        for service in ("enrollment", "matching", "sessions"):
            rows = scene.stage.ask(service, _entries)
            asyncio.run(_published(settings, [_message(service, row) for row in rows]))
        pause(1)


async def _entries(database: asyncpg.Connection) -> Sequence[Mapping[str, object]]:
    return [dict(row) for row in await database.fetch(_LOG)]


def _message(service: str, row: Mapping[str, object]) -> Message:
    entry = LogEntry(**row)  # type: ignore[arg-type]  # a row of the log has its fields
    return Message(
        source=service,
        slot=entry.slot,
        number=entry.number,
        key=entry.stream,
        headers=RecordHeaders(service, entry),
        value=entry.record,
    )


async def _published(settings: BusSettings, messages: Sequence[Message]) -> None:
    async with KafkaBus(settings) as bus:
        await bus.publish(messages)


def _granted(scene: Scene) -> int:
    return sum(call.is_ok for call in scene.play.ledger.calls)


def _of(scene: Scene) -> Broker:
    broker = scene.stage.broker
    assert broker is not None
    return broker


def _wire_of(scene: Scene) -> Wire:
    wire = scene.stage.broker_wire
    assert wire is not None
    return wire


def _assert_served(scene: Scene, granted: int) -> None:
    """More than these were answered while the broker is away or full."""
    sooner_or_later(lambda: _granted(scene) > granted)

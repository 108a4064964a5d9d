"""What a broker has, heard from its beginning as a consumer hears it, against the logs."""

import asyncio
from collections.abc import Mapping, Sequence

import asyncpg

from shared.bus import Message
from shared.bus.intake import Intake
from shared.bus.kafka import KafkaBus
from shared.envelope import SLOTS
from shared.provisioning import SERVICES
from shared.settings import BusSettings
from tests.faults.stage import Stage

HEARD_SECONDS_MAX = 30.0
MANY = 1_000_000
_LOG = """
SELECT l.slot, l.slot_number, e.record FROM log.log AS l JOIN log.events AS e ON e.id = l.event
ORDER BY l.slot, l.slot_number
"""


def misheard(stage: Stage) -> Sequence[str]:
    """How what is heard differs from the log; nothing where there is no broker."""
    if stage.broker is None:
        return ()
    settings = BusSettings(url=stage.environment["BUS__URL"])
    logged = {service: stage.ask(service, _logged) for service in SERVICES}
    heard = asyncio.run(_heard(settings, logged))
    return [
        f"{service}: {len(logged[service])} in the log, {len(heard[service])} heard"
        for service in SERVICES
        if heard[service] != logged[service]
    ]


async def _logged(database: asyncpg.Connection) -> Mapping[tuple[int, int], bytes]:
    rows = await database.fetch(_LOG)
    return {(row["slot"], row["slot_number"]): row["record"] for row in rows}


async def _heard(
    settings: BusSettings, logged: Mapping[str, Mapping[tuple[int, int], bytes]]
) -> Mapping[str, Mapping[tuple[int, int], bytes]]:
    async with KafkaBus(settings) as bus:
        return {
            service: {
                (message.slot, message.number): message.value
                for message in await _all_of(bus, service, len(entries))
            }
            for service, entries in logged.items()
        }


async def _all_of(bus: KafkaBus, service: str, count: int) -> list[Message]:
    """As many as there are in the log, or what came in time."""
    positions = dict.fromkeys(range(SLOTS), 0)
    intake, heard = Intake(positions, MANY), list[Message]()
    subscription = await bus.subscribe(service, positions)
    try:
        async with asyncio.timeout(HEARD_SECONDS_MAX):
            while len(heard) < count:
                heard += intake.take(await subscription.next_batch(5_000, 1.0))
    except TimeoutError:
        pass  # what is missing is told
    finally:
        await subscription.close()
    return heard

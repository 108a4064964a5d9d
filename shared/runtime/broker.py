"""Whether a broker answers: told to people, and no reason to turn anybody away."""

import asyncio
from collections.abc import Mapping
from contextlib import suppress

from shared.http.ports import Check
from shared.settings import BusSettings, Settings

ANSWER_SECONDS_MAX = 1.5


def broker_checks(settings: Settings) -> Mapping[str, Check]:
    """What to ask about the broker; nothing if events do not travel over one.

    While it is away commands are taken and kept, and what is written is published later.
    """
    return {"broker": lambda: fault(settings.bus)} if settings.bus.is_kafka else {}


async def fault(bus: BusSettings) -> str | None:
    """Why no broker can be reached, in words; None as soon as one takes a connection."""
    found = await asyncio.gather(*map(_fault_of, bus.brokers))
    return None if None in found else "; ".join(filter(None, found))


async def _fault_of(broker: str) -> str | None:
    host, _, port = broker.rpartition(":")
    try:
        async with asyncio.timeout(ANSWER_SECONDS_MAX):
            _, writer = await asyncio.open_connection(host or broker, int(port) if host else 9092)
    except (OSError, ValueError) as error:
        return f"no broker answers at {broker} ({type(error).__name__})"
    writer.close()
    with suppress(OSError):
        await writer.wait_closed()
    return None

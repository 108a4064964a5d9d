"""Whether a broker answers: told to people, and no reason to turn anybody away."""

import asyncio
from collections.abc import Mapping

from shared.bus.kafka.connecting import reason
from shared.bus.kafka.topics import Topics, topic_of
from shared.http.ports import Check
from shared.provisioning import SERVICES
from shared.settings import BusSettings, Settings

ANSWER_SECONDS_MAX = 1.5


def broker_checks(settings: Settings) -> Mapping[str, Check]:
    """What to ask about the broker; nothing if events do not travel over one.

    While it is away commands are taken and kept, and what is written is published later.
    """
    return {"broker": lambda: fault(settings.bus)} if settings.bus.is_kafka else {}


async def fault(bus: BusSettings) -> str | None:
    """Why no broker takes us, in words; None if one does."""
    try:
        async with asyncio.timeout(ANSWER_SECONDS_MAX):
            found = await reason(bus)
    except TimeoutError:
        return f"{', '.join(bus.brokers)}: no answer within {ANSWER_SECONDS_MAX} s"
    return None if found is None else str(found)


async def assert_answering(bus: BusSettings) -> None:
    """Look whether the bus of these settings can be used, before anything is built on it.

    Raises:
        Unavailable: no broker takes us; with who, where, and what to do.
    """
    if bus.is_kafka and (found := await reason(bus)) is not None:
        raise found


async def remove_topics(bus: BusSettings) -> None:
    """Take the topics of these settings away, with all that is in them; none if there is no broker.

    Raises:
        Unavailable: they are not gone, or not for sure.
    """
    if bus.is_kafka:
        async with Topics(bus) as topics:
            await topics.remove([topic_of(bus, service) for service in SERVICES])

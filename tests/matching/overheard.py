"""What anybody can read of people in events and messages."""

import json
from base64 import b64encode, urlsafe_b64encode
from collections.abc import Collection, Sequence
from uuid import UUID

import asyncpg

from shared.bus import Message
from shared.bus.feed import Feed
from shared.envelope import SLOTS
from tests.matching.town import Town


async def on_the_bus(town: Town, types: Collection[str]) -> Sequence[bytes]:
    """What the bus has of some types of events, header and all."""
    async with asyncpg.create_pool(town.world.databases.dsn("matching", "worker")) as pool:
        feed = Feed({"matching": pool})
        following = await feed.subscribe("matching", dict.fromkeys(range(SLOTS), 0))
        found: list[Message] = []
        while batch := await following.next_batch(1_000, 0.1):
            found += batch
        await following.close()
        await feed.close()
    return [
        b"".join((each.key.encode(), repr(each.headers).encode(), each.value))
        for each in found
        if json.loads(each.value)["type"] in types
    ]


def tells(stored: bytes, who: UUID) -> bool:
    """Whether an id stands there, in any form in which bytes might hold it."""
    return any(form in stored.lower() or form in stored for form in _forms_of(who))


def _forms_of(who: UUID) -> Sequence[bytes]:
    return (
        str(who).encode(),
        who.hex.encode(),
        who.bytes,
        b64encode(who.bytes).rstrip(b"="),
        urlsafe_b64encode(who.bytes).rstrip(b"="),
    )

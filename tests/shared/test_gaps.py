"""A number that stays missing holds its slot alone, and is told once."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack
from itertools import chain, repeat
from pathlib import Path

import pytest

from shared import consumer as consuming
from shared import resting
from shared.bus import NO_MARKS, Bus, Message, Subscription
from shared.bus.memory import MemoryBus
from shared.envelope import SLOTS
from tests.consuming import Telling, eventually, projecting, running, telling
from tests.fresh_databases import FreshDatabase
from tests.progress import Log, Progress, achieved, agreed, pair, projection

pytestmark = pytest.mark.integration


@pytest.fixture
async def service(database: FreshDatabase, tmp_path: Path) -> AsyncIterator[Telling]:
    async with AsyncExitStack() as stack:
        tables = projection(Progress(), tmp_path)
        yield await stack.enter_async_context(telling(database, tables))


async def test_a_slot_with_a_gap_waits_alone_and_goes_on_when_the_number_comes(
    service: Telling,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setattr(consuming, "GAP_SECONDS_MAX", 0.3)
    bus, log = MemoryBus(), Log()
    first, missing, third = log.messages(
        ("ana", agreed("ana")), ("ana", achieved("ana", 1)), ("ana", achieved("ana", 2, 1))
    )
    await bus.publish([first, third])
    tables = projection(Progress(), tmp_path)
    async with running(projecting(service, bus, tables)):
        await eventually(lambda: warned(caplog))
        for name in ("ben", "cleo", "dan"):
            await bus.publish(log.messages((name, agreed(name))))
            await asyncio.sleep(0.3)
        await eventually(lambda: reached(service, {"ana": 0, "ben": 0, "cleo": 0, "dan": 0}))
        await bus.publish([missing])
        await bus.publish([third])
        await eventually(lambda: reached(service, {"ana": 3, "ben": 0, "cleo": 0, "dan": 0}))
    said = [each for each in caplog.records if each.message == "numbers missing"]
    assert [each.__dict__["awaited"] for each in said] == [{first.slot: 2}]


class SlowBus:
    """Reaching it takes longer than the first rest of a slot."""

    def __init__(self, bus: Bus) -> None:
        self._bus = bus

    async def publish(self, messages: Sequence[Message]) -> None:
        await self._bus.publish(messages)

    async def subscribe(
        self, source: str, positions: Mapping[int, int], marks: Mapping[int, str] = NO_MARKS
    ) -> Subscription:
        if len(positions) < SLOTS:
            await asyncio.sleep(0.5)
        return await self._bus.subscribe(source, positions, marks)


async def test_a_slot_whose_rest_ends_while_the_others_are_being_reached_goes_on(
    service: Telling,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    rests = chain([0.05, 0.4], repeat(0.05))
    monkeypatch.setattr(consuming, "GAP_SECONDS_MAX", 0.3)
    monkeypatch.setattr(resting, "backoff_seconds", lambda _: next(rests))
    bus, log = MemoryBus(), Log()
    told = {
        name: log.messages(
            (name, agreed(name)), (name, achieved(name, 1)), (name, achieved(name, 2, 1))
        )
        for name in ("ana", "ben")
    }
    await bus.publish([each for first, _, third in told.values() for each in (first, third)])
    tables = projection(Progress(), tmp_path)
    async with running(projecting(service, SlowBus(bus), tables)):
        await eventually(lambda: warned(caplog))
        await bus.publish([each for _, *later in told.values() for each in later])
        await eventually(lambda: reached(service, {"ana": 3, "ben": 3}))


async def warned(caplog: pytest.LogCaptureFixture) -> bool:
    return any(each.message == "numbers missing" for each in caplog.records)


async def reached(service: Telling, wanted: dict[str, int]) -> bool:
    rows = await service.owner.fetch("SELECT pairing_id, reached FROM progress.progress")
    found = {row["pairing_id"]: row["reached"] for row in rows}
    return found == {pair(name): number for name, number in wanted.items()}

"""Who asks how far somebody is behind is told of all that is committed."""

from collections.abc import Mapping

import pytest

from shared.auth import Role
from tests.consuming import eventually
from tests.metrics.conftest import appends_of
from tests.metrics.story import Story
from tests.metrics.telling import CAUSE
from tests.world import World

pytestmark = pytest.mark.integration


async def lags(world: World, service: str) -> Mapping[tuple[str, str], int | None]:
    async with world.client(service, "operator", Role.OPERATOR) as client:
        answer = await client.get("/v1/ops/lag")
    return {(each["consumer"], each["source"]): each["behind"] for each in answer.json()["items"]}


async def behind(world: World) -> int | None:
    """By how many events; None before the consumer has begun."""
    return (await lags(world, "metrics")).get(("figures", "enrollment"))


async def test_what_waits_for_its_number_is_not_passed_over(heard: World) -> None:
    async def is_known() -> bool:
        return await behind(heard) == 0

    await eventually(is_known)
    story = Story().program("mara")
    (appends,) = appends_of(story.told).values()
    numbering = heard.connections["enrollment"]
    async with numbering.transaction():
        await numbering.execute("SELECT FROM log.sequencer FOR UPDATE")  # nobody numbers now
        store = heard.apps["enrollment"].state.ports.store
        async with store.transaction(CAUSE) as transaction:
            await transaction.append(appends)
        assert await behind(heard) == len(story.told)
    await heard.settle()
    assert await behind(heard) == 0


async def test_who_hears_its_own_service_is_told_of_like_the_others(world: World) -> None:
    async def is_known() -> bool:
        return ("offers", "matching") in await lags(world, "matching")

    await eventually(is_known)
    await world.settle()
    assert set((await lags(world, "matching")).values()) == {0}

"""A consumer that comes late, for tests of what is told and heard at the same moment."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import asyncpg

from tests.consuming import eventually
from tests.world import World


@asynccontextmanager
async def held_up(world: World, service: str, consumer: str) -> AsyncIterator[None]:
    """This consumer handles nothing within the block; at its end all others have, and then it."""
    database = await asyncpg.connect(world.databases.dsn(service, "worker"))
    try:
        async with database.transaction():
            await database.execute(
                "SELECT FROM log.leases WHERE consumer = $1 FOR UPDATE", consumer
            )
            yield
            await others_are_through(world, consumer)
    finally:
        await database.close()
    await world.settle()


async def others_are_through(world: World, consumer: str) -> None:
    """Wait until this consumer has something to do, and nobody else."""

    async def only_it_is_behind() -> bool:
        behind = await world.busy()
        return bool(behind) and all(f" {consumer} of " in each for each in behind)

    await eventually(only_it_is_behind)

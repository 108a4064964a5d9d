"""One time in all processes of a service, where it can be moved: in development only."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import datetime

import asyncpg

from shared import clock
from shared.settings import Settings
from shared.waiting import called_off

CHANNEL = "fairlead_clock"
AGAIN_SECONDS = 1.0  # after the connection was lost

_TELL = "SELECT pg_notify($1, $2)"


async def tell(pool: asyncpg.Pool, moment: datetime) -> None:
    """Let the other processes of the service know that time was moved on to this moment."""
    await pool.execute(_TELL, CHANNEL, moment.isoformat())


@asynccontextmanager
async def heard(pool: asyncpg.Pool, settings: Settings) -> AsyncIterator[None]:
    """Move with the others for the time of the block; never in production."""
    if settings.environment == "production":
        yield
        return
    hearing = asyncio.create_task(_hear(pool), name="clock")
    try:
        yield
    finally:
        await called_off(hearing)


async def _hear(pool: asyncpg.Pool) -> None:
    while True:
        with suppress(OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
            await _hear_until_lost(pool)
        await asyncio.sleep(AGAIN_SECONDS)


async def _hear_until_lost(pool: asyncpg.Pool) -> None:
    is_lost = asyncio.Event()

    def lost(*_: object) -> None:
        is_lost.set()

    async with pool.acquire() as connection:
        connection.add_termination_listener(lost)
        await connection.add_listener(CHANNEL, _move)
        try:
            await is_lost.wait()
        finally:
            connection.remove_termination_listener(lost)
            if not connection.is_closed():
                await connection.remove_listener(CHANNEL, _move)


def _move(_connection: object, _pid: int, _channel: str, told: str) -> None:
    with suppress(ValueError):  # it is that late here already: we are the one who told it
        clock.move_to(datetime.fromisoformat(told))

"""Wakes who waits for news: at most one NOTIFY per 10 ms, outside every transaction.

Inside the append a NOTIFY would take a lock of the whole cluster until the commit is on disk, so
that commits wait in one queue. A doorbell may be missed: who listens also looks by himself.
"""

import asyncio
from contextlib import AsyncExitStack, suppress

import asyncpg

from shared.database import Pool

APPENDED = "fairlead_appended"  # to the sequencer: there are events without numbers
NUMBERED = "fairlead_numbered"  # to consumers: there are events with numbers
APART_SECONDS = 0.01

SILENT = (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError)

# The ring carries nothing that could be lost, so its commit need not wait for the disk.
_RING = "BEGIN; SET LOCAL synchronous_commit = off; NOTIFY {channel}; COMMIT"


class Doorbell:
    """Rings on one channel of one database."""

    def __init__(self, pool: Pool, channel: str) -> None:
        self._pool = pool
        self._ring = _RING.format(channel=channel)
        self._ringing: asyncio.Task[None] | None = None
        self._due = False

    def ring(self) -> None:
        """Let everybody who listens know soon; returns at once and never fails."""
        self._due = True
        if self._ringing is None or self._ringing.done():
            self._ringing = asyncio.create_task(self._ring_while_due())

    async def close(self) -> None:
        """Wait until what is due has rung."""
        if self._ringing is not None:
            await self._ringing

    async def _ring_while_due(self) -> None:
        while self._due:
            self._due = False
            with suppress(*SILENT):
                async with self._pool.acquire() as connection:
                    await connection.execute(self._ring)
            await asyncio.sleep(APART_SECONDS)


class Listener:
    """Waits for rings on a connection of its own; takes a new one when that is lost."""

    def __init__(self, pool: Pool, channel: str) -> None:
        self._pool = pool
        self._channel = channel
        self._rung = asyncio.Event()
        self._held = AsyncExitStack()
        self._listens = False

    async def wait(self, timeout_seconds: float) -> bool:
        """Until the bell has rung since the last wait, or the time is over; whether it has."""
        if not self._listens:
            await self._listen()
        with suppress(TimeoutError):
            async with asyncio.timeout(timeout_seconds):
                await self._rung.wait()
        has_rung = self._rung.is_set()
        self._rung.clear()
        return has_rung

    async def close(self) -> None:
        """Give the connection back."""
        with suppress(*SILENT):
            await self._held.aclose()
        self._listens = False

    async def _listen(self) -> None:
        await self.close()
        with suppress(*SILENT):  # without a bell, looking now and then goes on
            connection = await self._held.enter_async_context(self._pool.acquire())
            connection.add_termination_listener(self._lost)
            await connection.add_listener(self._channel, self._heard)
            self._held.push_async_callback(self._unlisten, connection)
            self._listens = True
            self._rung.set()  # it may have rung before anybody listened

    async def _unlisten(self, connection: asyncpg.Connection) -> None:
        connection.remove_termination_listener(self._lost)
        await connection.remove_listener(self._channel, self._heard)

    def _heard(self, *_: object) -> None:
        self._rung.set()

    def _lost(self, *_: object) -> None:
        self._listens = False
        self._rung.set()

"""A durable Postgres of our own: every commit waits for the disk, and anything may be killed."""

import asyncio
import os
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import asyncpg

from shared import embedded
from shared.embedded import EmbeddedPostgres
from tests.ports import kept_ports

GONE_SECONDS_MAX = 30.0
RECOVERED_SECONDS_MAX = 30.0
LOOK_SECONDS = 0.02


class StillThere(Exception):
    """A process that was killed did not go."""


class OwnServer:
    """Its server process, and where it listens."""

    def __init__(self, running: EmbeddedPostgres) -> None:
        self.address = running.server
        self._home = running.folder
        self._port = running.port
        self._sockets = running.sockets

    @property
    def socket(self) -> Path:
        """Where it takes connections."""
        return self._sockets / f".s.PGSQL.{self._port}"

    def stop_at_once(self) -> None:
        """Without finishing or writing down anything: it will recover when it starts."""
        pid = int((self._home / "data" / "postmaster.pid").read_text().splitlines()[0])
        os.kill(pid, signal.SIGQUIT)
        until = time.monotonic() + GONE_SECONDS_MAX
        while Path(f"/proc/{pid}").exists():
            if time.monotonic() > until:
                raise StillThere(str(pid))
            time.sleep(LOOK_SECONDS)

    def start(self) -> None:
        """At the same place; nothing happens if it runs."""
        if embedded._found(self._home) is None:
            embedded._started(self._home, self._port, durable=True)

    async def _connected(self) -> asyncpg.Connection:
        until = time.monotonic() + RECOVERED_SECONDS_MAX
        while True:
            try:
                return await asyncpg.connect(self.address)
            except (OSError, asyncpg.CannotConnectNowError):
                if time.monotonic() > until:
                    raise
                await asyncio.sleep(LOOK_SECONDS)

    async def kill_a_backend(self) -> None:
        """One that works for a service: the server then ends all others, and recovers."""
        connection = await self._connected()
        try:
            pid = await connection.fetchval(
                "SELECT pid FROM pg_stat_activity WHERE application_name LIKE 'fairlead%'"
                " ORDER BY (state = 'active') DESC, random() LIMIT 1"
            )
        finally:
            await connection.close()
        if pid is not None:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)


@contextmanager
def own_server(folder: Path) -> Iterator[OwnServer]:
    """A new one, stopped at the end of the block."""
    with kept_ports(1) as (port,), embedded.running(folder, port=port) as running:
        server = OwnServer(running)
        try:
            yield server
        finally:
            server.start()  # so that it is ended in order

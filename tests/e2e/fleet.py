"""Several processes of one service side by side on one database, started and ended one by one."""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import field
from pathlib import Path
from typing import Any

import asyncpg
import httpx

from shared.auth import DevelopmentIssuer, development_issuer
from shared.frozen import frozen
from shared.provisioning import Databases
from shared.runtime import service_named, system
from shared.runtime.rebuilding import rebuilt
from shared.settings import AuthSettings, DatabaseSettings, Settings, VaultSettings
from tests.e2e.house import eventually
from tests.patience import ended
from tests.ports import kept_ports


@frozen
class Copy:
    """One process: an API, or a worker with its page."""

    words: tuple[str, ...]
    port: int
    environment: Mapping[str, str]
    running: list[subprocess.Popen[bytes]] = field(default_factory=list)  # the last one is alive

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def pid(self) -> int:
        return self.running[-1].pid

    def start(self) -> None:
        """Begin, and return without waiting."""
        words = [sys.executable, "-m", "shared.cli", *self.words]
        self.running.append(subprocess.Popen(words, env={**os.environ, **self.environment}))  # noqa: S603  # our own words

    def ready(self) -> None:
        """Return when it says that it may be sent work."""

        def is_ready() -> bool:
            assert self.running[-1].poll() is None, f"{self.words} ended"
            return self.status("/readyz") == httpx.codes.OK

        eventually(is_ready)

    def status(self, path: str) -> int:
        """What it answers, or 0 if nobody does."""
        try:
            return httpx.get(self.address + path, timeout=2).status_code
        except httpx.TransportError:
            return 0

    def end(self, number: int = signal.SIGTERM) -> float:
        """Send a signal; how many seconds it took to end."""
        process = self.running[-1]
        return ended(process, lambda: process.send_signal(number))


@frozen
class Fleet:
    """Copies of services on databases of their own."""

    databases: Databases
    issuer: DevelopmentIssuer
    environment: Mapping[str, str]
    stack: ExitStack

    def api(self, service: str) -> Copy:
        """One more process that answers requests."""
        (port,) = self.stack.enter_context(kept_ports(1))
        own = {f"FAIRLEAD_HTTP__{service.upper()}_PORT": str(port)}
        return self._started(("serve", service), port, own)

    def worker(self, service: str) -> Copy:
        """One more process that runs the loops."""
        (port,) = self.stack.enter_context(kept_ports(1))
        own = {"FAIRLEAD_WORKER__STATUS_PORT": str(port)}
        return self._started(("worker", service), port, own)

    def ask(self, service: str, query: str, *values: object) -> list[Any]:
        """The rows that a query finds, past all policies."""
        name = self.databases.name(service)

        async def asked() -> list[Any]:
            connection = await asyncpg.connect(self.databases.administrator(service, name))
            try:
                return list(await connection.fetch(query, *values))
            finally:
                await connection.close()

        return asyncio.run(asked())

    def differences(self, service: str) -> list[str]:
        """How rebuilt read tables differ from the live ones, row for row."""

        async def compared() -> list[str]:
            reports = rebuilt(service_named(service), self.databases, switch=False)
            return [
                f"{report.projection}.{each.table}: {each.difference}"
                async for report in reports
                for each in report.differences
            ]

        return asyncio.run(compared())

    def _started(self, words: tuple[str, ...], port: int, own: Mapping[str, str]) -> Copy:
        copy = Copy(words=words, port=port, environment={**self.environment, **own})
        copy.start()
        self.stack.callback(_gone, copy)
        return copy


@contextmanager
def assembled(folder: Path, **environment: str) -> Iterator[Fleet]:
    """Empty databases, and whoever is started on them until the end of the block."""
    settings = Settings(
        database=DatabaseSettings(folder=folder / "postgres"),
        auth=AuthSettings(development_key=folder / "issuer.json"),
        vault=VaultSettings(development_key=folder / "master-key"),
    )
    with system.database(settings) as (databases, _), ExitStack() as stack:
        own = {
            "DATABASE__SERVER": databases.server,
            "DATABASE__PASSWORD": databases.password,
            "AUTH__DEVELOPMENT_KEY": str(folder / "issuer.json"),
            "VAULT__DEVELOPMENT_KEY": str(folder / "master-key"),
            "LOG__LEVEL": "warning",
            **environment,
        }
        yield Fleet(
            databases=databases,
            issuer=development_issuer(settings),
            environment={f"FAIRLEAD_{name}": value for name, value in own.items()},
            stack=stack,
        )


def _gone(copy: Copy) -> None:
    copy.running[-1].kill()
    copy.running[-1].wait()

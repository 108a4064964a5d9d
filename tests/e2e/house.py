"""The four services as processes of this machine, and whoever calls them over HTTP."""

import asyncio
import os
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import AsyncExitStack, contextmanager
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlsplit

import asyncpg
import httpx
import pytest

from shared import clock
from shared.auth import DevelopmentIssuer, Role, development_issuer
from shared.frozen import frozen
from shared.ids import new_id
from shared.provisioning import SERVICES
from shared.runtime import service_named, system
from shared.runtime.rebuilding import rebuilt
from shared.runtime.system import System
from shared.settings import (
    AuthSettings,
    DatabaseSettings,
    HttpSettings,
    Settings,
    VaultSettings,
)
from tests.patience import PATIENCE_SECONDS
from tests.quiet import under_way

T = TypeVar("T")
# Houses of tests that start beside each other would all find the usual ports free, and take them.
ANY_PORTS = HttpSettings(enrollment_port=0, matching_port=0, sessions_port=0, metrics_port=0)
CALL_SECONDS_MAX = 60.0
LOOK_SECONDS = 0.05


@frozen
class Caller:
    """Somebody at the door of any service, with a token or none."""

    addresses: Mapping[str, str]
    token: str  # empty: none
    http: httpx.Client

    def ask(self, method: str, service: str, path: str, **more: Any) -> httpx.Response:  # noqa: ANN401  # what httpx takes
        said = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        headers = {**said, **(more.pop("headers", None) or {})}
        return self.http.request(method, self.addresses[service] + path, headers=headers, **more)

    def get(self, service: str, path: str, **query: str) -> httpx.Response:
        return self.ask("GET", service, path, params=query)

    def put(self, service: str, path: str, body: object) -> httpx.Response:
        return self.ask("PUT", service, path, json=body)

    def post(self, service: str, path: str, body: object = None, key: str = "") -> httpx.Response:
        headers = {"Idempotency-Key": key or str(new_id())}
        more = {} if body is None else {"json": body}
        return self.ask("POST", service, path, headers=headers, **more)


@frozen
class House:
    """What runs, with an issuer of tokens and a door for those who have one."""

    system: System
    issuer: DevelopmentIssuer
    http: httpx.Client

    def caller(self, tenant: str, subject: object, *roles: Role) -> Caller:
        token = self.issuer.mint(tenant, str(subject), roles)
        return Caller(addresses=self.system.addresses, token=token, http=self.http)

    def database(self, service: str, ask: Callable[[asyncpg.Connection], Awaitable[T]]) -> T:
        """The answer to a question put to a database by its administrator, past all policies."""

        databases = self.system.databases

        async def asked() -> T:
            connection = await asyncpg.connect(
                databases.administrator(service, databases.name(service))
            )
            try:
                return await ask(connection)
            finally:
                await connection.close()

        return asyncio.run(asked())

    @contextmanager
    def again(self, service: str) -> Iterator[None]:
        """A service that has ended, started anew at the same address."""
        ports = {name: urlsplit(where).port or 0 for name, where in self.system.addresses.items()}
        environment = system._environment(ports, self.system.databases, "log")
        words = [sys.executable, "-m", "shared.cli", "serve", service, "--with-worker"]
        with subprocess.Popen(words, env={**os.environ, **environment}) as process:  # noqa: S603  # our own words
            try:
                eventually(lambda: _is_ready(self.system.addresses[service]))
                yield
            finally:
                process.terminate()

    def value(self, service: str, query: str, *values: object) -> object:
        """The one value that a query finds."""

        async def ask(database: asyncpg.Connection) -> object:
            return await database.fetchval(query, *values)

        return self.database(service, ask)

    def settle(self) -> None:
        """Return when all that was caused has happened, timers that have run out included."""
        databases = self.system.databases

        async def is_quiet() -> bool:
            async with AsyncExitStack() as stack:
                asked: dict[str, asyncpg.Connection] = {}
                for name in SERVICES:
                    where = databases.administrator(name, databases.name(name))
                    asked[name] = await asyncpg.connect(where)
                    stack.push_async_callback(asked[name].close)
                return not await under_way(map(service_named, SERVICES), asked, clock.now())

        eventually(lambda: asyncio.run(is_quiet()))

    def differences(self, service: str) -> Sequence[str]:
        """How rebuilt read tables differ from the live ones, row for row."""

        async def compared() -> Sequence[str]:
            return [
                f"{report.projection}.{each.table}: {each.difference}"
                async for report in rebuilt(
                    service_named(service), self.system.databases, switch=False
                )
                for each in report.differences
            ]

        return asyncio.run(compared())


@contextmanager
def opened(folder: Path, **environment: str) -> Iterator[House]:
    """A house of its own: an embedded database and four processes, stopped at the end."""
    settings = Settings(
        http=ANY_PORTS,
        database=DatabaseSettings(folder=folder / "postgres"),
        auth=AuthSettings(development_key=folder / "issuer.json"),
        vault=VaultSettings(development_key=folder / "master-key"),
    )
    own = {
        "AUTH__DEVELOPMENT_KEY": str(folder / "issuer.json"),
        "VAULT__DEVELOPMENT_KEY": str(folder / "master-key"),
        **environment,
    }
    with pytest.MonkeyPatch.context() as patched:
        for name, value in own.items():
            patched.setenv(f"FAIRLEAD_{name}", value)
        with (
            system.running(settings, free_ports=True) as running,
            httpx.Client(timeout=CALL_SECONDS_MAX) as http,
        ):
            yield House(system=running, issuer=development_issuer(settings), http=http)


def _is_ready(address: str) -> bool:
    try:
        return httpx.get(f"{address}/readyz").is_success
    except httpx.TransportError:
        return False


def granted(response: httpx.Response) -> Any:  # noqa: ANN401  # any JSON
    """What an answer holds that is no problem."""
    assert response.is_success, f"{response.request.method} {response.url}: {response.text}"
    return response.json()


def eventually(look: Callable[[], T]) -> T:
    """What is found as soon as anything is: what another service causes takes its time."""
    until = time.monotonic() + PATIENCE_SECONDS
    while not (found := look()):
        assert time.monotonic() < until, f"nothing after {PATIENCE_SECONDS} s"
        time.sleep(LOOK_SECONDS)
    return found

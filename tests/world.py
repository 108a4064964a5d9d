"""All services in one process on a real Postgres: what a story needs, from HTTP back to HTTP."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import datetime, timedelta
from pathlib import Path

import asyncpg
import httpx
from fastapi import FastAPI

from shared import clock
from shared.auth import DevelopmentIssuer, Role, development_issuer
from shared.frozen import frozen
from shared.provisioning import Databases
from shared.runtime import build_app
from shared.runtime.prepare import prepare
from shared.service import Service
from shared.settings import AuthSettings, BusSettings, Settings, VaultSettings, WorkerSettings
from tests.patience import PATIENCE_SECONDS
from tests.quiet import under_way

TENANT = "orchard"


@frozen
class World:
    """Services that run, clients with tokens, a clock that can be moved."""

    services: Mapping[str, Service]
    apps: Mapping[str, FastAPI]
    databases: Databases
    issuer: DevelopmentIssuer
    connections: Mapping[str, asyncpg.Connection]

    def client(
        self, service: str, subject: object, *roles: Role, tenant: str = TENANT
    ) -> httpx.AsyncClient:
        """Requests to a service in somebody's name; `subject` is a person's id, or any name."""
        token = self.issuer.mint(tenant, str(subject), roles)
        return httpx.AsyncClient(
            transport=httpx.ASGITransport(self.apps[service]),
            base_url=f"http://{service}",
            headers={"Authorization": f"Bearer {token}"},
        )

    async def settle(self) -> None:
        """Wait until everything that was caused has happened: numbers, read models, timers.

        Raises:
            TimeoutError: it goes on for longer than `PATIENCE_SECONDS`.
        """
        async with asyncio.timeout(PATIENCE_SECONDS):
            while await self.busy():  # noqa: ASYNC110  # it is seen in databases
                await asyncio.sleep(0.01)

    async def pass_time(self, by: timedelta) -> datetime:
        """Move the clock, and wait for what the timers do then."""
        clock.move_to(clock.now() + by)
        await self.settle()
        return clock.now()

    async def busy(self) -> Sequence[str]:
        """What is still under way, in words."""
        return await under_way(self.services.values(), self.connections, clock.now())


def world_settings(folder: Path) -> Settings:
    """Settings of a test: quick loops, keys in a folder of its own."""
    return Settings(
        bus=BusSettings(wait_seconds=0.2),
        worker=WorkerSettings(sequencer_wait_seconds=0.1, deadline_wait_seconds=0.05),
        auth=AuthSettings(development_key=folder / "issuer.json"),
        vault=VaultSettings(development_key=folder / "master-key"),
    )


@asynccontextmanager
async def running(
    services: Sequence[Service], databases: Databases, folder: Path
) -> AsyncIterator[World]:
    """A world of these services, on empty databases."""
    settings = world_settings(folder)
    apps: dict[str, FastAPI] = {}
    connections: dict[str, asyncpg.Connection] = {}
    async with AsyncExitStack() as stack:
        for service in services:
            await prepare(service, databases)
            app = build_app(service, settings, databases, with_worker=True)
            await stack.enter_async_context(app.router.lifespan_context(app))
            connection = await asyncpg.connect(databases.dsn(service.name, "worker"))
            stack.push_async_callback(connection.close)
            apps[service.name], connections[service.name] = app, connection
        yield World(
            services={service.name: service for service in services},
            apps=apps,
            databases=databases,
            issuer=development_issuer(settings),
            connections=connections,
        )

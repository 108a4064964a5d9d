"""All services in one process on a real Postgres: what a story needs, from HTTP back to HTTP."""

import asyncio
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
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

TENANT = "orchard"

_UNNUMBERED = """
SELECT count(*) FROM log.events AS e
WHERE NOT EXISTS (SELECT FROM log.log AS l WHERE l.event = e.id)
"""
_HEADS = "SELECT slot, number FROM log.slot_heads"
_HANDLED = "SELECT consumer, source, slot, number FROM log.leases"
_DUE = """
SELECT count(*) FROM read.deadlines AS d LEFT JOIN log.timers AS t USING (tenant, deadline_id)
WHERE d.due_at <= $1 AND t.note IS NULL
"""


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
        """What is still under way, in words.

        What is handled is read everywhere first, and how far each log goes last: where both are
        the same, whatever the handling has caused was there already when we looked for it.
        """
        found: list[str] = []
        handled = {name: await self._handled(name) for name in self.connections}
        heads: dict[str, Mapping[int, int]] = {}
        for name, connection in self.connections.items():
            if self.services[name].deadlines and await connection.fetchval(_DUE, clock.now()):
                found.append(f"{name} has timers to fire")
            if await connection.fetchval(_UNNUMBERED):
                found.append(f"{name} has events without numbers")
            heads[name] = dict(await connection.fetch(_HEADS))
        for name, service in self.services.items():
            found += [
                f"{name}: {consumer} is behind {source}"
                for consumer, source in consumers_of(service)
                for slot, number in heads.get(source, {}).items()
                if handled[name].get((consumer, source, slot), 0) < number
            ]
        return found

    async def _handled(self, service: str) -> Mapping[tuple[str, str, int], int]:
        rows = await self.connections[service].fetch(_HANDLED)
        return {(row["consumer"], row["source"], row["slot"]): row["number"] for row in rows}


def consumers_of(service: Service) -> Iterable[tuple[str, str]]:
    """Every consumer of a service with each of its sources."""
    for projection in service.foreign:
        for source in sorted(projection.sources):
            yield projection.name, source
    for reaction in service.reactions:
        yield reaction.name, reaction.source


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

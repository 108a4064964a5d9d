"""The API of a service as a whole: what its routes reach is opened when it starts."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from functools import partial

import asyncpg
from fastapi import FastAPI

from shared import clock
from shared.auth import token_verifier
from shared.command_handler import CommandHandler
from shared.eventstore.log_reader import LogReader
from shared.eventstore.postgres import PostgresEventStore, tenant_transaction
from shared.eventstore.tenant_reading import tenant_reading
from shared.http import create_service
from shared.http.ports import Ports
from shared.monitoring.page import Monitor
from shared.provisioning import Databases
from shared.runtime import loops, moved_clock
from shared.runtime.broker import broker_checks
from shared.runtime.lagging import Lags
from shared.runtime.pools import Pools, opened
from shared.runtime.status_page import Watched
from shared.runtime.supervision import Supervision
from shared.service import Service
from shared.settings import Settings
from shared.vault import Vault, chosen_epoch_keys

DEVELOPMENT_SECRET = "development"  # noqa: S105  # production refuses to start without another


def build_app(
    service: Service, settings: Settings, databases: Databases, *, with_worker: bool = False
) -> FastAPI:
    """The application of a service; with its loops in the same process if asked for."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with AsyncExitStack() as stack:
            pools = await stack.enter_async_context(opened(service, databases, settings.database))
            store = PostgresEventStore(pools.app, service.name, service.own.functions)
            stack.push_async_callback(store.close)
            ports = _ports(service, settings, pools, store)
            heads = {other: LogReader(pool).heads for other, pool in pools.readers.items()}
            lags = Lags(pools.app, ports.consumers, heads)
            await stack.enter_async_context(lags.looked_at())
            await stack.enter_async_context(moved_clock.heard(pools.app, settings))
            warnings = broker_checks(settings)
            if with_worker:
                running = await stack.enter_async_context(
                    loops.running(service, pools, settings, app.state.closing)
                )
                warnings = {"loops": running.fault, **warnings}
            app.state.ports = replace(ports, lag_ms=lags.milliseconds, warnings=warnings)
            yield

    return create_service(service, settings, lifespan)


def _ports(service: Service, settings: Settings, pools: Pools, store: PostgresEventStore) -> Ports:
    return Ports(
        service=service.name,
        commands=CommandHandler(store, clock.now),
        store=store,
        reading=lambda tenant: tenant_reading(pools.app, tenant),
        changing=lambda tenant: tenant_transaction(pools.app, tenant),
        verifier=token_verifier(settings),
        secret=(settings.http.signing_secret.get_secret_value() or DEVELOPMENT_SECRET).encode(),
        consumers=_consumers(service),
        hearing=list(service.consumers(over_kafka=settings.bus.is_kafka)),
        vault=Vault(chosen_epoch_keys(settings.vault)),
        checks={"database": lambda: _database_fault(pools.app)},
        heads={
            name: LogReader(pool).ends
            for name, pool in {service.name: pools.worker, **pools.readers}.items()
        },
        private=service.private,
        numbers=Monitor(service.name, pools.worker, pools.readers, clock.now).page,
        tell_time=partial(moved_clock.tell, pools.app),
    )


def watched(service: Service, pools: Pools, running: Supervision, settings: Settings) -> Watched:
    """What the page of a worker asks: its database, and whether all its loops run."""
    checks = {"database": lambda: _database_fault(pools.worker), "loops": running.fault}
    monitor = Monitor(service.name, pools.worker, pools.readers, clock.now)
    return Watched(checks=checks, warnings=broker_checks(settings), numbers=monitor.page)


def _consumers(service: Service) -> Mapping[str, Sequence[str]]:
    """By source: the projections that hear it, which a consistency token waits for."""
    sources = {source for each in service.foreign for source in each.sources}
    return {
        source: [each.name for each in service.foreign if source in each.sources]
        for source in sorted(sources)
    }


async def _database_fault(pool: asyncpg.Pool) -> str | None:
    try:
        await pool.fetchval("SELECT 1")
    except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
        return type(error).__name__
    return None

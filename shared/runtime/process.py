"""One process of the system: an API, the loops behind one, or both; ends when it is told to."""

import asyncio
import signal
from contextlib import AsyncExitStack
from datetime import datetime
from importlib import import_module

import uvicorn
import uvloop

from shared import clock, telemetry
from shared.errors import NotFound
from shared.http.closing import DrainingServer
from shared.provisioning import SERVICES, Databases
from shared.runtime import loops, pools
from shared.runtime.application import build_app
from shared.runtime.prepare import assert_prepared, prepare
from shared.service import Service
from shared.settings import Settings


class UnknownService(NotFound):
    """There is no service of this name."""


def service_named(name: str) -> Service:
    """What `services/<name>/main.py` declares.

    Raises:
        UnknownService: there is none.
    """
    if name not in SERVICES:
        message = f"{name}: there are {', '.join(SERVICES)}"
        raise UnknownService(message)
    service: Service = import_module(f"services.{name}.main").SERVICE
    return service


def serve(service: Service, settings: Settings, databases: Databases, *, with_worker: bool) -> None:
    """Answer requests until SIGTERM; open event streams are told and end by themselves.

    Raises:
        DatabaseAway: the database does not answer at the start.
        NotPrepared: in production: the database is not in the form that this code expects.
    """
    _begin(settings)
    app = build_app(service, settings, databases, with_worker=with_worker)
    config = uvicorn.Config(
        app,
        host=settings.http.host,
        port=settings.http.port_of(service.name),
        lifespan="on",
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=max(1, round(settings.http.drain_seconds)),
    )
    server = DrainingServer(config, app.state.closing)

    async def run() -> None:
        await _prepared(service, settings, databases)
        await server.serve()

    uvloop.run(run())


def work(service: Service, settings: Settings, databases: Databases) -> None:
    """Run the loops of a service until SIGTERM.

    Raises:
        DatabaseAway: the database does not answer at the start.
        NotPrepared: in production: the database is not in the form that this code expects.
    """
    _begin(settings)

    async def run() -> None:
        await _prepared(service, settings, databases)
        asked = asyncio.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(number, asked.set)
        async with AsyncExitStack() as stack:
            reach = await stack.enter_async_context(
                pools.opened(service, databases, settings.database)
            )
            await stack.enter_async_context(loops.running(service, reach, settings))
            await asked.wait()

    uvloop.run(run())


def _begin(settings: Settings) -> None:
    telemetry.configure(settings.log)
    if settings.clock_start:
        clock.move_to(datetime.fromisoformat(settings.clock_start))


async def _prepared(service: Service, settings: Settings, databases: Databases) -> None:
    """In development a new database is prepared at the start; in production that is a job."""
    if settings.environment == "development":
        await prepare(service, databases)
    else:
        await assert_prepared(service, databases)

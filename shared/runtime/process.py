"""One process of the system: an API, the loops behind one, or both; ends when it is told to."""

import asyncio
import logging
import os
import signal
import socket
import sys
from collections.abc import Callable, Coroutine
from contextlib import AsyncExitStack
from datetime import datetime
from importlib import import_module
from typing import Any

import uvicorn
import uvloop
from fastapi import FastAPI

from shared import clock, crashing, ids, telemetry, tracing
from shared.errors import NotFound
from shared.frozen import frozen
from shared.http.closing import DrainingServer
from shared.provisioning import SERVICES, Databases
from shared.runtime import loops, moved_clock, pools, status_page
from shared.runtime.application import build_app, watched
from shared.runtime.collecting import collect_seldom
from shared.runtime.prepare import assert_prepared, prepare
from shared.runtime.repeatable import ids_from
from shared.runtime.status_page import StatusPage
from shared.service import Service
from shared.settings import Settings

log = logging.getLogger(__name__)


@frozen
class Serving:
    """How a process answers requests."""

    with_worker: bool = False  # run the service's loops in the same process
    until_stdin_closes: bool = False  # end also when whoever holds our standard input has ended
    listening_at: int | None = None  # descriptor of a socket that listens already

    def sockets(self) -> list[socket.socket] | None:
        """What was handed to us to listen at; None: the address of the settings."""
        return None if self.listening_at is None else [socket.socket(fileno=self.listening_at)]


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


def serve(
    service: Service,
    settings: Settings,
    databases: Databases,
    how: Serving,
) -> None:
    """Answer requests until SIGTERM; open event streams are told and end by themselves.

    Args:
        service: what is to be served.
        settings: where, and how.
        databases: what its database is called, and the others'.
        how: with what else in the same process, and until when.

    Raises:
        DatabaseAway: the database does not answer at the start.
        NotPrepared: in production: the database is not in the form that this code expects.
    """
    _begin(service, settings)
    app = build_app(service, settings, databases, with_worker=how.with_worker)
    server = DrainingServer(_config(app, service.name, settings), app.state.closing)

    async def run() -> None:
        await _prepared(service, settings, databases)
        if how.until_stdin_closes:
            _watch_stdin(lambda: server.handle_exit(signal.SIGTERM, None))
        await server.serve(how.sockets())

    _run(run())


def _config(app: FastAPI, name: str, settings: Settings) -> uvicorn.Config:
    return uvicorn.Config(
        app,
        host=settings.http.host,
        port=settings.http.port_of(name),
        lifespan="on",
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_keep_alive=75,  # longer than proxies keep a connection: they close it, not we
        timeout_graceful_shutdown=max(1, round(settings.http.drain_seconds)),
    )


def work(service: Service, settings: Settings, databases: Databases) -> None:
    """Run the loops of a service until SIGTERM, with a page of their own if the settings say so.

    Raises:
        DatabaseAway: the database does not answer at the start.
        NotPrepared: in production: the database is not in the form that this code expects.
        StatusPortTaken: another program has the port of the page.
    """
    _begin(service, settings)

    async def run() -> None:
        page = StatusPage()
        for number in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(number, page.closing.begin)
        async with AsyncExitStack() as stack:
            await stack.enter_async_context(
                status_page.served(page, settings.http.host, settings.worker.status_port)
            )
            await _prepared(service, settings, databases)
            reach = await stack.enter_async_context(
                pools.opened(service, databases, settings.database)
            )
            await stack.enter_async_context(moved_clock.heard(reach.worker, settings))
            running = await stack.enter_async_context(
                loops.running(service, reach, settings, page.closing)
            )
            page.is_ready_if(watched(service, reach, running, settings))
            await page.closing.wait()

    _run(run())


def _run(process: Coroutine[Any, Any, None]) -> None:
    try:
        uvloop.run(process)
    finally:
        tracing.end()


def _watch_stdin(end: Callable[[], None]) -> None:
    loop, stdin = asyncio.get_running_loop(), sys.stdin.fileno()

    def look() -> None:
        if not os.read(stdin, 1024):
            loop.remove_reader(stdin)
            end()

    loop.add_reader(stdin, look)


def _begin(service: Service, settings: Settings) -> None:
    telemetry.configure(settings.log)
    tracing.begin(service.name, settings.tracing)
    collect_seldom()
    if settings.clock_start:
        clock.start_at(datetime.fromisoformat(settings.clock_start))
    if settings.crash_at:
        crashing.arm(settings.crash_at)
    if settings.id_seed:
        ids.take_from(ids_from(f"{settings.id_seed}-{service.name}"))


async def _prepared(service: Service, settings: Settings, databases: Databases) -> None:
    """In development a new database is prepared at the start; in production that is a job."""
    if settings.environment == "development":
        outdated = await prepare(service, databases)
        if outdated:  # `fairlead rebuild` makes them anew; requests that need new columns fail
            log.warning("read tables found of an older form", extra={"schemas": outdated})
    else:
        await assert_prepared(service, databases)

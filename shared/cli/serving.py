"""`fairlead serve`, `worker`, `up`: processes that stay until they are told to end."""

import time
from typing import Annotated

import typer
from pydantic import ValidationError

from shared import runtime, settings
from shared.cli.output import console, errors
from shared.cli.reaching import OneService
from shared.provisioning import Databases, databases_at
from shared.runtime import Serving, system
from shared.runtime.system import System
from shared.settings import BusSettings, Settings

Database = Annotated[
    str, typer.Option(help="postgresql://… of a server to use; none: an embedded one.")
]
BusAddress = Annotated[
    str, typer.Option("--bus", help="How events travel: log, or kafka://host:port.")
]
LOOK_SECONDS = 0.5


def serve(
    service: OneService,
    *,
    with_worker: Annotated[
        bool, typer.Option("--with-worker", help="Run the service's loops in the same process.")
    ] = False,
    until_stdin_closes: Annotated[
        bool, typer.Option("--until-stdin-closes", help="End also when standard input does.")
    ] = False,
    listening_at: Annotated[
        int | None, typer.Option(help="Descriptor of a socket that listens already.", hidden=True)
    ] = None,
    bus: BusAddress = "",
) -> None:
    """Answer the requests to one service, until SIGTERM."""
    chosen = with_options(settings.load(), bus=bus)
    described = runtime.service_named(service)
    how = Serving(
        with_worker=with_worker, until_stdin_closes=until_stdin_closes, listening_at=listening_at
    )
    runtime.serve(described, chosen, _databases(chosen), how)


def worker(service: OneService, *, bus: BusAddress = "") -> None:
    """Sequence and consume events and keep the timers of one service, until SIGTERM."""
    chosen = with_options(settings.load(), bus=bus)
    runtime.work(runtime.service_named(service), chosen, _databases(chosen))


def up(*, database: Database = "", bus: BusAddress = "") -> None:
    """Start a database and the four services on this machine, until Ctrl-C."""
    chosen = with_options(settings.load(), database=database, bus=bus)
    errors.print("starting a database and the four services …")
    try:
        with system.running(chosen) as running:
            show_addresses(running)
            errors.print("Ctrl-C stops all of it.")
            while True:
                running.assert_running()
                time.sleep(LOOK_SECONDS)
    except KeyboardInterrupt:
        errors.print("stopped")


def with_options(chosen: Settings, *, database: str = "", bus: str = "") -> Settings:
    """The settings with what the command line says instead.

    Raises:
        BadParameter: there is no such bus, or this is no address of a Postgres server.
    """
    if bus:
        chosen = chosen.model_copy(update={"bus": _bus_at(bus, chosen.bus)})
    if not database:
        return chosen
    if not database.startswith(("postgresql://", "postgres://")):
        message = f"{database}: say postgresql://user@host:port"
        raise typer.BadParameter(message, param_hint="--database")
    there = chosen.database.model_copy(update={"server": database, "servers": {}})
    return chosen.model_copy(update={"database": there})


def _bus_at(url: str, settled: BusSettings) -> BusSettings:
    try:
        return BusSettings.model_validate({**settled.model_dump(), "url": url})
    except ValidationError as error:
        message = f"{url}: say log, or kafka://host:port"
        raise typer.BadParameter(message, param_hint="--bus") from error


def show_addresses(running: System) -> None:
    """Where everything answers."""
    for name, address in running.addresses.items():
        console.print(f"{name:<12} {address}/docs")
    console.print(f"{'console':<12} {running.addresses['metrics']}/console")
    console.print(f"{'database':<12} {running.database_address}", soft_wrap=True)
    console.print(f"{'logs':<12} {running.logs}", soft_wrap=True)


def _databases(chosen: Settings) -> Databases:
    """What one process alone is told: it starts no server.

    Raises:
        BadParameter: nobody said where the databases are.
    """
    if not (chosen.database.server or chosen.database.servers):
        message = "say where the databases are: FAIRLEAD_DATABASE__SERVER (fairlead up starts one)"
        raise typer.BadParameter(message)
    return databases_at(chosen.database)

"""`fairlead serve`, `worker`, `up`: processes that stay until they are told to end."""

import time
from typing import Annotated

import typer

from shared import runtime, settings
from shared.cli.output import console, errors
from shared.cli.reaching import OneService
from shared.provisioning import Databases, databases_at
from shared.runtime import system
from shared.runtime.system import System
from shared.settings import Settings

Database = Annotated[
    str, typer.Option(help="postgresql://… of a server to use; none: an embedded one.")
]
BusAddress = Annotated[str, typer.Option("--bus", help="How events travel: log.")]
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
) -> None:
    """Answer the requests to one service, until SIGTERM."""
    chosen = settings.load()
    described = runtime.service_named(service)
    runtime.serve(
        described,
        chosen,
        _databases(chosen),
        with_worker=with_worker,
        until_stdin_closes=until_stdin_closes,
    )


def worker(service: OneService) -> None:
    """Sequence and consume events and keep the timers of one service, until SIGTERM."""
    chosen = settings.load()
    runtime.work(runtime.service_named(service), chosen, _databases(chosen))


def up(*, database: Database = "", bus: BusAddress = "log") -> None:
    """Start a database and the four services on this machine, until Ctrl-C."""
    chosen = with_options(settings.load(), database, bus)
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


def with_options(chosen: Settings, database: str, bus: str) -> Settings:
    """The settings with what the command line says instead.

    Raises:
        BadParameter: there is no such bus, or this is no address of a Postgres server.
    """
    if bus != "log":
        message = f"{bus}: only the log can be followed so far; say --bus log"
        raise typer.BadParameter(message, param_hint="--bus")
    if not database:
        return chosen
    if not database.startswith(("postgresql://", "postgres://")):
        message = f"{database}: say postgresql://user@host:port"
        raise typer.BadParameter(message, param_hint="--database")
    there = chosen.database.model_copy(update={"server": database, "servers": {}})
    return chosen.model_copy(update={"database": there})


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

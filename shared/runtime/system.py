"""The four services on this machine: a database, and one process a service."""

import asyncio
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

import httpx

from shared import embedded, provisioning
from shared.errors import Unavailable
from shared.frozen import frozen
from shared.provisioning import SERVICES, Databases, databases_at
from shared.runtime.broker import assert_answering
from shared.settings import PREFIX, Settings

START_SECONDS = 60.0
STOP_SECONDS = 5.0
LOOK_SECONDS = 0.1
LINES_SHOWN = 8


class PortTaken(Unavailable):
    """Another program already listens on this port."""


class ServiceStopped(Unavailable):
    """A service stopped by itself."""


@frozen
class System:
    """What runs, and where it can be reached."""

    addresses: Mapping[str, str]  # by service: http://host:port
    databases: Databases
    database_address: str  # for tools
    logs: Path  # one file a service
    processes: Mapping[str, subprocess.Popen[bytes]]

    def assert_running(self) -> None:
        """Look at every process.

        Raises:
            ServiceStopped: with the end of its log.
        """
        for name, process in self.processes.items():
            if process.poll() is not None:
                end = _end_of((self.logs / f"{name}.log").read_text(errors="replace"))
                message = f"{name} stopped ({process.returncode}); its log ends:\n{end}"
                raise ServiceStopped(message)


@contextmanager
def running(settings: Settings, *, free_ports: bool = False) -> Iterator[System]:
    """Start everything, wait until it is ready, and stop it at the end of the block.

    Args:
        settings: without a database server, an embedded one is started.
        free_ports: take others where the ports of the settings are taken.

    Raises:
        Unavailable: the broker of the settings does not answer; services alone would wait for it.
        PortTaken: a port is taken and must not be another.
        ServiceStopped: a service did not come up.
    """
    asyncio.run(assert_answering(settings.bus))
    with ExitStack() as stack:
        doors = {
            name: stack.enter_context(_door(settings, name, free=free_ports)) for name in SERVICES
        }
        ports: Mapping[str, int] = {name: door.getsockname()[1] for name, door in doors.items()}
        stack.enter_context(_ended_like_by_ctrl_c())
        databases, address = stack.enter_context(database(settings))
        logs = settings.database.folder.absolute().parent / "logs"
        logs.mkdir(parents=True, exist_ok=True)
        environment = _environment(ports, databases, settings.bus.url)
        processes = stack.enter_context(_processes(environment, logs, doors))
        system = System(
            addresses={name: f"http://{settings.http.host}:{ports[name]}" for name in SERVICES},
            databases=databases,
            database_address=address,
            logs=logs,
            processes=processes,
        )
        _wait_until_ready(system)
        yield system


@contextmanager
def database(settings: Settings) -> Iterator[tuple[Databases, str]]:
    """Where the databases are, and an address for tools: the settings' server, or an embedded one.

    The embedded one is started, and stopped at the end of the block if nobody else uses it.
    """
    there = settings.database
    if there.server or there.servers:
        yield databases_at(there), there.server
    else:
        with embedded.running(there.folder, port=there.port) as server:
            databases = Databases(server=server.server, password=server.password)
            asyncio.run(_made(databases))
            yield databases, server.tcp


async def _made(databases: Databases) -> None:
    """All four before any service starts: each reads the logs of the others."""
    await provisioning.create(databases)
    await provisioning.migrate(databases)


def _environment(ports: Mapping[str, int], databases: Databases, bus: str) -> Mapping[str, str]:
    return {
        f"{PREFIX}BUS__URL": bus,
        **{f"{PREFIX}HTTP__{service.upper()}_PORT": str(ports[service]) for service in ports},
        f"{PREFIX}DATABASE__SERVER": databases.server,
        f"{PREFIX}DATABASE__SERVERS": json.dumps(dict(databases.servers)),
        f"{PREFIX}DATABASE__PASSWORD": databases.password,
    }


@contextmanager
def _processes(
    environment: Mapping[str, str], logs: Path, doors: Mapping[str, socket.socket]
) -> Iterator[Mapping[str, subprocess.Popen[bytes]]]:
    processes: dict[str, subprocess.Popen[bytes]] = {}

    def options(door: socket.socket) -> Sequence[str]:
        return ("--with-worker", "--until-stdin-closes", "--listening-at", str(door.fileno()))

    try:
        for name in SERVICES:
            # Our own end of its door is closed at once: a service that has ended refuses callers.
            with (logs / f"{name}.log").open("wb") as log, doors[name] as door:
                processes[name] = subprocess.Popen(  # noqa: S603  # our own program
                    [sys.executable, "-m", "shared.cli", "serve", name, *options(door)],
                    stdin=subprocess.PIPE,  # it closes when we end, however we end
                    stdout=log,
                    stderr=subprocess.STDOUT,
                    env={**os.environ, **environment},
                    pass_fds=(door.fileno(),),
                    start_new_session=True,  # Ctrl-C is for us, who stop them in order
                )
        yield processes
    finally:
        _stop(list(processes.values()))


def _stop(processes: Sequence[subprocess.Popen[bytes]]) -> None:
    for process in processes:
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
    until = time.monotonic() + STOP_SECONDS
    for process in processes:
        if process.stdin is not None:
            process.stdin.close()
        try:
            process.wait(max(0.0, until - time.monotonic()))
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


@contextmanager
def _ended_like_by_ctrl_c() -> Iterator[None]:
    """Let SIGTERM end the block in order, too."""

    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _wait_until_ready(system: System) -> None:
    until = time.monotonic() + START_SECONDS
    waiting = set(system.addresses)
    while waiting:
        system.assert_running()
        if time.monotonic() > until:
            message = f"not ready after {START_SECONDS:.0f} s: {', '.join(sorted(waiting))}"
            raise ServiceStopped(message)
        waiting = {name for name in waiting if not _is_ready(system.addresses[name])}
        time.sleep(LOOK_SECONDS)


def _is_ready(address: str) -> bool:
    try:
        return httpx.get(f"{address}/readyz", timeout=1).is_success
    except httpx.TransportError:
        return False


def _door(settings: Settings, service: str, *, free: bool) -> socket.socket:
    """A socket that listens for a service which is yet to start: nobody can take its port."""
    wanted = (settings.http.host, settings.http.port_of(service))
    try:
        return socket.create_server(wanted)
    except OSError as reason:
        if not free:
            name = f"{PREFIX}HTTP__{service.upper()}_PORT"
            message = f"port {wanted[1]} is taken: set {name} to another"
            raise PortTaken(message) from reason
        return socket.create_server((settings.http.host, 0))


def _end_of(log: str) -> str:
    """The last lines of a log as a person reads them: what happened, then the end of why."""
    told: list[str] = []
    for line in log.splitlines()[-LINES_SHOWN:]:
        try:
            fields = json.loads(line)
            told += str(fields["event"]).splitlines()
            told += [f"{each['exc_type']}: {each['exc_value']}" for each in fields["exception"]]
        except (ValueError, KeyError, TypeError):
            if not line.startswith("{"):
                told.append(line)
    return "\n".join(told[-LINES_SHOWN:])

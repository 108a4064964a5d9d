"""All that plays: a database, the four services, the wires between them, and who gives tokens."""

import asyncio
import os
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TypeVar

import asyncpg

from shared import provisioning
from shared.auth import DevelopmentIssuer, development_issuer
from shared.frozen import frozen
from shared.provisioning import SERVICES, Databases
from shared.settings import PREFIX, AuthSettings, Settings
from tests.broker import Broker, own_broker
from tests.faults.own_server import OwnServer, own_server
from tests.faults.programs import Keeper, Program
from tests.faults.wires import CLEAR, Exchange, Wire
from tests.patience import PATIENCE_SECONDS
from tests.ports import kept_ports

T = TypeVar("T")
WIRE_PORT = 5432  # of a Unix socket it is only a part of the name
LEASE_SECONDS = 3.0  # short, so that whoever is killed is soon missed
NEWS, LINES_MAX, LINE_CHARACTERS_MAX = '"level":"info"', 20, 2_000


@frozen
class Stage:
    """What runs, and what of it can be broken."""

    folder: Path
    server: OwnServer
    databases: Databases  # reached directly, past all wires
    programs: Mapping[str, Program]
    wires: Mapping[str, Wire]  # by service: from it to all databases
    keeper: Keeper
    exchange: Exchange
    broker: Broker | None  # None: the services follow each other's logs
    broker_wire: Wire | None  # the only way to it
    disk: Path | None  # the database's, where it has one of its own
    broker_disk: Path | None
    environment: Mapping[str, str]  # settings of all services, without their prefix
    issuer: DevelopmentIssuer

    @property
    def addresses(self) -> Mapping[str, str]:
        return {name: program.address for name, program in self.programs.items()}

    def heal(self) -> None:
        """Everything runs, and everybody reaches everybody; then wait until all are ready."""
        _clear(self)
        self.server.start()
        if self.broker is not None:
            self.broker.start()
        self.keeper.wait_until_ready()

    @contextmanager
    def copy(self, service: str) -> Iterator[Program]:
        """Another process of a service, beside the one there is; ended with the block."""
        with kept_ports(1) as (port,):
            told = _told(self.folder, service, port, self.environment)
            program = Program(service, port, told, self.folder / f"{service}-{port}.log")
            program.start()
            try:
                yield program
            finally:
                program.end()

    def ask(self, service: str, question: Callable[[asyncpg.Connection], Awaitable[T]]) -> T:
        """What a database answers to its administrator, past all policies."""

        async def asked() -> T:
            name = self.databases.name(service)
            connection = await asyncpg.connect(self.databases.administrator(service, name))
            try:
                return await question(connection)
            finally:
                await connection.close()

        return asyncio.run(asked())

    def value(self, service: str, query: str, *values: object) -> object:
        """The one value that a query finds."""
        return self.ask(service, lambda database: database.fetchval(query, *values))


@contextmanager
def raised(
    *, disk: Path | None = None, broker_disk: Path | None = None, **environment: str
) -> Iterator[Stage]:
    """A stage of one's own, with a broker if there is a folder for it.

    `disk` is where the database keeps its files. The environment holds settings of the services
    without their prefix.
    """
    with ExitStack() as stack:
        home = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="faults-")))
        home.chmod(0o755)  # the database's own user walks through it
        server = stack.enter_context(own_server((disk or home) / "postgres"))
        databases = asyncio.run(_made(server))
        exchange = stack.enter_context(Exchange())
        broker = broker_wire = None
        if broker_disk is not None:
            (port,) = stack.enter_context(kept_ports(1))
            broker, broker_wire = stack.enter_context(_broker(exchange, broker_disk, port))
            environment["BUS__URL"] = f"kafka://localhost:{port}"
        wires = {name: _wire(exchange, server, home / name) for name in SERVICES}
        programs = stack.enter_context(_programs(home, environment))
        keeper = stack.enter_context(Keeper(programs.values()))
        stage = Stage(
            folder=home,
            server=server,
            databases=databases,
            programs=programs,
            wires=wires,
            keeper=keeper,
            exchange=exchange,
            broker=broker,
            broker_wire=broker_wire,
            disk=disk,
            broker_disk=broker_disk,
            environment=environment,
            issuer=_issuer(home),
        )
        stack.callback(lambda: _clear(stage))
        keeper.wait_until_ready()
        yield stage


def _issuer(home: Path) -> DevelopmentIssuer:
    key = AuthSettings(development_key=home / "issuer.json")
    return development_issuer(Settings(auth=key))


@contextmanager
def _programs(home: Path, environment: Mapping[str, str]) -> Iterator[Mapping[str, Program]]:
    with kept_ports(len(SERVICES)) as ports:
        yield {
            name: Program(name, port, _told(home, name, port, environment), home / f"{name}.log")
            for name, port in zip(SERVICES, ports, strict=True)
        }


def _clear(stage: Stage) -> None:
    """Nobody waits for a silent wire or a stopped process any more."""
    for wire in (*stage.wires.values(), stage.broker_wire):
        if wire is not None:
            wire.weather = CLEAR
    for program in stage.programs.values():
        program.resume()


@contextmanager
def _broker(exchange: Exchange, folder: Path, port: int) -> Iterator[tuple[Broker, Wire]]:
    """A broker that everybody reaches over a wire of ours."""
    options = {"advertised.listeners": f"PLAINTEXT://localhost:{port}"}
    with own_broker(folder, options) as broker:
        wire = exchange.over_tcp(port, int(broker.address.rpartition(":")[2]))
        yield broker, wire


async def _made(server: OwnServer) -> Databases:
    """All four before any service starts: each reads the logs of the others."""
    databases = Databases(server=server.address)
    await provisioning.create(databases)
    await provisioning.migrate(databases)
    return databases


def _wire(exchange: Exchange, server: OwnServer, folder: Path) -> Wire:
    folder.mkdir()
    return exchange.over_sockets(folder / f".s.PGSQL.{WIRE_PORT}", lambda: server.socket)


def _told(home: Path, service: str, port: int, environment: Mapping[str, str]) -> Mapping[str, str]:
    server = f"postgresql://postgres@/postgres?host={home / service}&port={WIRE_PORT}"
    own = {
        f"HTTP__{service.upper()}_PORT": str(port),
        "DATABASE__SERVER": server,
        "AUTH__DEVELOPMENT_KEY": str(home / "issuer.json"),
        "VAULT__DEVELOPMENT_KEY": str(home / "master-key"),
        "BUS__LEASE_SECONDS": str(LEASE_SECONDS),
        **environment,
    }
    return {f"{PREFIX}{name}": value for name, value in own.items()}


def complaints(stage: Stage) -> str:
    """What the services logged last that is more than news."""
    return "\n".join(
        f"{name}: {line[:LINE_CHARACTERS_MAX]}"
        for name, program in stage.programs.items()
        for line in [each for each in program.log.splitlines() if NEWS not in each][-LINES_MAX:]
    )


def is_root() -> bool:
    """Whether mounts and the like may be made."""
    return os.geteuid() == 0


def pause(seconds: float) -> None:
    """Let the fault last, or the load go on."""
    time.sleep(seconds)


def sooner_or_later(claim: Callable[[], bool]) -> None:
    """Wait until it is true; a busy machine takes its time.

    Raises:
        AssertionError: it does not come true.
    """
    until = time.monotonic() + PATIENCE_SECONDS
    while not claim():
        assert time.monotonic() < until, f"not within {PATIENCE_SECONDS:.0f} s"
        pause(0.1)

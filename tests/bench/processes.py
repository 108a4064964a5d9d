"""Programs under load: a real service, and the bare one that it is compared with."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TypeAlias

import httpx

from shared.auth import Role
from shared.auth.development import development_issuer
from shared.ids import new_id
from shared.settings import PREFIX, AuthSettings, Settings
from tests.bench.facts import TENANT
from tests.bench.servers import Place

HOST = "127.0.0.1"
START_SECONDS = 60.0
LOOK_SECONDS = 0.05
Program: TypeAlias = subprocess.Popen[bytes]


class NotStarted(Exception):
    """A program under load did not come up."""


def program_manager(place: Place) -> str:
    """A token that the services of this place accept."""
    auth = AuthSettings(development_key=place.folder / "issuer.json")
    issuer = development_issuer(Settings(auth=auth))
    return issuer.mint(TENANT, str(new_id()), [Role.PROGRAM_MANAGER])


@contextmanager
def service_process(
    place: Place, service: str, *, with_worker: bool = True, **settings: str
) -> Iterator[int]:
    """A service, with its loops as `fairlead up` starts it or without; gives its port.

    Raises:
        NotStarted: with the end of its log.
    """
    port = _free_port()
    environment = {
        f"{PREFIX}DATABASE__SERVER": place.databases.server,
        f"{PREFIX}AUTH__DEVELOPMENT_KEY": str(place.folder / "issuer.json"),
        f"{PREFIX}VAULT__DEVELOPMENT_KEY": str(place.folder / "master-key"),
        f"{PREFIX}HTTP__{service.upper()}_PORT": str(port),
        **{PREFIX + name: value for name, value in settings.items()},
    }
    command = ["-m", "shared.cli", "serve", service, "--until-stdin-closes"]
    command += ["--with-worker"] * with_worker
    log = place.folder / f"{service}-{port}.log"
    with _running(command, environment, log) as process:
        _wait_until_answering(f"http://{HOST}:{port}/readyz", process, log)
        yield port


@contextmanager
def bare_process(place: Place, database: str) -> Iterator[int]:
    """The bare route under the same server and event loop; gives its port.

    Raises:
        NotStarted: with the end of its log.
    """
    port = _free_port()
    command = ["-m", "uvicorn", "tests.bench.bare_service:app", "--port", str(port)]
    options = ["--loop", "uvloop", "--http", "httptools", "--no-access-log"]
    log = place.folder / "bare.log"
    with _running([*command, *options], {"BARE_DATABASE": database}, log) as process:
        _wait_until_answering(f"http://{HOST}:{port}/openapi.json", process, log)
        yield port


@contextmanager
def _running(
    command: Sequence[str], environment: Mapping[str, str], log: Path
) -> Iterator[Program]:
    with log.open("wb") as out:
        process = subprocess.Popen(  # noqa: S603  # our own programs
            [sys.executable, *command],
            stdin=subprocess.PIPE,  # it closes when we end, however we end
            stdout=out,
            stderr=subprocess.STDOUT,
            env={**os.environ, **environment},
        )
    try:
        yield process
    finally:
        process.terminate()
        process.communicate()


def _wait_until_answering(address: str, process: Program, log: Path) -> None:
    until = time.monotonic() + START_SECONDS
    while time.monotonic() < until and process.poll() is None:
        try:
            if httpx.get(address, timeout=1).is_success:
                return
        except httpx.TransportError:
            time.sleep(LOOK_SECONDS)
    message = f"{address} did not answer; the log ends:\n{log.read_text()[-2_000:]}"
    raise NotStarted(message)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port: int = probe.getsockname()[1]
        return port

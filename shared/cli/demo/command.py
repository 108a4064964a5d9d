"""`fairlead demo`: a company, a program, and what came of it, on this machine."""

import fcntl
import os
import shutil
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import aiohttp
import typer
import uvloop
from rich.progress import Progress

from shared import settings
from shared.auth import Role, development_issuer
from shared.cli.demo import people_file, population
from shared.cli.demo.client import Actor, Apis
from shared.cli.demo.participants import cast
from shared.cli.demo.population import SIZES, Employee, Size
from shared.cli.demo.stage import FIRST_MOMENT, Stage
from shared.cli.demo.story import play
from shared.cli.demo.summary import Summary, gathered, pace, show
from shared.cli.output import AsJson, console, errors, progress, show_json
from shared.cli.serving import show_addresses
from shared.errors import Unavailable
from shared.frozen import frozen
from shared.runtime import system
from shared.runtime.system import System
from shared.settings import PREFIX, Settings

TENANT = "demo"
FOLDER = Path(".fairlead/demo")
CONNECTIONS = 48
CALL_SECONDS_MAX = 60
TOKEN_TTL = timedelta(hours=12)


class DemoRunning(Unavailable):
    """Another demo runs in this folder: end it with Ctrl-C where it runs, then start this one."""


class SizeName(StrEnum):
    """S: a thousand employees; M: twenty-four thousand."""

    S = "S"
    M = "M"


PeopleFile = Annotated[
    Path | None,
    typer.Option(
        "--people", exists=True, dir_okay=False, help="Your HR export instead of an invented one."
    ),
]
Stay = Annotated[
    bool | None,
    typer.Option(
        "--stay/--no-stay",
        help="Keep the services up afterwards, until Ctrl-C. Default: on a terminal, yes.",
        show_default=False,
    ),
]


def demo(
    *,
    size: Annotated[SizeName, typer.Option(help="S: 1 000 employees. M: 24 000.")] = SizeName.S,
    seed: Annotated[int, typer.Option(help="Another seed, another company.")] = 1,
    people: PeopleFile = None,
    stay: Stay = None,
    as_json: AsJson = False,
) -> None:
    """Play a mentorship program through the public APIs, and check its figures by a replay."""
    began = time.monotonic()
    with _alone():
        chosen = _prepared(seed)
        company = _company(SIZES[size.value], seed, people)
        employees = f"{len(company.people):,} employees"
        errors.print(f"starting a database and the four services ({employees}) …")
        with system.running(chosen, free_ports=True) as running:
            summary, requests = _played(running, chosen, company)
            took = time.monotonic() - began
            if as_json:
                show_json({"seconds": round(took, 1), "summary": summary})
            else:
                show(summary, console)
                console.print(pace(requests, took))
                _show_where(running, chosen)
            if sys.stdout.isatty() and not as_json if stay is None else stay:
                _wait(running)
    raise typer.Exit(0 if summary.is_replayed and not summary.parked else 1)


@contextmanager
def _alone() -> Iterator[None]:
    """One demo at a time: each begins by throwing away the data of the one before.

    Raises:
        DemoRunning: another has not ended yet.
    """
    FOLDER.parent.mkdir(exist_ok=True)
    with FOLDER.with_suffix(".lock").open("a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as reason:
            raise DemoRunning from reason
        yield


def _prepared(seed: int) -> Settings:
    """Settings of a company of its own, whose data of an earlier demo are thrown away."""
    shutil.rmtree(FOLDER, ignore_errors=True)
    FOLDER.mkdir(parents=True)
    own = {
        "DATABASE__FOLDER": str(FOLDER / "postgres"),
        "DATABASE__SERVER": "",  # whatever else is set: a story does not belong into real data
        "DATABASE__SERVERS": "{}",
        "CLOCK_START": FIRST_MOMENT.isoformat(),
        "ID_SEED": str(seed),
        "LOG__LEVEL": "warning",
        "WORKER__DEADLINE_WAIT_SECONDS": "0.1",  # months pass in a minute
    }
    for name, value in own.items():
        os.environ[PREFIX + name] = value
    return settings.load()


@frozen
class Company:
    """Who is in the story."""

    size: Size
    people: Sequence[Employee]
    export: bytes  # the HR file that is imported
    seed: int


def _company(size: Size, seed: int, file: Path | None) -> Company:
    """The people of a file, or invented ones.

    Raises:
        TooFewPeople: the file has not enough of them.
    """
    if file is None:
        people = population.employees(size, seed)
        population.write_csv(people, FOLDER / "people.csv")
        export = (FOLDER / "people.csv").read_bytes()
    else:
        people, export = people_file.employees(file), file.read_bytes()
        size = people_file.fitting(people)
    return Company(size=size, people=people, export=export, seed=seed)


def _played(running: System, chosen: Settings, company: Company) -> tuple[Summary, Sequence[float]]:
    issuer = development_issuer(chosen)

    def mint(actor: Actor) -> str:
        return issuer.mint(TENANT, actor.subject, [Role(role) for role in actor.roles], TOKEN_TTL)

    async def story(bars: Progress) -> tuple[Summary, Sequence[float]]:
        limits = aiohttp.TCPConnector(limit=CONNECTIONS)
        patience = aiohttp.ClientTimeout(total=CALL_SECONDS_MAX)
        async with aiohttp.ClientSession(connector=limits, timeout=patience) as http:
            apis = Apis(running.addresses, mint, http)
            people = cast(company.people, company.size, company.seed)
            stage = Stage(apis, people, company.seed, bars)
            await play(stage, company.people, company.export)
            return await gathered(stage, running.databases), apis.seconds

    with progress() as bars:
        return uvloop.run(story(bars))


def _show_where(running: System, chosen: Settings) -> None:
    """Where to look, with a token that may."""
    console.print()
    show_addresses(running)
    issuer = development_issuer(chosen)
    roles = [Role.PROGRAM_MANAGER, Role.AUDITOR, Role.OPERATOR]
    token = issuer.mint(TENANT, "auditor", roles, TOKEN_TTL)
    address = f"{running.addresses['metrics']}/console#token={token}"
    console.print(f"{'signed in':<12} {address}", soft_wrap=True, markup=False)


def _wait(running: System) -> None:
    errors.print("Ctrl-C stops all of it.")
    try:
        while True:
            running.assert_running()
            time.sleep(0.5)
    except KeyboardInterrupt:
        errors.print("stopped")

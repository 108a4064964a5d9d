"""`fairlead demo`: a company, a program, and what came of it, on this machine or against others."""

import fcntl
import os
import shutil
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import timedelta
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer
import uvloop

from shared import settings
from shared.cli.demo import company as companies
from shared.cli.demo.client import Actor
from shared.cli.demo.company import Company
from shared.cli.demo.population import SIZES, Size
from shared.cli.demo.stage import FIRST_MOMENT, SERVICES
from shared.cli.demo.summary import pace, show
from shared.cli.demo.venue import Venue, played, venue_against, venue_of
from shared.cli.output import AsJson, console, errors, show_json
from shared.cli.serving import BusAddress, Database, show_addresses, with_options
from shared.errors import Unavailable
from shared.frozen import frozen
from shared.ids import new_id
from shared.runtime import system
from shared.runtime.broker import remove_topics
from shared.runtime.system import System
from shared.settings import PREFIX, Settings

TENANT = "demo"
FOLDER = Path(".fairlead/demo")
LOOKER = Actor(subject="auditor", roles=("program_manager", "auditor", "operator"))


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
Against = Annotated[
    bool,
    typer.Option(
        "--against",
        help="Play on services that run already: a tenant of its own, their time moved on.",
    ),
]
At = Annotated[
    list[str] | None,
    typer.Option(
        "--at", metavar="SERVICE=URL", help="Where one answers, with --against; else the settings."
    ),
]


@frozen
class Wanted:
    """What story is asked for."""

    size: Size
    seed: int
    people: Path | None

    def company(self, later: timedelta) -> Company:
        """Who is in it, if it begins so much later.

        Raises:
            TooFewPeople: the file has not enough of them.
        """
        if self.people is not None:
            return companies.of_file(self.people, self.seed, later)
        FOLDER.mkdir(parents=True, exist_ok=True)
        return companies.invented(self.size, self.seed, FOLDER, later)


@frozen
class Ready:
    """Who plays where, and what is told and done when the story is over."""

    venue: Venue
    company: Company
    tell: Callable[[], None]
    stay: Callable[[], None]


def demo(
    *,
    size: Annotated[SizeName, typer.Option(help="S: 1 000 employees. M: 24 000.")] = SizeName.S,
    seed: Annotated[int, typer.Option(help="Another seed, another company.")] = 1,
    people: PeopleFile = None,
    bus: BusAddress = "",
    against: Against = False,
    at: At = None,
    database: Database = "",
    stay: Stay = None,
    as_json: AsJson = False,
) -> None:
    """Play a mentorship program through the public APIs, and check its figures by a replay."""
    began = time.monotonic()
    wanted = Wanted(size=SIZES[size.value], seed=seed, people=people)
    _assert_fitting(against=against, bus=bus, only_against=[*(at or ()), *filter(None, [database])])
    with _alone(), _there(wanted, at or (), database) if against else _here(wanted, bus) as ready:
        summary, requests = played(ready.venue, ready.company)
        took = time.monotonic() - began
        if as_json:
            show_json({"seconds": round(took, 1), "summary": summary})
        else:
            show(summary, console)
            console.print(pace(requests, took))
            console.print()
            ready.tell()
            _show_signed_in(ready.venue)
        if sys.stdout.isatty() and not as_json if stay is None else stay:
            ready.stay()
    raise typer.Exit(0 if summary.is_good else 1)


def _assert_fitting(*, against: bool, bus: str, only_against: Sequence[str]) -> None:
    if against and bus:
        message = "services that run already have their bus: leave --bus out"
        raise typer.BadParameter(message, param_hint="--bus")
    if only_against and not against:
        message = "a story does not belong into real data: only with --against"
        raise typer.BadParameter(message, param_hint="--at, --database")


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


@contextmanager
def _here(wanted: Wanted, bus: str) -> Iterator[Ready]:
    """On a database and services that are started for the story, and stopped after it."""
    chosen = _prepared(wanted.seed, bus)
    company = wanted.company(timedelta())
    employees = f"{len(company.people):,} employees"
    errors.print(f"starting a database and the four services ({employees}) …")
    with _forgotten(chosen), system.running(chosen, free_ports=True) as running:
        venue = venue_of(chosen, running.addresses, TENANT, running.databases)
        yield Ready(
            venue=venue,
            company=company,
            tell=lambda: show_addresses(running),
            stay=lambda: _wait(running),
        )


@contextmanager
def _forgotten(chosen: Settings) -> Iterator[None]:
    """What a broker keeps of the story is of no use after it."""
    try:
        yield
    finally:
        try:
            uvloop.run(remove_topics(chosen.bus))
        except Unavailable as reason:
            errors.print(f"topics {chosen.bus.topic_prefix}… are left: {reason}", markup=False)


@contextmanager
def _there(wanted: Wanted, at: Sequence[str], database: str) -> Iterator[Ready]:
    """On services that run already, which go on afterwards.

    Raises:
        Unavailable: they do not answer, do not know us, or do not let time be moved.
    """
    venue = venue_against(with_options(settings.load(), database=database), _named(at))
    company = wanted.company(venue.later)
    since = f"{venue.first_moment:%Y-%m-%d}"
    errors.print(f"playing for tenant {venue.tenant} from {since} on, on services that run already")
    yield Ready(venue=venue, company=company, tell=lambda: None, stay=lambda: None)


def _named(at: Sequence[str]) -> Mapping[str, str]:
    """Addresses by service, as they were said.

    Raises:
        BadParameter: not as SERVICE=URL.
    """
    named: dict[str, str] = {}
    for each in at:
        name, _, address = each.partition("=")
        if name not in SERVICES or not address.startswith(("http://", "https://")):
            message = f"{name}={address}: say SERVICE=http://host:port of {', '.join(SERVICES)}"
            raise typer.BadParameter(message, param_hint="--at")
        named[name] = address
    return named


def _prepared(seed: int, bus: str) -> Settings:
    """Settings of a company of its own, whose data of an earlier demo are thrown away."""
    shutil.rmtree(FOLDER, ignore_errors=True)
    FOLDER.mkdir(parents=True)
    own = {
        "DATABASE__FOLDER": str(FOLDER / "postgres"),
        "DATABASE__SERVER": "",  # whatever else is set: a story does not belong into real data
        "DATABASE__SERVERS": "{}",
        "BUS__TOPIC_PREFIX": f"fairlead-demo-{new_id().hex[-8:]}.",
        "CLOCK_START": FIRST_MOMENT.isoformat(),
        "ID_SEED": str(seed),
        "LOG__LEVEL": "warning",
        "WORKER__DEADLINE_WAIT_SECONDS": "0.1",  # months pass in a minute
    }
    for name, value in own.items():
        os.environ[PREFIX + name] = value
    return with_options(settings.load(), bus=bus)


def _show_signed_in(venue: Venue) -> None:
    """Where to look, with a token that may."""
    address = f"{venue.addresses['metrics']}/console#token={venue.token(LOOKER)}"
    console.print(f"{'signed in':<12} {address}", soft_wrap=True, markup=False)


def _wait(running: System) -> None:
    errors.print("Ctrl-C stops all of it.")
    try:
        while True:
            running.assert_running()
            time.sleep(0.5)
    except KeyboardInterrupt:
        errors.print("stopped")

"""`fairlead doctor`: one page that says what is wrong, or that nothing is."""

import asyncio
from collections.abc import Iterator, Sequence

import typer
import uvloop
from pydantic import ValidationError
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from shared import embedded, settings
from shared.cli.doctor import broker, surroundings
from shared.cli.doctor.database import DatabaseVisit
from shared.cli.doctor.findings import LIMITS, Limits, Seen, counted, wrong
from shared.cli.output import AsJson, console, errors, show_json
from shared.cli.serving import BusAddress, Database, with_options
from shared.provisioning import SERVICES, Databases, databases_at
from shared.runtime import service_named
from shared.settings import DatabaseSettings, Settings, UnknownSetting

WIDTH_MAX = 100
CANNOT_LOOK = 2


def doctor(*, database: Database = "", bus: BusAddress = "", as_json: AsJson = False) -> None:
    """Say what is wrong, and what to do; exit code 1 if something is, 2 if it cannot look."""
    try:
        chosen = with_options(settings.load(), database=database, bus=bus)
    except (UnknownSetting, ValidationError) as reason:
        errors.print(f"fairlead: the settings cannot be used: {reason}", markup=False)
        errors.print("fairlead config check says more.")
        raise typer.Exit(CANNOT_LOOK) from reason
    seen = uvloop.run(examined(chosen))
    findings = [finding for each in seen for finding in each.findings]
    if as_json:
        show_json({"healthy": not findings, "findings": findings, "parts": seen})
    else:
        _show(seen)
    raise typer.Exit(1 if findings else 0)


async def examined(chosen: Settings, limits: Limits = LIMITS) -> Sequence[Seen]:
    """Look at everything, at once; nothing is started and nothing changed."""
    databases = _databases(chosen.database)
    where = surroundings.addresses(chosen.http, SERVICES)
    looks = [surroundings.processes(where)]
    if databases is not None:
        over_kafka = chosen.bus.is_kafka
        visits = [DatabaseVisit(service_named(name), databases, limits) for name in SERVICES]
        looks = [*(visit.seen(over_kafka=over_kafka) for visit in visits), *looks]
        if over_kafka:
            looks.append(broker.seen(chosen.bus, databases))
    seen = list(await asyncio.gather(*looks))
    if databases is None:
        seen = [_nothing_runs(chosen.database), *seen]
    if not (chosen.database.server or chosen.database.servers):
        seen.append(surroundings.disk(chosen.database.folder, limits))
    return seen


def _databases(there: DatabaseSettings) -> Databases | None:
    """The server of the settings, or the embedded one if it runs."""
    if there.server or there.servers:
        return databases_at(there)
    server = embedded.found(there.folder)
    return None if server is None else Databases(server=server.server, password=server.password)


def _nothing_runs(there: DatabaseSettings) -> Seen:
    says = f"No server is named, and none runs on {there.folder}."
    remedy = "Start everything, `fairlead up`, or set FAIRLEAD_DATABASE__SERVER."
    return Seen(part="database", findings=[wrong("database", "database-away", says, remedy)])


def _show(seen: Sequence[Seen]) -> None:
    table = Table.grid(padding=(0, 2, 0, 0))
    table.add_column()
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    for row in _rows(seen):
        table.add_row(*row)
    width = min(console.width, WIDTH_MAX)
    console.print(Padding(table, (1, 0)), width=width)
    wrong = sum(len(each.findings) for each in seen)
    told = counted(wrong, "thing") + f" {'is' if wrong == 1 else 'are'} wrong."
    console.print(Text(told, "bold red") if wrong else Text("Nothing is wrong.", "bold green"))


def _rows(seen: Sequence[Seen]) -> Iterator[tuple[Text, Text, Text]]:
    for each in seen:
        if not each.findings:
            yield Text("ok", "green"), Text(each.part), Text(each.is_fine)
        for finding in each.findings:
            yield Text("wrong", "bold red"), Text(each.part, "bold"), Text(finding.says)
            yield Text(""), Text(""), Text(f"→ {finding.remedy}", "cyan")
        for note in each.notes:
            yield Text(""), Text(""), Text(note, "dim")

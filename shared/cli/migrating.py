"""`fairlead migrate` and `fairlead rebuild`: databases in the form that this code expects."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any

import typer

from shared import provisioning
from shared.cli.output import AsJson, console, errors, show_rows
from shared.cli.reaching import OnlyService, chosen_from, with_databases
from shared.provisioning import Databases
from shared.runtime import prepare, rebuilding, service_named


def migrate(
    *,
    service: OnlyService = None,
    create: Annotated[
        bool, typer.Option("--create", help="First make roles and databases that are missing.")
    ] = False,
    wait: Annotated[
        float, typer.Option(min=0, metavar="SECONDS", help="So long for a server that starts.")
    ] = 0.0,
) -> None:
    """Apply new migrations and make missing read tables; safe to run again, and beside others."""
    chosen = chosen_from(service)

    async def do(databases: Databases) -> list[str]:
        await provisioning.answering(databases, chosen, seconds=wait, as_administrator=create)
        if create:
            await provisioning.create(databases, chosen)
        applied = list(await provisioning.migrate(databases, chosen))
        for name in chosen:
            outdated = await prepare.prepare(service_named(name), databases)
            for each in outdated:
                console.print(f"{name}: read tables of {each} are of an older form: rebuild them")
        return applied

    applied = with_databases(do)
    for name in applied:
        console.print(f"applied {name}")
    if not applied:
        console.print("Nothing to apply.")


def rebuild(
    *,
    service: OnlyService = None,
    projection: Annotated[str, typer.Option(help="Only read tables of this name.")] = "",
    check: Annotated[
        bool, typer.Option("--check", help="Only compare; exit code 1 if a row differs.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Make read tables anew from the logs, beside the live ones, and put them in their place."""
    chosen = chosen_from(service)

    async def do(databases: Databases) -> Sequence[Mapping[str, Any]]:
        rows: list[Mapping[str, Any]] = []
        for name in chosen:
            with errors.status(f"rebuilding {name} …"):
                reports = rebuilding.rebuilt(
                    service_named(name), databases, only=projection, switch=not check
                )
                rows += [rebuilding.summary(name, report) async for report in reports]
        return rows

    rows = with_databases(do)
    show_rows(rows, as_json=as_json, nothing=f"No read tables are called {projection}.")
    raise typer.Exit(1 if not rows or (check and any(row["differs"] for row in rows)) else 0)

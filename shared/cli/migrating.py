"""`fairlead migrate` and `fairlead rebuild`: databases in the form that this code expects."""

from typing import Annotated

import typer

from shared import provisioning
from shared.cli.output import console
from shared.cli.reaching import OnlyService, chosen_from, with_databases
from shared.provisioning import Databases
from shared.runtime import prepare, service_named


def migrate(
    *,
    service: OnlyService = None,
    create: Annotated[
        bool, typer.Option("--create", help="First make roles and databases that are missing.")
    ] = False,
) -> None:
    """Apply new migrations and make missing read tables; safe to run again, and beside others."""
    chosen = chosen_from(service)

    async def do(databases: Databases) -> list[str]:
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

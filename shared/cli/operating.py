"""`fairlead lag` and `fairlead parked`: how far consumers are, and what waits for a person."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any

import asyncpg
import typer

from shared import parking
from shared.cli.output import AsJson, console, show_rows
from shared.cli.reaching import OneService, OnlyService, as_worker, chosen_from, with_databases
from shared.provisioning import SERVICES, Databases, connected

parked = typer.Typer(no_args_is_help=True, help="Messages that could not be handled.")

_LEASES = """
SELECT consumer, source, slot, number, until > clock_timestamp() AS held
FROM log.leases ORDER BY consumer, source, slot
"""
_HEADS = "SELECT slot, number FROM log.slot_heads"
_PARKED = """
SELECT id, tenant, consumer, source, stream, type, cause, attempts, waiting, parked_at
FROM log.parked WHERE NOT waiting OR $1 ORDER BY id LIMIT $2
"""


def lag(*, service: OnlyService = None, as_json: AsJson = False) -> None:
    """How many events each consumer is behind the log that it follows."""

    async def look(databases: Databases) -> Sequence[Mapping[str, Any]]:
        heads: dict[str, Mapping[int, int]] = {}
        rows: list[Mapping[str, Any]] = []
        for name in SERVICES:
            async with connected(databases.dsn(name, "worker")) as connection:
                heads[name] = dict(await connection.fetch(_HEADS))
                if name in chosen_from(service):
                    found = await connection.fetch(_LEASES)
                    rows += [{"service": name, **row} for row in found]
        return _behind(rows, heads)

    show_rows(with_databases(look), as_json=as_json, nothing="No consumer has begun yet.")


@parked.command("list")
def list_parked(
    *,
    service: OnlyService = None,
    waiting: Annotated[
        bool, typer.Option("--waiting", help="Also those that only wait behind another.")
    ] = False,
    limit: Annotated[int, typer.Option(min=1, help="At most so many a service.")] = 100,
    as_json: AsJson = False,
) -> None:
    """Messages that could not be handled, oldest first, with their cause."""

    async def look(name: str, connection: asyncpg.Connection) -> Sequence[Mapping[str, Any]]:
        found = await connection.fetch(_PARKED, waiting, limit)
        return [{"service": name, **row} for row in found]

    rows = [row for rows in as_worker(chosen_from(service), look) for row in rows]
    show_rows(rows, as_json=as_json, nothing="Nothing is parked.")


@parked.command("release")
def release(
    service: OneService, number: Annotated[int, typer.Argument(help="Its id in the list.")]
) -> None:
    """Have a message and all that waits behind it tried again, in their order."""

    async def do(_: str, connection: asyncpg.Connection) -> int:
        return await parking.release(connection, number)

    (count,) = as_worker([str(service)], do)
    console.print(f"{count} to be tried again.")


def _behind(
    rows: Sequence[Mapping[str, Any]], heads: Mapping[str, Mapping[int, int]]
) -> Sequence[Mapping[str, Any]]:
    sums: dict[tuple[str, str, str], dict[str, Any]] = {}
    for row in rows:
        key = row["service"], row["consumer"], row["source"]
        one = sums.setdefault(
            key,
            {**dict(zip(("service", "consumer", "source"), key, strict=True))}
            | {"applied": 0, "behind": 0, "slots_held": 0},
        )
        one["applied"] += row["number"]
        one["behind"] += max(0, heads.get(row["source"], {}).get(row["slot"], 0) - row["number"])
        one["slots_held"] += row["held"]
    return list(sums.values())

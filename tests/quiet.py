"""Whether anything is still under way in the databases of some services."""

from collections.abc import Iterable, Mapping
from datetime import datetime

import asyncpg

from shared.service import Service

_UNNUMBERED = """
SELECT count(*) FROM log.events AS e WHERE NOT EXISTS (SELECT FROM log.log WHERE event = e.id)
"""
_HEADS = "SELECT slot, number FROM log.slot_heads"
_HANDLED = "SELECT consumer, source, slot, number FROM log.leases"
_DUE = """
SELECT count(*) FROM read.deadlines AS d LEFT JOIN log.timers AS t USING (tenant, deadline_id)
WHERE d.due_at <= $1 AND t.note IS NULL
"""


async def under_way(
    services: Iterable[Service],
    databases: Mapping[str, asyncpg.Connection],
    now: datetime,
    *,
    over_kafka: bool = False,
) -> list[str]:
    """What is still to be done, in words; nothing: all that was caused has happened.

    What is handled is read everywhere first, and how far each log goes last: where both are
    the same, whatever the handling has caused was there already when we looked for it.

    Args:
        services: those that are waited for; sources that are none of them have nothing to tell.
        databases: of each service, by its name.
        now: timers that are due by then have to be fired.
        over_kafka: whether relays carry what is told.
    """
    waited_for = list(services)
    handled = {each.name: await _handled(databases[each.name]) for each in waited_for}
    heads: dict[str, Mapping[int, int]] = {}
    found: list[str] = []
    for service in waited_for:
        database = databases[service.name]
        if service.deadlines and (due := await database.fetchval(_DUE, now)):
            found.append(f"{service.name}: {due} timers due")
        if unnumbered := await database.fetchval(_UNNUMBERED):
            found.append(f"{service.name}: {unnumbered} events without a number")
        heads[service.name] = dict(await database.fetch(_HEADS))
    for service in waited_for:
        found += [
            f"{service.name}: {consumer} of {source} is behind"
            for consumer, source in service.consumers(over_kafka=over_kafka)
            if any(
                handled[service.name].get((consumer, source, slot), 0) < number
                for slot, number in heads.get(source, {}).items()
            )
        ]
    return found


async def _handled(database: asyncpg.Connection) -> Mapping[tuple[str, str, int], int]:
    rows = await database.fetch(_HANDLED)
    return {(row["consumer"], row["source"], row["slot"]): row["number"] for row in rows}

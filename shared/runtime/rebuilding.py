"""Read tables of a service made anew from the logs."""

from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack
from typing import Any

from shared.bus.feed import Feed
from shared.provisioning import SERVICES, Databases
from shared.rebuild import HeldLeases, HeldLog, Rebuild, RebuildReport
from shared.runtime.collecting import collect_seldom
from shared.runtime.pools import opened_pool
from shared.service import Service
from shared.settings import DatabaseSettings

OWNER_CONNECTIONS_MAX = 12
# A rebuild reads all of history in one statement after another, and compares in one.
PATIENT = DatabaseSettings(statement_timeout_seconds=3600)
# Nobody waits for an answer, and pages of events keep this process from looking at its connections.
WAIT_SECONDS_MAX = 120.0


async def rebuilt(
    service: Service, databases: Databases, *, only: str = "", switch: bool = True
) -> AsyncIterator[RebuildReport]:
    """Rebuild each projection of a service (or `only` one), and compare it with the live tables.

    Raises:
        RebuildStopped: at the first event that cannot be applied; the live tables stand.
        HistoryMissing: the logs do not have all of the history; the live tables stand.
        LiveTablesBusy: somebody held the live tables for too long; they stand.
    """
    collect_seldom()
    async with AsyncExitStack() as stack:

        async def pool(name: str, role: str) -> Any:  # noqa: ANN401  # asyncpg's pool has no types
            dsn = databases.dsn(name, role)
            opening = opened_pool(dsn, OWNER_CONNECTIONS_MAX, PATIENT, WAIT_SECONDS_MAX)
            return await stack.enter_async_context(opening)

        owner, worker = await pool(service.name, "owner"), await pool(service.name, "worker")
        others = {n: await pool(n, "reader") for n in SERVICES if n != service.name}
        bus = Feed({service.name: worker, **others})
        stack.push_async_callback(bus.close)
        for projection in (service.own, *service.foreign):
            if only in ("", projection.name):
                own = projection is service.own
                still = HeldLog(service.name, worker) if own else HeldLeases(projection)
                yield await Rebuild(owner, projection, bus).run(still, switch=switch)


def summary(service: str, report: RebuildReport) -> Mapping[str, Any]:
    """A report as one row of a table."""
    differing = [f"{each.table}: {each.difference}" for each in report.differences]
    return {
        "service": service,
        "tables": report.projection,
        "events": report.events,
        "seconds": f"{report.seconds:.2f}",
        "differs": ", ".join(differing),
        "switched": report.switched,
    }

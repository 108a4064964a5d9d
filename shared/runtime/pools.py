"""Connections of one process: one pool a role, each connection opened when it is needed."""

from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

import asyncpg
from asyncpg.pool import PoolAcquireContext

from shared.eventstore.tenant_reading import TenantConnection
from shared.frozen import frozen
from shared.projection import INLINE_SCHEMA
from shared.provisioning import SERVICES, Databases
from shared.service import Service
from shared.settings import DatabaseSettings

WAIT_SECONDS_MAX = 10.0  # for a connection: to be made, to be lent, to be given back
SILENCE_SECONDS_MAX = 5.0  # beyond the time that the server itself gives a statement
QUERIES_MAX, IDLE_SECONDS_MAX = 50_000, 300.0  # then a connection is made anew, or closed
READER_CONNECTIONS_MAX = 6  # one that listens, and those that read


class BoundedPool(asyncpg.Pool):  # type: ignore[misc]  # it has no types
    """Has nobody wait without end for a connection, nor for one that is to be given back.

    Where all connections hang in silence, whoever comes is told so instead of joining them.
    """

    wait_seconds_max: float

    def acquire(self, *, timeout: float | None = None) -> PoolAcquireContext:
        """Lend a connection; to limit what does not wait at all would cost a task each time."""
        if timeout is None and self.get_idle_size() == 0:
            timeout = self.wait_seconds_max
        return super().acquire(timeout=timeout)

    async def release(  # the signature is the pool's
        self,
        connection: Any,  # noqa: ANN401  # it has no types
        *,
        timeout: float | None = None,  # noqa: ASYNC109
    ) -> None:
        """Take a connection back; one that hangs in its last statement is given up."""
        await super().release(connection, timeout=timeout or self.wait_seconds_max)


@frozen
class Pools:
    """How one service reaches its own database, and the logs of the others."""

    app: asyncpg.Pool  # requests: sees one tenant at a time
    worker: asyncpg.Pool  # loops: sees every tenant
    readers: Mapping[str, asyncpg.Pool]  # other services' logs, by service


@asynccontextmanager
async def opened(
    service: Service, databases: Databases, settings: DatabaseSettings
) -> AsyncIterator[Pools]:
    """The pools of a service; closed at the end of the block."""
    path = ", ".join([INLINE_SCHEMA, *(each.schema for each in service.foreign), "public"])
    loops = 8 + 3 * sum(len(each.sources) for each in service.foreign) + 3 * len(service.reactions)
    who = f"fairlead {service.name}"  # whoever looks at the server's sessions knows it by this
    async with AsyncExitStack() as stack:
        sizes = {"app": settings.connections_max, "worker": max(settings.connections_max, loops)}
        own = {
            role: await stack.enter_async_context(
                opened_pool(
                    databases.dsn(service.name, role),
                    size,
                    settings,
                    search_path=path,
                    application_name=who,
                )
            )
            for role, size in sizes.items()
        }
        readers = {
            other: await stack.enter_async_context(
                opened_pool(
                    databases.dsn(other, "reader"),
                    READER_CONNECTIONS_MAX,
                    settings,
                    application_name=who,
                )
            )
            for other in SERVICES
            if other != service.name
        }
        yield Pools(app=own["app"], worker=own["worker"], readers=readers)


@asynccontextmanager
async def opened_pool(
    dsn: str,
    size: int,
    settings: DatabaseSettings,
    wait_seconds_max: float = WAIT_SECONDS_MAX,
    **session: str,
) -> AsyncIterator[asyncpg.Pool]:
    """Connections under one role; `session` are settings of each.

    Nobody waits longer than `wait_seconds_max` for one to be made, lent or taken back.
    """
    milliseconds = str(round(settings.statement_timeout_seconds * 1000))
    pool = BoundedPool(
        dsn,
        init_size=0,
        min_size=0,
        max_size=size,
        max_queries=QUERIES_MAX,
        max_inactive_connection_lifetime=IDLE_SECONDS_MAX,
        connect=None,
        setup=None,
        init=None,
        loop=None,
        record_class=asyncpg.Record,
        # A server that is cut off says nothing at all, not even that a statement took too long.
        timeout=wait_seconds_max,
        command_timeout=settings.statement_timeout_seconds + SILENCE_SECONDS_MAX,
        reset=_as_it_is,
        connection_class=TenantConnection,
        server_settings={
            "application_name": "fairlead",
            "statement_timeout": milliseconds,
            "idle_in_transaction_session_timeout": milliseconds,
            **session,
        },
    )
    pool.wait_seconds_max = wait_seconds_max
    async with pool:
        yield pool


async def _as_it_is(_: asyncpg.Connection) -> None:
    """Nothing to undo: whoever is lent a connection first says whose rows it is to see."""

"""Statements of one tenant at a time, each on its own: a read in a single round trip."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import asyncpg

from shared.database import Database, Pool
from shared.eventstore.failures import translated
from shared.eventstore.tenants import check_tenant


class TenantConnection(asyncpg.Connection):  # type: ignore[misc]  # asyncpg has no types
    """A connection that remembers whose rows it may see, so that it is only told of a change."""

    __slots__ = ("_tenant",)

    async def see(self, tenant: str) -> None:
        """Let row security show this tenant's rows, to statements outside a transaction as well."""
        if getattr(self, "_tenant", None) != tenant:
            await self.execute("SELECT set_config('app.tenant', $1, false)", tenant)
            self._tenant = tenant


@asynccontextmanager
async def tenant_reading(pool: Pool, tenant: str) -> AsyncIterator[Database]:
    """A connection that sees one tenant; `pool` lends `TenantConnection`s.

    No transaction surrounds the block: each statement is committed by itself. At the level of
    isolation that we use, a transaction would show several reads no more consistent a state.

    Raises:
        ValueError: the tenant is no slug.
        Unavailable: the database does not answer.
    """
    check_tenant(tenant)
    with translated():
        async with pool.acquire() as connection:
            await connection.see(tenant)
            yield connection

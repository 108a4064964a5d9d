"""Names of tenants, the only values of a request that stand inside a statement."""

import re

TENANT = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")


def check_tenant(tenant: str) -> None:
    """Let only a slug stand inside a statement.

    Raises:
        ValueError: the tenant is none.
    """
    if TENANT.fullmatch(tenant) is None:
        message = f"{tenant!r} is not the name of a tenant"
        raise ValueError(message)


def begin(tenant: str) -> str:
    """What opens a transaction that row security holds to a checked tenant, in one round trip."""
    return f"BEGIN; SELECT set_config('app.tenant', '{tenant}', true)"

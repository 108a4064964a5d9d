"""What the routes of a service reach: its store, its read tables, its token checks."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import field
from datetime import datetime
from typing import Protocol

from starlette.requests import Request

from shared.auth import Principal
from shared.command_handler import CommandHandler
from shared.database import Database
from shared.eventstore import EventStore
from shared.frozen import frozen
from shared.ids import TenantId
from shared.vault import Vault
from shared.vault_at_hand import lay_out


class Checked(Protocol):
    """What /readyz asks."""

    @property
    def checks(self) -> "Mapping[str, Check]":
        """By part: what is wrong with it in words, or None; any fault is a reason to wait."""
        ...

    @property
    def warnings(self) -> "Mapping[str, Check]":
        """Parts that may be away without anybody being turned away; told by ?verbose."""
        ...

    @property
    def numbers(self) -> "Numbers | None":
        """What /metrics shows of the service, beside what its process counts."""
        ...


class Verifier(Protocol):
    """Tells from a bearer token who is asking."""

    async def verify(self, token: str) -> Principal:
        """The caller.

        Raises:
            Unauthenticated: the token is not valid here and now.
        """
        ...


Reading = Callable[[TenantId], AbstractAsyncContextManager[Database]]
Check = Callable[[], Awaitable[str | None]]
Heads = Callable[[], Awaitable[Mapping[int, int]]]
Numbers = Callable[[], Awaitable[bytes]]


@frozen
class Ports:
    """Set once, as `app.state.ports`, before the first request."""

    service: str
    commands: CommandHandler
    store: EventStore
    reading: Reading  # the read tables as one tenant sees them, each statement on its own
    changing: Reading  # a transaction in the same sight, for what changes more than one row
    verifier: Verifier
    secret: bytes  # signs cursors and consistency tokens; the same in all four services
    # By other service: the projections that hear it here, which a consistency token waits for.
    consumers: Mapping[str, Sequence[str]] = field(default_factory=dict)
    # How far the projections that hear others are behind now, by the last look; None: not known.
    lag_ms: Callable[[], int | None] | None = None
    vault: Vault | None = None  # for services that seal text
    # By part: what is wrong with it in words, or None; asked by /readyz.
    checks: Mapping[str, Check] = field(default_factory=dict)
    # The same for parts without which requests are answered all the same; told by ?verbose.
    warnings: Mapping[str, Check] = field(default_factory=dict)
    numbers: Numbers | None = None  # shown by /metrics
    # To the other processes of this service, when time was moved; in development.
    tell_time: Callable[[datetime], Awaitable[None]] | None = None
    # Every consumer with each source that it hears, for /v1/ops/lag.
    hearing: Sequence[tuple[str, str]] = ()
    # By service: how far its log has come, slot by slot; asked by /v1/ops/lag.
    heads: Mapping[str, Heads] = field(default_factory=dict)
    private: frozenset[str] = frozenset()  # categories of streams that /v1/ops/streams hides


def ports_of(request: Request) -> Ports:
    """What the routes of this application reach."""
    ports: Ports = request.app.state.ports
    return ports


def have_vault_at_hand(request: Request) -> None:
    """For what a request asks, where the application has a vault."""
    vault = ports_of(request).vault
    if vault is not None:
        lay_out(vault)


def vault_of(request: Request) -> Vault:
    """The vault of this application.

    Raises:
        LookupError: it has none.
    """
    vault = ports_of(request).vault
    if vault is None:
        message = "this service was started without a vault"
        raise LookupError(message)
    return vault

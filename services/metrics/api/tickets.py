"""Tickets: let a browser, whose event streams cannot send headers, open one stream once."""

from datetime import UTC, datetime
from secrets import token_urlsafe
from typing import Annotated
from uuid import UUID

import msgspec
from fastapi import Query
from starlette.requests import Request

from shared import clock
from shared.auth import Principal, Role, Unauthenticated
from shared.envelope import Cause
from shared.errors import Conflict
from shared.eventstore import IdempotencyKey, StoredAnswer
from shared.frozen import frozen
from shared.http.arrival import Arrival, arrival_of
from shared.http.caller import caller_of
from shared.http.ports import Ports, ports_of
from shared.http.signing import Forged, sign, verify
from shared.ids import PersonId, TenantId

TICKET_SECONDS = 60
_PURPOSE = "stream-ticket"


@frozen
class Ticket:
    """One caller, one program, once."""

    number: str  # random: nobody may guess one, whatever ids are made from
    program: UUID
    opens_until: int  # seconds since 1970, by the true clock
    tenant: str
    subject: str
    person: UUID | None
    roles: tuple[str, ...]
    expires_at: float  # of the token it was given for: the stream ends then


def issued(ports: Ports, caller: Principal, program_id: UUID) -> tuple[str, datetime]:
    """A ticket for the caller, and until when it opens a stream."""
    until = int(clock.true_now().timestamp()) + TICKET_SECONDS
    ticket = Ticket(
        number=token_urlsafe(18),
        program=program_id,
        opens_until=until,
        tenant=caller.tenant,
        subject=caller.subject,
        person=caller.person,
        roles=tuple(sorted(caller.roles)),
        expires_at=caller.expires_at,
    )
    signed = sign(ports.secret, _PURPOSE, msgspec.json.encode(ticket))
    return signed, datetime.fromtimestamp(until, tz=UTC)


async def follower_of(
    request: Request,
    program_id: UUID,
    ticket: Annotated[str | None, Query(max_length=4096, description="Instead of a token.")] = None,
) -> Principal:
    """Who opens a stream: the caller of the ticket, or of the token in the header.

    Raises:
        Unauthenticated: neither is valid; a ticket is not valid twice.
    """
    if ticket is None:
        return await caller_of(request)
    ports = ports_of(request)
    try:
        read = msgspec.json.decode(verify(ports.secret, _PURPOSE, ticket), type=Ticket)
    except Forged as error:
        raise Unauthenticated from error
    if read.program != program_id or read.opens_until < clock.true_now().timestamp():
        raise Unauthenticated
    await _tear(ports, read, arrival_of(request))
    return Principal(
        tenant=TenantId(read.tenant),
        subject=read.subject,
        person=None if read.person is None else PersonId(read.person),
        roles=frozenset(map(Role, read.roles)),
        expires_at=read.expires_at,
    )


async def _tear(ports: Ports, ticket: Ticket, arrival: Arrival) -> None:
    """Use a ticket up: the key of its number can be kept once, whoever asks, on whatever copy."""
    key = IdempotencyKey(
        tenant=ticket.tenant,
        subject=ticket.subject,
        route=_PURPOSE,
        key=ticket.number,
        fingerprint="",
    )
    cause = Cause(
        tenant=TenantId(ticket.tenant),
        actor=ticket.subject,
        right="ticket",
        correlation_id=arrival.correlation_id,
        causation_id=arrival.request_id,
        traceparent=arrival.traceparent,
    )
    try:
        async with ports.store.transaction(cause) as transaction:
            if await transaction.stored_answer(key) is not None:
                raise Unauthenticated
            await transaction.keep_answer(key, StoredAnswer(status=200, headers={}, body=b""))
    except Conflict as error:
        raise Unauthenticated from error

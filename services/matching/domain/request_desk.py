"""What one enrollment has asked and is asked for: never more at once than its program allows."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import TypeAlias, assert_never

from services.matching.domain.request_refusals import (
    AskedEnough,
    RequestsLeftOpen,
    TooManyPendingRequests,
)
from shared.decider import Decider
from shared.events.matching import DeskEvent, RequestReceived, RequestSent, RequestSettled
from shared.frozen import frozen
from shared.ids import EnrollmentId, RequestId


@frozen
class SendRequest:
    enrollment_id: EnrollmentId
    request_id: RequestId
    requests_max: int  # pending at once, of who asks


@frozen
class ReceiveRequest:
    enrollment_id: EnrollmentId
    request_id: RequestId
    requests_max: int  # open at once, at who is asked
    seen_room: bool = False  # whoever commands by themselves looks again if there is none any more


@frozen
class SettleRequest:
    enrollment_id: EnrollmentId
    request_id: RequestId


@frozen
class ClearDesk:
    """All requests are settled at once, since who has the desk is paired."""

    enrollment_id: EnrollmentId
    requests: frozenset[RequestId]  # all of them, as far as who commands knows


DeskCommand: TypeAlias = SendRequest | ReceiveRequest | SettleRequest | ClearDesk


@frozen
class Desk:
    sent: frozenset[RequestId] = frozenset()
    received: frozenset[RequestId] = frozenset()


def evolve(desk: Desk, event: DeskEvent) -> Desk:
    match event:
        case RequestSent(request_id=request):
            return replace(desk, sent=desk.sent | {request})
        case RequestReceived(request_id=request):
            return replace(desk, received=desk.received | {request})
        case RequestSettled(request_id=request):
            return Desk(sent=desk.sent - {request}, received=desk.received - {request})
        case _:
            assert_never(event)


def decide(desk: Desk, command: DeskCommand, now: datetime) -> Sequence[DeskEvent]:
    match command:
        case SendRequest():
            return _send(desk, command, now)
        case ReceiveRequest():
            return _receive(desk, command, now)
        case SettleRequest(enrollment_id=where, request_id=request):
            open_here = request in desk.sent | desk.received
            return (_settled(where, request, now),) if open_here else ()
        case ClearDesk():
            return _clear(desk, command, now)
        case _:
            assert_never(command)


def _send(desk: Desk, command: SendRequest, now: datetime) -> Sequence[DeskEvent]:
    if command.request_id in desk.sent:
        return ()
    if len(desk.sent) >= command.requests_max:
        raise TooManyPendingRequests
    where, request = command.enrollment_id, command.request_id
    return (RequestSent(enrollment_id=where, request_id=request, at=now),)


def _receive(desk: Desk, command: ReceiveRequest, now: datetime) -> Sequence[DeskEvent]:
    if command.request_id in desk.received:
        return ()
    if len(desk.received) >= command.requests_max:
        raise RequestsLeftOpen if command.seen_room else AskedEnough
    where, request = command.enrollment_id, command.request_id
    return (RequestReceived(enrollment_id=where, request_id=request, at=now),)


def _clear(desk: Desk, command: ClearDesk, now: datetime) -> Sequence[DeskEvent]:
    """One that came or went meanwhile has to be answered too: who commands must look again."""
    open_here = desk.sent | desk.received
    if open_here != command.requests:
        raise RequestsLeftOpen
    where = command.enrollment_id
    return tuple(_settled(where, request, now) for request in sorted(open_here))


def _settled(where: EnrollmentId, request: RequestId, now: datetime) -> RequestSettled:
    return RequestSettled(enrollment_id=where, request_id=request, at=now)


DESK: Decider[Desk, DeskCommand, DeskEvent] = Decider(
    category="desk",
    key=lambda command: command.enrollment_id,
    initial=Desk(),
    evolve=evolve,
    decide=decide,
)

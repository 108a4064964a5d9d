"""What a yes, a withdrawal, or a pairing made elsewhere means for requests and desks."""

from collections.abc import Sequence
from typing import Any, TypeAlias

from services.matching.domain.request import REQUEST
from services.matching.domain.request_commands import (
    AcceptRequest,
    AskNext,
    CloseRequest,
    MakeRequest,
    PassOn,
)
from services.matching.domain.request_desk import DESK, ClearDesk, DeskCommand, SettleRequest
from shared.decider import Decider
from shared.events.matching import CloseReason, PassReason
from shared.frozen import frozen
from shared.ids import EnrollmentId, RequestId

Settling: TypeAlias = CloseRequest | PassOn | DeskCommand


@frozen
class OpenRequest:
    """One that waits for an answer: who asks, and who is asked now."""

    request_id: RequestId
    asker: EnrollmentId
    asked: EnrollmentId | None


def decider_of(
    command: MakeRequest | AcceptRequest | AskNext | Settling,
) -> Decider[Any, Any, Any]:
    """Who answers a command about requests."""
    if isinstance(command, MakeRequest | AcceptRequest | AskNext | CloseRequest | PassOn):
        return REQUEST
    return DESK


def closed(request: OpenRequest, reason: CloseReason) -> list[Settling]:
    """A request is over: it leaves the desk of who asked, and of who is asked."""
    where = request.request_id
    close = CloseRequest(request_id=where, asked=request.asked, reason=reason)
    desks = [who for who in (request.asker, request.asked) if who is not None]
    return [close, *(SettleRequest(enrollment_id=who, request_id=where) for who in desks)]


def passed(where: RequestId, asked: EnrollmentId, reason: PassReason) -> list[Settling]:
    """A request goes on from somebody: it leaves their desk."""
    passing = PassOn(request_id=where, asked=asked, reason=reason)
    return [passing, SettleRequest(enrollment_id=asked, request_id=where)]


def cleared(
    who: EnrollmentId,
    known: Sequence[OpenRequest],
    *,
    accepted: RequestId | None = None,
    left: bool = False,
) -> list[Settling]:
    """Nothing is asked of somebody any more, nor by them: they are paired, or have left.

    Their desk is cleared first: if something came or went meanwhile, that is told before all else.

    Args:
        who: whose desk it is.
        known: all that is open there.
        accepted: the request that has its answer already, if it was by one.
        left: whether they left the pool.
    """
    every = frozenset(each.request_id for each in known)
    commands: list[Settling] = [ClearDesk(enrollment_id=who, requests=every)]
    for each in known:
        if each.request_id == accepted:
            continue
        if each.asker == who:
            reason = CloseReason.LEFT if left else CloseReason.PAIRED
            commands += closed(each, reason)
        else:
            gone = PassReason.NOT_AVAILABLE if left else PassReason.PAIRED
            commands += passed(each.request_id, who, gone)
    return commands

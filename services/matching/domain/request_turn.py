"""What a yes takes, and whose turn is next: the commands that belong together."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Any, TypeAlias

from services.matching.domain import seating
from services.matching.domain.pairing_commands import AcceptPairing, ProposePairing
from services.matching.domain.request_commands import AcceptRequest, AskNext, MakeRequest, Skipped
from services.matching.domain.request_desk import (
    DeskCommand,
    ReceiveRequest,
    SendRequest,
    SettleRequest,
)
from services.matching.domain.request_settling import OpenRequest, Settling, cleared
from services.matching.domain.request_settling import decider_of as request_decider_of
from services.matching.domain.seating import SeatCommand
from shared.decider import Decider
from shared.events.matching import Approver, MatchingPolicySet, PassReason
from shared.events.vocabulary import Part
from shared.frozen import frozen
from shared.ids import EnrollmentId, PairingId, RequestId

Asking: TypeAlias = MakeRequest | AcceptRequest | AskNext | Settling
TurnCommand: TypeAlias = Asking | SeatCommand


@frozen
class Turn:
    """A request between two: who asked, and who is still to be asked, in their order."""

    request_id: RequestId
    asker: EnrollmentId
    waiting: Sequence[EnrollmentId]


def decider_of(command: TurnCommand) -> Decider[Any, Any, Any]:
    """Who answers a command about requests, or about what they lead to."""
    if isinstance(command, MakeRequest | AcceptRequest | AskNext | Settling):
        return request_decider_of(command)
    return seating.decider_of(command)


def asking(make: MakeRequest, policy: MatchingPolicySet) -> list[TurnCommand]:
    """The request, with a place on the desk of who asks, and of who is asked first."""
    where = make.request_id
    commands: list[TurnCommand] = [
        make,
        SendRequest(
            enrollment_id=make.asker, request_id=where, requests_max=policy.pending_requests_max
        ),
    ]
    if make.choices:
        commands.append(_received(where, make.choices[0].enrollment_id, policy))
    return commands


def accepting(
    accept: AcceptRequest,
    propose: ProposePairing,
    policy: MatchingPolicySet,
    known: Sequence[OpenRequest],
) -> list[TurnCommand]:
    """The yes, the pairing with its seats and both sides' word, and desks in order.

    Args:
        accept: the yes.
        propose: the pairing that it makes.
        policy: says whose word a pairing needs.
        known: all that is open at the mentee, this one included.
    """
    settle = SettleRequest(enrollment_id=propose.mentor, request_id=accept.request_id)
    return [
        accept,
        *seating.proposing(propose),
        *_agreed(policy, propose.pairing_id),
        settle,
        *cleared(propose.mentee, known, accepted=accept.request_id),
    ]


def turning(
    turn: Turn,
    hindrance: Callable[[EnrollmentId], PassReason | None],
    policy: MatchingPolicySet,
) -> list[AskNext | DeskCommand]:
    """The next who can be asked is asked; if nobody can, the request is over.

    Args:
        turn: the request, after whoever had the turn was passed.
        hindrance: why somebody cannot be asked now; None if they can.
        policy: says how many may be open at one of them.
    """
    skipped: list[Skipped] = []
    for who in turn.waiting:
        reason = hindrance(who)
        if reason is None:
            ask = AskNext(request_id=turn.request_id, skipped=tuple(skipped), asked=who)
            received = _received(turn.request_id, who, policy)
            return [ask, replace(received, seen_room=True)]
        skipped.append(Skipped(enrollment_id=who, reason=reason))
    over = AskNext(request_id=turn.request_id, skipped=tuple(skipped), asked=None)
    return [over, SettleRequest(enrollment_id=turn.asker, request_id=turn.request_id)]


def _received(where: RequestId, who: EnrollmentId, policy: MatchingPolicySet) -> ReceiveRequest:
    most = policy.open_requests_max
    return ReceiveRequest(enrollment_id=who, request_id=where, requests_max=most)


def _agreed(policy: MatchingPolicySet, pairing_id: PairingId) -> Iterator[AcceptPairing]:
    """The word of both sides: one by asking, the other by saying yes.

    Where a manager has to agree before one of them, that one is asked again after it.
    """
    for approver in policy.approvals:
        if approver is not Approver.MANAGER:
            yield AcceptPairing(pairing_id=pairing_id, by=Part(approver.value))
        elif policy.approvals_in_order:
            return

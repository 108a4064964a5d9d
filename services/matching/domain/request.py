"""A request to be paired: one after the other is asked, until somebody says yes."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import TypeAlias, assert_never

from services.matching.domain.pairing_refusals import HardRuleBroken, PairNotOpen
from services.matching.domain.request_commands import (
    AcceptRequest,
    AskNext,
    CloseRequest,
    MakeRequest,
    PassOn,
    RequestCommand,
    Skipped,
)
from services.matching.domain.request_refusals import (
    ChoiceNotDue,
    ChosenTwice,
    FormatNotRequested,
    NobodyChosen,
    RequestAlreadyMade,
    RequestExpired,
    RequestMoved,
    RequestNotOpen,
    RequestUnknown,
    TooManyChoices,
)
from services.matching.domain.roster import MentorAtCapacity
from shared.decider import Decider
from shared.events.matching import (
    Choice,
    ChoiceAsked,
    ChoicePassed,
    CloseReason,
    PairingFormat,
    PassReason,
    RequestAccepted,
    RequestClosed,
    RequestEvent,
    RequestMade,
)
from shared.frozen import frozen
from shared.ids import EnrollmentId, RequestId

CHOICES_MAX = 5
REQUESTED = frozenset(
    {
        PairingFormat.ONE_TO_ONE,
        PairingFormat.REVERSE,
        PairingFormat.FLASH,
        PairingFormat.SPONSOR_LED,
        PairingFormat.PEER,
    }
)
_BY_CIRCUMSTANCE = frozenset(PassReason) - {PassReason.DECLINED, PassReason.EXPIRED}


@frozen
class NotMade:
    """Nobody has made this request."""


@frozen
class Open:
    terms: RequestMade
    turn: ChoiceAsked | None = None  # None: somebody was passed, the next is not asked yet
    passed: tuple[ChoicePassed, ...] = ()


@frozen
class Accepted:
    terms: RequestMade
    answer: RequestAccepted


@frozen
class Closed:
    terms: RequestMade
    last: RequestClosed
    passed: tuple[ChoicePassed, ...]


Request: TypeAlias = NotMade | Open | Accepted | Closed


def evolve(request: Request, event: RequestEvent) -> Request:
    if isinstance(event, RequestMade):
        return Open(terms=event)
    if not isinstance(request, Open):
        return request
    match event:
        case ChoiceAsked():
            return Open(terms=request.terms, turn=event, passed=request.passed)
        case ChoicePassed():
            return Open(terms=request.terms, passed=(*request.passed, event))
        case RequestAccepted():
            return Accepted(terms=request.terms, answer=event)
        case RequestClosed():
            return Closed(terms=request.terms, last=event, passed=request.passed)
        case _:
            assert_never(event)


def decide(request: Request, command: RequestCommand, now: datetime) -> Sequence[RequestEvent]:
    if isinstance(command, MakeRequest):
        return _make(request, command, now)
    if isinstance(request, NotMade):
        raise RequestUnknown
    match command:
        case AcceptRequest():
            return _accept(request, command, now)
        case PassOn():
            return _pass(request, command, now)
        case AskNext():
            return _ask_next(request, command, now)
        case CloseRequest():
            return _close(request, command, now)
        case _:
            assert_never(command)


def remaining(request: Open) -> tuple[EnrollmentId, ...]:
    """Who has not been asked or passed, the most wanted first."""
    passed = {each.passed for each in request.passed}
    asked = None if request.turn is None else request.turn.asked
    named = (choice.enrollment_id for choice in request.terms.choices)
    return tuple(who for who in named if who not in passed and who != asked)


def _make(request: Request, command: MakeRequest, now: datetime) -> Sequence[RequestEvent]:
    if not isinstance(request, NotMade):
        raise RequestAlreadyMade  # its desks are not to be laid anew
    _check_choices(command)
    made = RequestMade(
        request_id=command.request_id,
        program_id=command.program_id,
        cohort_id=command.cohort_id,
        asker=command.asker,
        asker_person=command.asker_person,
        part=command.part,
        choices=tuple(
            Choice(enrollment_id=each.enrollment_id, person_id=each.person_id)
            for each in command.choices
        ),
        format=command.format,
        request_days=command.request_days,
        message=command.message,
        at=now,
    )
    return (made, _asked(made, command.choices[0].enrollment_id, now))


def _check_choices(command: MakeRequest) -> None:
    if command.format not in REQUESTED:
        raise FormatNotRequested(field="/format")
    if not command.choices:
        raise NobodyChosen(field="/choices")
    if len(command.choices) > CHOICES_MAX:
        raise TooManyChoices(field="/choices")
    if len({each.person_id for each in command.choices}) < len(command.choices):
        raise ChosenTwice(field="/choices")
    if command.refusal is not None:
        raise command.refusal
    for each in command.choices:
        if each.broken_rules:
            raise HardRuleBroken(", ".join(each.broken_rules))
        if not each.is_open:
            raise PairNotOpen
    if command.choices[0].refusal is not None:
        raise command.choices[0].refusal  # of the others it counts when it is their turn


def _accept(
    request: Open | Accepted | Closed, command: AcceptRequest, now: datetime
) -> Sequence[RequestEvent]:
    if isinstance(request, Accepted):
        if request.answer.accepted_by == command.by:
            return ()
        raise RequestNotOpen
    if isinstance(request, Closed) or not _has_turn(request, command.by):
        raise _too_late(request.passed, command.by)
    if request.turn is not None and now >= request.turn.answer_by:
        raise RequestExpired
    return (
        RequestAccepted(
            request_id=command.request_id,
            accepted_by=command.by,
            pairing_id=command.pairing_id,
            at=now,
        ),
    )


def _too_late(
    passed: Sequence[ChoicePassed], by: EnrollmentId
) -> RequestExpired | MentorAtCapacity | RequestNotOpen:
    """Why somebody's turn is over: what they hear is why they missed it."""
    reasons = {each.passed: each.reason for each in passed}
    match reasons.get(by):
        case PassReason.EXPIRED:
            return RequestExpired()
        case PassReason.SEATS_TAKEN:
            return MentorAtCapacity()
        case _:
            return RequestNotOpen()


def _pass(
    request: Open | Accepted | Closed, command: PassOn, now: datetime
) -> Sequence[RequestEvent]:
    passed = () if isinstance(request, Accepted) else request.passed
    if any(each.passed == command.asked for each in passed):
        return ()
    if not isinstance(request, Open) or not _has_turn(request, command.asked):
        if command.reason in _BY_CIRCUMSTANCE:
            return ()  # their turn was over already: that this came too is no news
        raise RequestNotOpen
    expiring = command.reason is PassReason.EXPIRED
    if expiring and request.turn is not None and now < request.turn.answer_by:
        raise ChoiceNotDue
    return (_passed(command.request_id, command.asked, command.reason, now),)


def _ask_next(
    request: Open | Accepted | Closed, command: AskNext, now: datetime
) -> Sequence[RequestEvent]:
    if not isinstance(request, Open):
        raise RequestMoved  # else it would come to a desk that nobody clears
    if request.turn is not None:
        if request.turn.asked == command.asked:
            return ()
        raise RequestMoved
    left = remaining(request)
    skipped = tuple(each.enrollment_id for each in command.skipped)
    expected = skipped if command.asked is None else (*skipped, command.asked)
    if left[: len(expected)] != expected or (command.asked is None and len(left) > len(skipped)):
        raise RequestMoved
    events: list[RequestEvent] = [_skip(command.request_id, each, now) for each in command.skipped]
    if command.asked is not None:
        return (*events, _asked(request.terms, command.asked, now))
    return (*events, _closed(request.terms, None, CloseReason.NOBODY_LEFT, now))


def _close(
    request: Open | Accepted | Closed, command: CloseRequest, now: datetime
) -> Sequence[RequestEvent]:
    if isinstance(request, Closed):
        return ()
    if isinstance(request, Accepted):
        if command.reason is CloseReason.WITHDRAWN:
            raise RequestNotOpen
        return ()
    asked = None if request.turn is None else request.turn.asked
    if asked != command.asked:
        raise RequestMoved
    return (_closed(request.terms, asked, command.reason, now),)


def _has_turn(request: Open, who: EnrollmentId) -> bool:
    return request.turn is not None and request.turn.asked == who


def _asked(terms: RequestMade, asked: EnrollmentId, now: datetime) -> ChoiceAsked:
    answer_by = now + timedelta(days=terms.request_days)
    return ChoiceAsked(request_id=terms.request_id, asked=asked, answer_by=answer_by, at=now)


def _passed(where: RequestId, who: EnrollmentId, reason: PassReason, now: datetime) -> ChoicePassed:
    return ChoicePassed(request_id=where, passed=who, reason=reason, at=now)


def _skip(where: RequestId, each: Skipped, now: datetime) -> ChoicePassed:
    return _passed(where, each.enrollment_id, each.reason, now)


def _closed(
    terms: RequestMade, asked: EnrollmentId | None, reason: CloseReason, now: datetime
) -> RequestClosed:
    return RequestClosed(
        request_id=terms.request_id, asker=terms.asker, asked=asked, reason=reason, at=now
    )


REQUEST: Decider[Request, RequestCommand, RequestEvent] = Decider(
    category="request",
    key=lambda command: command.request_id,
    initial=NotMade(),
    evolve=evolve,
    decide=decide,
)

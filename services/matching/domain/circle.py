"""A circle of peers: large enough to talk, small enough to be heard, and of mixed functions."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import TypeAlias, assert_never

from services.matching.domain.pairing_refusals import PairNotOpen
from shared.decider import Decider
from shared.errors import NotFound, Refused
from shared.events.matching import (
    CircleClosed,
    CircleEvent,
    CircleFormed,
    CircleJoined,
    CircleLeft,
    CircleMember,
)
from shared.frozen import frozen
from shared.ids import CircleId, CohortId, EnrollmentId, PersonId, ProgramId

ALONE = 1


@frozen
class FormCircle:
    circle_id: CircleId
    program_id: ProgramId
    cohort_id: CohortId
    members: tuple[CircleMember, ...]
    size_min: int
    size_max: int
    functions_min: int
    is_open: bool = True  # False: something stands between two of them, and nobody is told what


@frozen
class JoinCircle:
    circle_id: CircleId
    member: CircleMember
    is_open: bool = True


@frozen
class LeaveCircle:
    circle_id: CircleId
    enrollment_id: EnrollmentId


@frozen
class CloseCircle:
    circle_id: CircleId


CircleCommand: TypeAlias = FormCircle | JoinCircle | LeaveCircle | CloseCircle


class CircleUnknown(NotFound):
    """There is no such circle that you may see."""


class CircleTooSmall(Refused):
    """A circle of this program has more members: name more people."""


class CircleTooLarge(Refused):
    """A circle of this program has fewer members: form two of them."""


class CircleOfOneFunction(Refused):
    """The members of a circle come from more functions than these: mix them."""


class CircleMemberTwice(Refused):
    """Somebody is in this circle already: name each person once."""


class CircleFull(Refused):
    """This circle has no room left: join another one."""


class CircleOver(Refused):
    """This circle is closed: form a new one."""


@frozen
class NoCircle:
    """Nobody has formed this circle."""


@frozen
class Circle:
    terms: CircleFormed
    members: tuple[CircleMember, ...]
    closed: str | None = None  # why; None: it meets

    def has(self, person: PersonId) -> bool:
        """Whether somebody is a member."""
        return any(member.person_id == person for member in self.members)


State: TypeAlias = NoCircle | Circle


def evolve(circle: State, event: CircleEvent) -> State:
    if isinstance(event, CircleFormed):
        return Circle(terms=event, members=event.members)
    if isinstance(circle, NoCircle):
        return circle
    match event:
        case CircleJoined(member=member):
            return replace(circle, members=(*circle.members, member))
        case CircleLeft(enrollment_id=who):
            left = (each for each in circle.members if each.enrollment_id != who)
            return replace(circle, members=tuple(left))
        case CircleClosed(reason=reason):
            return replace(circle, closed=reason)
        case _:
            assert_never(event)


def decide(circle: State, command: CircleCommand, now: datetime) -> Sequence[CircleEvent]:
    if isinstance(command, FormCircle):
        return _form(circle, command, now)
    if isinstance(circle, NoCircle):
        raise CircleUnknown
    match command:
        case JoinCircle():
            return _join(circle, command, now)
        case LeaveCircle():
            return _leave(circle, command, now)
        case CloseCircle(circle_id=where):
            if circle.closed is not None:
                return ()
            return (CircleClosed(circle_id=where, reason="done", at=now),)
        case _:
            assert_never(command)


def _form(circle: State, command: FormCircle, now: datetime) -> Sequence[CircleEvent]:
    if not isinstance(circle, NoCircle):
        return ()
    if len({member.person_id for member in command.members}) < len(command.members):
        raise CircleMemberTwice
    if len(command.members) < command.size_min:
        raise CircleTooSmall
    if len(command.members) > command.size_max:
        raise CircleTooLarge
    if len({member.function for member in command.members}) < command.functions_min:
        raise CircleOfOneFunction
    _assert_together(command)
    return (
        CircleFormed(
            circle_id=command.circle_id,
            program_id=command.program_id,
            cohort_id=command.cohort_id,
            members=command.members,
            size_min=command.size_min,
            size_max=command.size_max,
            functions_min=command.functions_min,
            at=now,
        ),
    )


def _assert_together(command: FormCircle | JoinCircle) -> None:
    if not command.is_open:
        raise PairNotOpen


def _join(circle: Circle, command: JoinCircle, now: datetime) -> Sequence[CircleEvent]:
    if circle.closed is not None:
        raise CircleOver
    if any(each.enrollment_id == command.member.enrollment_id for each in circle.members):
        return ()
    if circle.has(command.member.person_id):
        raise CircleMemberTwice
    if len(circle.members) >= circle.terms.size_max:
        raise CircleFull
    _assert_together(command)
    return (CircleJoined(circle_id=command.circle_id, member=command.member, at=now),)


def _leave(circle: Circle, command: LeaveCircle, now: datetime) -> Sequence[CircleEvent]:
    """Who wants to go may go, however small the circle is then; one alone is no circle."""
    where, who = command.circle_id, command.enrollment_id
    if circle.closed is not None or who not in {each.enrollment_id for each in circle.members}:
        return ()
    left = CircleLeft(circle_id=where, enrollment_id=who, at=now)
    if len(circle.members) - 1 > ALONE:
        return (left,)
    return (left, CircleClosed(circle_id=where, reason="too_small", at=now))


CIRCLE: Decider[State, CircleCommand, CircleEvent] = Decider(
    category="circle",
    key=lambda command: command.circle_id,
    initial=NoCircle(),
    evolve=evolve,
    decide=decide,
)

"""A group around one mentor: several mentees, each a pairing with a seat of its own."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import TypeAlias, assert_never

from shared.decider import Decider
from shared.errors import InvalidCommand, NotFound, Refused
from shared.events.matching import GroupClosed, GroupEvent, GroupFormed, GroupJoined, GroupLeft
from shared.frozen import frozen
from shared.ids import CohortId, EnrollmentId, GroupId, PairingId, PersonId, ProgramId

GROUP_SIZE_MIN = 2


@frozen
class FormGroup:
    group_id: GroupId
    program_id: ProgramId
    cohort_id: CohortId
    mentor: EnrollmentId
    mentor_person: PersonId
    size_max: int
    mentees: int  # who are to join at once


@frozen
class JoinGroup:
    group_id: GroupId
    mentee: EnrollmentId
    mentee_person: PersonId
    pairing_id: PairingId


@frozen
class LeaveGroup:
    """The pairing is over: its place in the group is free."""

    group_id: GroupId
    pairing_id: PairingId


@frozen
class CloseGroup:
    """Nobody joins any more; pairings go on until they end."""

    group_id: GroupId


GroupCommand: TypeAlias = FormGroup | JoinGroup | LeaveGroup | CloseGroup


class GroupUnknown(NotFound):
    """There is no such group that you may see."""


class GroupTooSmall(InvalidCommand):
    """A group begins with two mentees at least: propose a single pairing for one."""


class GroupFull(Refused):
    """A group of this program has fewer mentees: form another group."""


class GroupOver(Refused):
    """This group takes nobody any more: form a new one."""


@frozen
class NoGroup:
    """Nobody has formed this group."""


@frozen
class Group:
    terms: GroupFormed
    members: tuple[GroupJoined, ...] = ()
    closed: bool = False


State: TypeAlias = NoGroup | Group


def evolve(group: State, event: GroupEvent) -> State:
    if isinstance(event, GroupFormed):
        return Group(terms=event)
    if isinstance(group, NoGroup):
        return group
    match event:
        case GroupJoined():
            return replace(group, members=(*group.members, event))
        case GroupLeft(pairing_id=pairing):
            left = (each for each in group.members if each.pairing_id != pairing)
            return replace(group, members=tuple(left))
        case GroupClosed():
            return replace(group, closed=True)
        case _:
            assert_never(event)


def decide(group: State, command: GroupCommand, now: datetime) -> Sequence[GroupEvent]:
    if isinstance(command, FormGroup):
        return _form(group, command, now)
    if isinstance(group, NoGroup):
        raise GroupUnknown
    match command:
        case JoinGroup():
            return _join(group, command, now)
        case LeaveGroup():
            return _leave(group, command, now)
        case CloseGroup(group_id=where):
            return () if group.closed else (GroupClosed(group_id=where, at=now),)
        case _:
            assert_never(command)


def _form(group: State, command: FormGroup, now: datetime) -> Sequence[GroupEvent]:
    if not isinstance(group, NoGroup):
        return ()
    if command.mentees < GROUP_SIZE_MIN:
        raise GroupTooSmall(field="/mentees")
    if command.mentees > command.size_max:
        raise GroupFull
    return (
        GroupFormed(
            group_id=command.group_id,
            program_id=command.program_id,
            cohort_id=command.cohort_id,
            mentor=command.mentor,
            mentor_person=command.mentor_person,
            size_max=command.size_max,
            at=now,
        ),
    )


def _join(group: Group, command: JoinGroup, now: datetime) -> Sequence[GroupEvent]:
    if group.closed:
        raise GroupOver
    if any(each.mentee == command.mentee for each in group.members):
        return ()
    if len(group.members) >= group.terms.size_max:
        raise GroupFull
    return (
        GroupJoined(
            group_id=command.group_id,
            mentee=command.mentee,
            mentee_person=command.mentee_person,
            pairing_id=command.pairing_id,
            at=now,
        ),
    )


def _leave(group: Group, command: LeaveGroup, now: datetime) -> Sequence[GroupEvent]:
    for each in group.members:
        if each.pairing_id == command.pairing_id:
            where, mentee = command.group_id, each.mentee
            left = GroupLeft(group_id=where, mentee=mentee, pairing_id=each.pairing_id, at=now)
            return (left,)
    return ()


GROUP: Decider[State, GroupCommand, GroupEvent] = Decider(
    category="group",
    key=lambda command: command.group_id,
    initial=NoGroup(),
    evolve=evolve,
    decide=decide,
)

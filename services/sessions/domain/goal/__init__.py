"""A goal of a mentee, or an objective of both: specific, measurable, with a date."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime
from enum import StrEnum
from typing import TypeAlias, assert_never
from uuid import UUID

from services.sessions.domain.goal.commands import (
    AchieveGoal,
    DropGoal,
    GoalClosed,
    GoalCommand,
    GoalDueInThePast,
    GoalMeasuresNothing,
    GoalNotReached,
    GoalUnknown,
    GoalWithoutDate,
    GoalWithoutMeasure,
    ObjectiveNotRevisable,
    PriorityUnknown,
    RemindOfGoal,
    ReviseGoal,
    SetGoal,
    SetJointObjective,
)
from services.sessions.domain.journey.commands import CompetencyUnknown, MenteeOnly
from services.sessions.domain.timers import Timer, goal_timer_id, notice_of
from shared.decider import Decider
from shared.events.sessions import (
    GoalAchieved,
    GoalDropped,
    GoalEvent,
    GoalMeasure,
    GoalRevised,
    GoalSet,
    JointObjectiveSet,
    ReminderIssued,
    ReminderKind,
)
from shared.events.vocabulary import Part
from shared.frozen import frozen

GoalFact: TypeAlias = GoalSet | JointObjectiveSet


class GoalStatus(StrEnum):
    """How far a goal has come."""

    OPEN = "open"
    ACHIEVED = "achieved"
    DROPPED = "dropped"


@frozen
class Goal:
    fact: GoalFact | None = None  # as it was set or last revised
    status: GoalStatus = GoalStatus.OPEN
    reminders: frozenset[UUID] = frozenset()


def evolve(goal: Goal, event: GoalEvent) -> Goal:
    """The goal after one more fact."""
    match event:
        case GoalSet() | JointObjectiveSet():
            return replace(goal, fact=event)
        case GoalRevised(text=text, measure=measure, due_on=due_on):
            if isinstance(goal.fact, GoalSet):
                fact = replace(goal.fact, text=text, measure=measure, due_on=due_on)
                return replace(goal, fact=fact)
            return goal
        case GoalAchieved():
            return replace(goal, status=GoalStatus.ACHIEVED)
        case GoalDropped():
            return replace(goal, status=GoalStatus.DROPPED)
        case ReminderIssued(reminder_id=reminder_id):
            return replace(goal, reminders=goal.reminders | {reminder_id})
        case _:
            assert_never(event)


def decide(goal: Goal, command: GoalCommand, now: datetime) -> Sequence[GoalEvent]:
    """The facts that follow from a command."""
    match command:
        case SetGoal():
            return _set(goal, command, now)
        case SetJointObjective():
            return _set_jointly(goal, command, now)
        case ReviseGoal():
            return _revise(goal, command, now)
        case AchieveGoal():
            return _achieve(goal, command, now)
        case DropGoal():
            return _drop(goal, command, now)
        case RemindOfGoal():
            return _remind(goal, command, now)
        case _:
            assert_never(command)


def _set(goal: Goal, command: SetGoal, now: datetime) -> Sequence[GoalEvent]:
    measure, due_on = _smart(command, now)
    if goal.fact is not None:
        return ()
    return (
        GoalSet(
            goal_id=command.goal_id,
            pairing_id=command.pairing_id,
            text=command.text,
            measure=measure,
            due_on=due_on,
            at=now,
        ),
    )


def _set_jointly(goal: Goal, command: SetJointObjective, now: datetime) -> Sequence[GoalEvent]:
    due_on = _day_to_come(command.due_on, now)
    if command.priority not in command.priorities:
        raise PriorityUnknown(field="/priority")
    if goal.fact is not None:
        return ()
    return (
        JointObjectiveSet(
            goal_id=command.goal_id,
            pairing_id=command.pairing_id,
            text=command.text,
            priority=command.priority,
            owners=(Part.MENTOR, Part.MENTEE),
            due_on=due_on,
            at=now,
        ),
    )


def _revise(goal: Goal, command: ReviseGoal, now: datetime) -> Sequence[GoalEvent]:
    fact = _fact(goal, command)
    _check_open(goal)
    if isinstance(fact, JointObjectiveSet):
        raise ObjectiveNotRevisable
    measure, due_on = _smart(command, now)
    if (fact.text, fact.measure, fact.due_on) == (command.text, measure, due_on):
        return ()
    return (
        GoalRevised(
            goal_id=command.goal_id,
            pairing_id=command.pairing_id,
            text=command.text,
            measure=measure,
            due_on=due_on,
            at=now,
        ),
    )


def _achieve(goal: Goal, command: AchieveGoal, now: datetime) -> Sequence[GoalEvent]:
    fact = _fact(goal, command)
    if goal.status is GoalStatus.ACHIEVED:
        return ()
    _check_open(goal)
    if isinstance(fact, GoalSet) and command.reached < fact.measure.target:
        raise GoalNotReached(field="/reached")
    where, what = command.pairing_id, command.goal_id
    return (GoalAchieved(goal_id=what, pairing_id=where, reached=command.reached, at=now),)


def _drop(goal: Goal, command: DropGoal, now: datetime) -> Sequence[GoalEvent]:
    _fact(goal, command)
    if goal.status is GoalStatus.DROPPED:
        return ()
    _check_open(goal)
    where, what = command.pairing_id, command.goal_id
    return (GoalDropped(goal_id=what, pairing_id=where, reason=command.reason, at=now),)


def _remind(goal: Goal, command: RemindOfGoal, now: datetime) -> Sequence[GoalEvent]:
    fact = goal.fact
    if fact is None or goal.status is not GoalStatus.OPEN:
        return ()
    timer = Timer(
        deadline_id=goal_timer_id(command.goal_id),
        kind=ReminderKind.GOAL_DUE,
        subject=command.goal_id,
        due_at=command.due_at,
    )
    moved = notice_of(fact.due_on) != command.due_at
    if moved or timer.reminder_id in goal.reminders:
        return ()
    return (timer.issued(command.pairing_id, command.to, now),)


def _fact(goal: Goal, command: ReviseGoal | AchieveGoal | DropGoal) -> GoalFact:
    fact = goal.fact
    if fact is None or fact.pairing_id != command.pairing_id:
        raise GoalUnknown
    return fact


def _check_open(goal: Goal) -> None:
    if goal.status is not GoalStatus.OPEN:
        raise GoalClosed


def _smart(command: SetGoal | ReviseGoal, now: datetime) -> tuple[GoalMeasure, date]:
    """The measure and the date of a goal that has both."""
    if command.by is not Part.MENTEE:
        raise MenteeOnly
    measure = command.measure
    if measure is None:
        raise GoalWithoutMeasure(field="/measure")
    due_on = _day_to_come(command.due_on, now)
    if measure.target <= measure.start:
        raise GoalMeasuresNothing(field="/measure/target")
    competency_id = measure.competency_id
    if competency_id is not None and competency_id not in command.catalogue:
        raise CompetencyUnknown(field="/measure/competency_id")
    return measure, due_on


def _day_to_come(due_on: date | None, now: datetime) -> date:
    if due_on is None:
        raise GoalWithoutDate(field="/due_on")
    if due_on <= now.date():
        raise GoalDueInThePast(field="/due_on")
    return due_on


GOAL: Decider[Goal, GoalCommand, GoalEvent] = Decider(
    category="goal",
    key=lambda command: command.goal_id,
    initial=Goal(),
    evolve=evolve,
    decide=decide,
)

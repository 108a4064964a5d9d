"""Timers that have run out, and the reminder or remark that each becomes."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Any, TypeAlias
from uuid import UUID

from services.sessions.domain.goal import GOAL
from services.sessions.domain.goal.commands import RemindOfGoal
from services.sessions.domain.journey import JOURNEY
from services.sessions.domain.journey.commands import (
    MissCadence,
    RemindOfNextSession,
    RemindOfReflection,
    RemindOfReview,
    RemindOfSession,
    TimerCommand,
)
from services.sessions.domain.roadmap import ROADMAP
from services.sessions.domain.roadmap.commands import RemindOfMilestone
from services.sessions.domain.timers import TimerKind
from services.sessions.queries.reminders import owners_of_goal, owners_of_milestone
from shared.command_handler import Step
from shared.database import Database
from shared.deadlines import Due
from shared.events.vocabulary import Part
from shared.ids import GoalId, MilestoneId, PairingId, SessionId

Steps: TypeAlias = Sequence[Step[Any, Any, Any]]


def _of_journey(
    command_of: Callable[[Due], TimerCommand],
) -> Callable[[Due, Database], Awaitable[Steps]]:
    async def steps(due: Due, _: Database) -> Steps:
        return (Step(decider=JOURNEY, command=command_of(due)),)

    return steps


def _session(due: Due) -> RemindOfSession:
    session_id = SessionId(UUID(due.payload["session_id"]))
    return RemindOfSession(
        pairing_id=PairingId(due.subject), session_id=session_id, due_at=due.due_at
    )


def _next_session(due: Due) -> RemindOfNextSession:
    return RemindOfNextSession(pairing_id=PairingId(due.subject), due_at=due.due_at)


def _cadence(due: Due) -> MissCadence:
    return MissCadence(pairing_id=PairingId(due.subject), due_at=due.due_at)


def _review(due: Due) -> RemindOfReview:
    return RemindOfReview(pairing_id=PairingId(due.subject), due_at=due.due_at)


def _reflection(due: Due) -> RemindOfReflection:
    return RemindOfReflection(
        pairing_id=PairingId(due.subject),
        session_id=SessionId(UUID(due.payload["session_id"])),
        part=Part(due.payload["part"]),
        due_at=due.due_at,
    )


async def _milestone(due: Due, db: Database) -> Steps:
    pairing_id = PairingId(UUID(due.payload["pairing_id"]))
    command = RemindOfMilestone(
        pairing_id=pairing_id,
        milestone_id=MilestoneId(due.subject),
        to=await owners_of_milestone(db, due.tenant, pairing_id),
        due_at=due.due_at,
    )
    return (Step(decider=ROADMAP, command=command),)


async def _goal(due: Due, db: Database) -> Steps:
    goal_id = GoalId(due.subject)
    command = RemindOfGoal(
        goal_id=goal_id,
        pairing_id=PairingId(UUID(due.payload["pairing_id"])),
        to=await owners_of_goal(db, due.tenant, goal_id),
        due_at=due.due_at,
    )
    return (Step(decider=GOAL, command=command),)


DEADLINES: Mapping[str, Callable[[Due, Database], Awaitable[Steps]]] = MappingProxyType(
    {
        TimerKind.SESSION: _of_journey(_session),
        TimerKind.NEXT_SESSION: _of_journey(_next_session),
        TimerKind.CADENCE: _of_journey(_cadence),
        TimerKind.REVIEW: _of_journey(_review),
        TimerKind.REFLECTION: _of_journey(_reflection),
        TimerKind.MILESTONE: _milestone,
        TimerKind.GOAL: _goal,
    }
)

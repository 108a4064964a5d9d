"""Goals and joint objectives, as rows."""

from collections.abc import Iterator

from services.sessions.domain.goal import GoalStatus
from shared.envelope import Recorded
from shared.events.sessions import (
    GoalAchieved,
    GoalDropped,
    GoalRevised,
    GoalSet,
    JointObjectiveSet,
    ReminderIssued,
)
from shared.projection import Change, Effect, Put, hears


@hears(GoalSet, JointObjectiveSet, GoalRevised, GoalAchieved, GoalDropped, ReminderIssued)
def goals(recorded: Recorded) -> Iterator[Effect]:
    """One row a goal; its version is the stream's."""
    if not recorded.stream.startswith("goal-"):
        return
    event, version = recorded.event, recorded.version
    match event:
        case GoalSet():
            yield _set(event, version, {"joint": False, "measure": event.measure})
            return
        case JointObjectiveSet():
            yield _set(event, version, {"joint": True, "priority": event.priority})
            return
        case GoalRevised():
            values: dict[str, object] = {
                "sealed": event.text,
                "measure": event.measure,
                "due_on": event.due_on,
            }
        case GoalAchieved(reached=reached, at=at):
            values = {"status": GoalStatus.ACHIEVED, "reached": reached, "closed_at": at}
        case GoalDropped(reason=reason, at=at):
            values = {"status": GoalStatus.DROPPED, "drop_reason": reason, "closed_at": at}
        case ReminderIssued(subject=goal_id):
            yield Change(table="goals", key={"goal_id": goal_id}, values={"version": version})
            return
        case _:
            return
    key = {"goal_id": event.goal_id}
    yield Change(table="goals", key=key, values={**values, "version": version})


def _set(event: GoalSet | JointObjectiveSet, version: int, rest: dict[str, object]) -> Put:
    return Put(
        table="goals",
        row={
            "goal_id": event.goal_id,
            "pairing_id": event.pairing_id,
            "sealed": event.text,
            "due_on": event.due_on,
            "status": GoalStatus.OPEN,
            "set_at": event.at,
            "version": version,
            **rest,
        },
    )

"""Timers, as rows: set when a date is known, moved with it, gone when it is answered."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from uuid import UUID

from services.sessions.domain.timers import (
    REFLECTION_TIME,
    SESSION_NOTICE,
    TimerKind,
    cadence_timer_id,
    goal_timer_id,
    milestone_timer_id,
    next_session_notice,
    next_session_timer_id,
    notice_of,
    reflection_timer_id,
    review_timer_id,
    session_timer_id,
)
from shared.envelope import Recorded
from shared.events.sessions import (
    CadenceMissed,
    CadenceSet,
    GoalAchieved,
    GoalDropped,
    GoalRevised,
    GoalSet,
    JointObjectiveSet,
    JourneyCompleted,
    JourneyEnded,
    MilestoneReached,
    MilestoneSet,
    ReflectionRecorded,
    ReminderIssued,
    SessionCancelled,
    SessionHeld,
    SessionMissed,
    SessionRescheduled,
    SessionScheduled,
)
from shared.events.vocabulary import Part
from shared.ids import PairingId
from shared.projection import Effect, Put, Remove, hears

_TABLE = "deadlines"


@hears(CadenceSet, CadenceMissed, ReminderIssued, JourneyCompleted, JourneyEnded)
def journey_deadlines(recorded: Recorded) -> Iterator[Effect]:
    """The timers of a journey as a whole: its cadence and reviews; none once it is over."""
    if not recorded.stream.startswith("journey-"):
        return
    event = recorded.event
    match event:
        case CadenceSet() | CadenceMissed():
            yield from _next_session(event.pairing_id, event.next_session_by, event.at)
            if isinstance(event, CadenceSet):
                yield _review(event.pairing_id, event.next_review_by)
        case ReminderIssued():
            yield from _answered(event)
        case JourneyCompleted(pairing_id=pairing_id) | JourneyEnded(pairing_id=pairing_id):
            yield Remove(table=_TABLE, key={"subject": pairing_id})
        case _:
            return


@hears(
    SessionScheduled,
    SessionRescheduled,
    SessionHeld,
    SessionMissed,
    SessionCancelled,
    ReflectionRecorded,
)
def session_deadlines(recorded: Recorded) -> Iterator[Effect]:
    """The timers around sessions: before each one, after it, and of planning the next one."""
    event = recorded.event
    match event:
        case SessionScheduled() | SessionRescheduled():
            yield _gone(next_session_timer_id(event.pairing_id))
            yield _session(event)
        case SessionHeld():
            yield _gone(session_timer_id(event.session_id))
            yield from _next_session(event.pairing_id, event.next_session_by, event.at)
            yield from _reflections(event)
        case SessionMissed() | SessionCancelled():
            yield _gone(session_timer_id(event.session_id))
            if event.next_session_by is not None:
                yield from _next_session(event.pairing_id, event.next_session_by, event.at)
        case ReflectionRecorded(session_id=session_id, by=by):
            yield _gone(reflection_timer_id(session_id, by))
        case _:
            return


@hears(MilestoneSet, MilestoneReached, ReminderIssued)
def milestone_deadlines(recorded: Recorded) -> Iterator[Effect]:
    """The timers of a roadmap: one a milestone."""
    if not recorded.stream.startswith("roadmap-"):
        return
    event = recorded.event
    match event:
        case MilestoneSet(pairing_id=pairing_id, milestone_id=milestone_id, due_on=due_on):
            timer_id = milestone_timer_id(pairing_id, milestone_id)
            due_at = notice_of(due_on)
            yield _gone(timer_id)
            if due_at > event.at:
                payload = {"pairing_id": pairing_id}
                yield _due(timer_id, due_at, TimerKind.MILESTONE, milestone_id, payload)
        case MilestoneReached(pairing_id=pairing_id, milestone_id=milestone_id):
            yield _gone(milestone_timer_id(pairing_id, milestone_id))
        case ReminderIssued(deadline_id=deadline_id):
            yield _gone(deadline_id)
        case _:
            return


@hears(GoalSet, GoalRevised, JointObjectiveSet, GoalAchieved, GoalDropped, ReminderIssued)
def goal_deadlines(recorded: Recorded) -> Iterator[Effect]:
    """The timer of a goal."""
    if not recorded.stream.startswith("goal-"):
        return
    event = recorded.event
    match event:
        case GoalSet() | GoalRevised() | JointObjectiveSet():
            timer_id, due_at = goal_timer_id(event.goal_id), notice_of(event.due_on)
            yield _gone(timer_id)
            if due_at > event.at:
                payload = {"pairing_id": event.pairing_id}
                yield _due(timer_id, due_at, TimerKind.GOAL, event.goal_id, payload)
        case GoalAchieved(goal_id=goal_id) | GoalDropped(goal_id=goal_id):
            yield _gone(goal_timer_id(goal_id))
        case ReminderIssued(deadline_id=deadline_id):
            yield _gone(deadline_id)
        case _:
            return


def _next_session(
    pairing_id: PairingId, next_session_by: datetime, now: datetime
) -> Iterator[Effect]:
    cadence = cadence_timer_id(pairing_id)
    yield _due(cadence, next_session_by, TimerKind.CADENCE, pairing_id, {})
    timer_id = next_session_timer_id(pairing_id)
    notice = next_session_notice(next_session_by, now)
    yield _gone(timer_id)
    if notice is not None:
        yield _due(timer_id, notice, TimerKind.NEXT_SESSION, pairing_id, {})


def _session(event: SessionScheduled | SessionRescheduled) -> Effect:
    timer_id = session_timer_id(event.session_id)
    due_at = event.starts_at - SESSION_NOTICE
    if due_at <= event.at:
        return _gone(timer_id)  # whoever plans for tomorrow need not be reminded today
    payload = {"session_id": event.session_id}
    return _due(timer_id, due_at, TimerKind.SESSION, event.pairing_id, payload)


def _reflections(event: SessionHeld) -> Iterator[Effect]:
    for part in Part:
        timer_id = reflection_timer_id(event.session_id, part)
        payload = {"session_id": event.session_id, "part": part}
        due_at = event.at + REFLECTION_TIME
        yield _due(timer_id, due_at, TimerKind.REFLECTION, event.pairing_id, payload)


def _review(pairing_id: PairingId, next_review_by: datetime) -> Effect:
    return _due(review_timer_id(pairing_id), next_review_by, TimerKind.REVIEW, pairing_id, {})


def _answered(event: ReminderIssued) -> Iterator[Effect]:
    if event.next_due_at is not None:
        yield _review(event.pairing_id, event.next_due_at)
    elif event.deadline_id != cadence_timer_id(event.pairing_id):
        yield _gone(event.deadline_id)  # CadenceMissed before it has set the next one already


def _due(
    timer_id: UUID,
    due_at: datetime,
    kind: TimerKind,
    subject: UUID,
    payload: Mapping[str, object],
) -> Put:
    return Put(
        table=_TABLE,
        row={
            "deadline_id": timer_id,
            "due_at": due_at,
            "kind": kind,
            "subject": subject,
            "payload": payload,
        },
    )


def _gone(timer_id: UUID) -> Remove:
    return Remove(table=_TABLE, key={"deadline_id": timer_id})

"""The timers of a pair: what each is called, which row it is, and how long before it comes."""

from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from uuid import UUID

from shared.events.sessions import ReminderIssued, ReminderKind
from shared.events.vocabulary import Part
from shared.frozen import frozen
from shared.ids import GoalId, MilestoneId, PairingId, PersonId, SessionId, derived_id

SESSION_NOTICE = timedelta(days=1)  # before a session starts
CADENCE_NOTICE = timedelta(days=7)  # before the next session is late
REFLECTION_TIME = timedelta(days=2)  # to reflect, from when a session was recorded as held
DUE_DATE_NOTICE = timedelta(days=7)  # before a milestone or goal is due


class TimerKind(StrEnum):
    """What a timer does when it is due."""

    SESSION = "session"
    NEXT_SESSION = "next_session"
    CADENCE = "cadence"
    REVIEW = "review"
    REFLECTION = "reflection"
    MILESTONE = "milestone"
    GOAL = "goal"


@frozen
class Timer:
    """A timer as it is due: which row, what it reminds of, and when."""

    deadline_id: UUID
    kind: ReminderKind
    subject: UUID
    due_at: datetime

    @property
    def reminder_id(self) -> UUID:
        """The same for the same moment: by it, one reminder is never issued twice."""
        return derived_id(self.deadline_id, self.due_at.astimezone(UTC).isoformat())

    def issued(
        self,
        pairing_id: PairingId,
        to: Iterable[PersonId],
        now: datetime,
        next_due_at: datetime | None = None,
    ) -> ReminderIssued:
        """The fact that these persons were reminded."""
        return ReminderIssued(
            pairing_id=pairing_id,
            reminder_id=self.reminder_id,
            deadline_id=self.deadline_id,
            kind=self.kind,
            subject=self.subject,
            to=tuple(to),
            due_at=self.due_at,
            next_due_at=next_due_at,
            at=now,
        )


def session_timer_id(session_id: SessionId) -> UUID:
    return derived_id(TimerKind.SESSION, session_id)


def next_session_timer_id(pairing_id: PairingId) -> UUID:
    return derived_id(TimerKind.NEXT_SESSION, pairing_id)


def cadence_timer_id(pairing_id: PairingId) -> UUID:
    return derived_id(TimerKind.CADENCE, pairing_id)


def review_timer_id(pairing_id: PairingId) -> UUID:
    return derived_id(TimerKind.REVIEW, pairing_id)


def reflection_timer_id(session_id: SessionId, part: Part) -> UUID:
    return derived_id(TimerKind.REFLECTION, session_id, part)


def milestone_timer_id(pairing_id: PairingId, milestone_id: MilestoneId) -> UUID:
    return derived_id(TimerKind.MILESTONE, pairing_id, milestone_id)


def goal_timer_id(goal_id: GoalId) -> UUID:
    return derived_id(TimerKind.GOAL, goal_id)


def notice_of(due_on: date) -> datetime:
    """When to remind of something that is due on a day."""
    return datetime.combine(due_on, time(), UTC) - DUE_DATE_NOTICE


def next_session_notice(next_session_by: datetime, now: datetime) -> datetime | None:
    """When to remind of planning the next session; None if it is too late for a reminder."""
    due_at = max(next_session_by - CADENCE_NOTICE, now + SESSION_NOTICE)
    return due_at if due_at < next_session_by else None

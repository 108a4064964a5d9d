"""The course of a journey: its start, cadence, timers, completion and end."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import assert_never
from uuid import UUID

from services.sessions.domain.journey.commands import (
    CompleteJourney,
    CourseCommand,
    EndJourney,
    MissCadence,
    RemindOfNextSession,
    RemindOfReflection,
    RemindOfReview,
    RemindOfSession,
    SessionsMissing,
    SetCadence,
    StartJourney,
    TimerCommand,
)
from services.sessions.domain.journey.state import Journey, SessionStatus, person_in
from services.sessions.domain.template import (
    FLASH_SESSIONS,
    FLASH_TEMPLATE,
    SESSIONS,
    TEMPLATE,
    TEMPLATE_VERSION,
)
from services.sessions.domain.timers import (
    CADENCE_NOTICE,
    SESSION_NOTICE,
    Timer,
    cadence_timer_id,
    next_session_timer_id,
    reflection_timer_id,
    review_timer_id,
    session_timer_id,
)
from shared.events.sessions import (
    CadenceMissed,
    CadenceSet,
    JourneyCompleted,
    JourneyEnded,
    JourneyEvent,
    JourneyStarted,
    ReminderIssued,
    ReminderKind,
)
from shared.ids import PairingId, PersonId

EVERY_DAYS = 30
REVIEW_EVERY_DAYS = 90


def start(command: StartJourney, now: datetime) -> Sequence[JourneyEvent]:
    """A journey begins from a shipped template, with a meeting a month and a review a quarter."""
    return (
        JourneyStarted(
            pairing_id=command.pairing_id,
            program_id=command.program_id,
            cohort_id=command.cohort_id,
            mentor=command.mentor,
            mentee=command.mentee,
            mentor_person=command.mentor_person,
            mentee_person=command.mentee_person,
            template=FLASH_TEMPLATE if command.flash else TEMPLATE,
            template_version=TEMPLATE_VERSION,
            sessions=FLASH_SESSIONS if command.flash else SESSIONS,
            at=now,
        ),
        CadenceSet(
            pairing_id=command.pairing_id,
            every_days=EVERY_DAYS,
            review_every_days=REVIEW_EVERY_DAYS,
            next_session_by=now + timedelta(days=EVERY_DAYS),
            next_review_by=now + timedelta(days=REVIEW_EVERY_DAYS),
            at=now,
        ),
    )


def decide_course(
    journey: Journey, started: JourneyStarted, command: CourseCommand, now: datetime
) -> Sequence[JourneyEvent]:
    """What follows from a command about the journey as a whole."""
    match command:
        case SetCadence():
            return _set_cadence(journey, command, now)
        case CompleteJourney():
            return _complete(journey, started, now)
        case EndJourney(reason=reason):
            return (JourneyEnded(pairing_id=started.pairing_id, reason=reason, at=now),)
        case _:
            assert_never(command)


def decide_timer(
    journey: Journey, started: JourneyStarted, command: TimerCommand, now: datetime
) -> Sequence[JourneyEvent]:
    """What a timer brings; nothing if what it was set for is no longer so, or it has spoken."""
    match command:
        case MissCadence():
            return _miss_cadence(journey, started, command, now)
        case RemindOfSession():
            return _remind_of_session(journey, started, command, now)
        case RemindOfNextSession():
            return _remind_of_next_session(journey, started, command, now)
        case RemindOfReview():
            return _remind_of_review(journey, started, command, now)
        case RemindOfReflection():
            return _remind_of_reflection(journey, started, command, now)
        case _:
            assert_never(command)


def _set_cadence(journey: Journey, command: SetCadence, now: datetime) -> Sequence[JourneyEvent]:
    every_days, review_every_days = command.every_days, command.review_every_days
    if (journey.every_days, journey.review_every_days) == (every_days, review_every_days):
        return ()
    every = timedelta(days=every_days)
    next_session_by = journey.last_met_at + every
    # Whoever changes only how often to meet does not put off the review by it.
    same_review = journey.review_every_days == review_every_days
    review = timedelta(days=review_every_days)
    return (
        CadenceSet(
            pairing_id=command.pairing_id,
            every_days=every_days,
            review_every_days=review_every_days,
            next_session_by=next_session_by if next_session_by > now else now + every,
            next_review_by=journey.next_review_by if same_review else now + review,
            at=now,
        ),
    )


def _complete(journey: Journey, started: JourneyStarted, now: datetime) -> Sequence[JourneyEvent]:
    if not journey.places_held.issuperset(plan.place for plan in started.sessions):
        raise SessionsMissing
    held = [each for each in journey.sessions.values() if each.status is SessionStatus.HELD]
    return (
        JourneyCompleted(
            pairing_id=started.pairing_id,
            program_id=started.program_id,
            cohort_id=started.cohort_id,
            mentor=started.mentor,
            mentee=started.mentee,
            sessions_held=len(held),
            at=now,
        ),
    )


def _miss_cadence(
    journey: Journey, started: JourneyStarted, command: MissCadence, now: datetime
) -> Sequence[JourneyEvent]:
    due_at = command.due_at
    if journey.next_session_by != due_at or now < due_at:
        return ()
    timer = _about_pair(started, cadence_timer_id, ReminderKind.CADENCE_MISSED, due_at)
    return (
        CadenceMissed(
            pairing_id=started.pairing_id,
            due_at=due_at,
            next_session_by=_after(due_at, journey.every_days, now),
            at=now,
        ),
        timer.issued(started.pairing_id, _both(started), now),
    )


def _remind_of_session(
    journey: Journey, started: JourneyStarted, command: RemindOfSession, now: datetime
) -> Sequence[JourneyEvent]:
    session = journey.sessions.get(command.session_id)
    if session is None or session.status is not SessionStatus.PLANNED:
        return ()
    if session.starts_at - SESSION_NOTICE != command.due_at:
        return ()  # it was moved, and its timer with it
    timer = Timer(
        deadline_id=session_timer_id(command.session_id),
        kind=ReminderKind.SESSION_DUE,
        subject=command.session_id,
        due_at=command.due_at,
    )
    return _once(journey, timer.issued(started.pairing_id, _both(started), now))


def _remind_of_next_session(
    journey: Journey, started: JourneyStarted, command: RemindOfNextSession, now: datetime
) -> Sequence[JourneyEvent]:
    if not journey.next_session_by - CADENCE_NOTICE <= command.due_at < journey.next_session_by:
        return ()  # they have met since, or it is later than that
    timer = _about_pair(started, next_session_timer_id, ReminderKind.SESSION_DUE, command.due_at)
    to = () if _has_planned(journey, now) else _both(started)
    return _once(journey, timer.issued(started.pairing_id, to, now))


def _has_planned(journey: Journey, now: datetime) -> bool:
    """Whether a session is ahead already."""
    return any(
        session.status is SessionStatus.PLANNED and session.starts_at > now
        for session in journey.sessions.values()
    )


def _remind_of_review(
    journey: Journey, started: JourneyStarted, command: RemindOfReview, now: datetime
) -> Sequence[JourneyEvent]:
    due_at = command.due_at
    if journey.next_review_by != due_at or now < due_at:
        return ()
    timer = _about_pair(started, review_timer_id, ReminderKind.REVIEW_DUE, due_at)
    next_due_at = _after(due_at, journey.review_every_days, now)
    return _once(journey, timer.issued(started.pairing_id, _both(started), now, next_due_at))


def _remind_of_reflection(
    journey: Journey, started: JourneyStarted, command: RemindOfReflection, now: datetime
) -> Sequence[JourneyEvent]:
    session = journey.sessions.get(command.session_id)
    if session is None or session.status is not SessionStatus.HELD:
        return ()
    if (command.session_id, command.part) in journey.reflections:
        return ()
    timer = Timer(
        deadline_id=reflection_timer_id(command.session_id, command.part),
        kind=ReminderKind.REFLECTION_DUE,
        subject=command.session_id,
        due_at=command.due_at,
    )
    to = (person_in(started, command.part),)
    return _once(journey, timer.issued(started.pairing_id, to, now))


def _about_pair(
    started: JourneyStarted,
    timer_id: Callable[[PairingId], UUID],
    kind: ReminderKind,
    due_at: datetime,
) -> Timer:
    pairing_id = started.pairing_id
    return Timer(deadline_id=timer_id(pairing_id), kind=kind, subject=pairing_id, due_at=due_at)


def _once(journey: Journey, reminder: ReminderIssued) -> Sequence[ReminderIssued]:
    return () if reminder.reminder_id in journey.records else (reminder,)


def _both(started: JourneyStarted) -> tuple[PersonId, PersonId]:
    return started.mentor_person, started.mentee_person


def _after(due_at: datetime, every_days: int, now: datetime) -> datetime:
    """The first round after now: rounds that passed unseen are not told one by one."""
    every = timedelta(days=every_days)
    return due_at + every * ((now - due_at) // every + 1)

"""Reminders: by rule, in time, once each."""

from dataclasses import replace
from datetime import timedelta

from services.sessions.domain.journey import JOURNEY
from services.sessions.domain.journey.commands import (
    MissCadence,
    RemindOfNextSession,
    RemindOfReflection,
    RemindOfReview,
    RemindOfSession,
)
from services.sessions.domain.timers import (
    CADENCE_NOTICE,
    REFLECTION_TIME,
    cadence_timer_id,
    next_session_notice,
    next_session_timer_id,
    reflection_timer_id,
    review_timer_id,
    session_timer_id,
)
from shared.events.sessions import (
    CadenceMissed,
    JourneyEnded,
    ReflectionRecorded,
    ReminderIssued,
    ReminderKind,
    Visibility,
)
from shared.events.vocabulary import Part
from shared.ids import derived_id
from shared.testing import NOW, given
from tests.sessions.pair import (
    AFTERWARDS,
    ANA,
    BEGUN,
    BEN,
    CANCELLED,
    DAY,
    FIRST,
    HELD,
    IN_TEN_DAYS,
    MOVED,
    PAIR,
    PLANNED,
    SECOND,
)

DAY_BEFORE = IN_TEN_DAYS - DAY
SESSION_SOON = RemindOfSession(pairing_id=PAIR, session_id=FIRST, due_at=DAY_BEFORE)
REMINDED_OF_SESSION = ReminderIssued(
    pairing_id=PAIR,
    reminder_id=derived_id(session_timer_id(FIRST), DAY_BEFORE.isoformat()),
    deadline_id=session_timer_id(FIRST),
    kind=ReminderKind.SESSION_DUE,
    subject=FIRST,
    to=(BEN, ANA),
    due_at=DAY_BEFORE,
    at=DAY_BEFORE,
)
MEET_BY = NOW + 30 * DAY
NOTICE = MEET_BY - CADENCE_NOTICE
PLAN_SOON = RemindOfNextSession(pairing_id=PAIR, due_at=NOTICE)
NOT_MET = MissCadence(pairing_id=PAIR, due_at=MEET_BY)
REVIEW_AT = NOW + 90 * DAY
REVIEW = RemindOfReview(pairing_id=PAIR, due_at=REVIEW_AT)
REFLECT_BY = AFTERWARDS + REFLECTION_TIME
REFLECT = RemindOfReflection(pairing_id=PAIR, session_id=FIRST, part=Part.MENTEE, due_at=REFLECT_BY)


def test_both_are_reminded_a_day_before_a_session() -> None:
    story = given(JOURNEY, *BEGUN, PLANNED)
    story.when(SESSION_SOON, at=DAY_BEFORE).then(REMINDED_OF_SESSION)


def test_a_reminder_is_issued_once() -> None:
    story = given(JOURNEY, *BEGUN, PLANNED, REMINDED_OF_SESSION)
    story.when(SESSION_SOON, at=DAY_BEFORE).then()


def test_a_session_that_was_moved_is_not_reminded_of_at_its_old_time() -> None:
    given(JOURNEY, *BEGUN, PLANNED, MOVED).when(SESSION_SOON, at=DAY_BEFORE).then()


def test_a_session_that_was_moved_is_reminded_of_again() -> None:
    story = given(JOURNEY, *BEGUN, PLANNED, REMINDED_OF_SESSION, MOVED)
    due_at = MOVED.starts_at - DAY
    again = story.when(replace(SESSION_SOON, due_at=due_at), at=due_at).decide()[0]
    assert isinstance(again, ReminderIssued)
    assert again.reminder_id != REMINDED_OF_SESSION.reminder_id


def test_nobody_is_reminded_of_a_cancelled_session() -> None:
    given(JOURNEY, *BEGUN, PLANNED, CANCELLED).when(SESSION_SOON, at=DAY_BEFORE).then()


def test_a_pair_is_reminded_a_week_before_it_is_late() -> None:
    story = given(JOURNEY, *BEGUN)
    reminder = story.when(PLAN_SOON, at=NOTICE).decide()[0]
    assert isinstance(reminder, ReminderIssued)
    assert reminder.kind is ReminderKind.SESSION_DUE
    assert (reminder.subject, reminder.to) == (PAIR, (BEN, ANA))
    assert reminder.deadline_id == next_session_timer_id(PAIR)
    story.and_when(PLAN_SOON, at=NOTICE).when(PLAN_SOON, at=NOTICE).then()


def test_a_pair_that_has_met_since_is_not_asked_to_meet() -> None:
    given(JOURNEY, *BEGUN, PLANNED, HELD).when(PLAN_SOON, at=NOTICE).then()


def test_nobody_is_asked_to_plan_what_is_planned_already() -> None:
    second = replace(PLANNED, session_id=SECOND, starts_at=NOTICE + 2 * DAY)
    story = given(JOURNEY, *BEGUN, PLANNED, second)
    asked = story.when(PLAN_SOON, at=NOTICE).decide()[0]
    assert isinstance(asked, ReminderIssued)
    assert asked.to == (), "the timer is answered, and nobody hears of it"
    by_then = given(JOURNEY, *BEGUN, PLANNED).when(PLAN_SOON, at=NOTICE).decide()[0]
    assert isinstance(by_then, ReminderIssued)
    assert by_then.to == (BEN, ANA), "what was planned and never told of is behind them"


def test_a_notice_comes_a_week_ahead_or_a_day_after_or_not_at_all() -> None:
    assert next_session_notice(MEET_BY, NOW) == NOTICE
    assert next_session_notice(NOW + 3 * DAY, NOW) == NOW + DAY
    assert next_session_notice(NOW + DAY, NOW) is None


def test_a_pair_that_does_not_meet_in_time_is_told() -> None:
    missed, reminder = given(JOURNEY, *BEGUN).when(NOT_MET, at=MEET_BY).decide()
    assert missed == CadenceMissed(
        pairing_id=PAIR, due_at=MEET_BY, next_session_by=MEET_BY + 30 * DAY, at=MEET_BY
    )
    assert isinstance(reminder, ReminderIssued)
    assert reminder.kind is ReminderKind.CADENCE_MISSED
    assert reminder.deadline_id == cadence_timer_id(PAIR)


def test_rounds_that_passed_unseen_are_told_as_one() -> None:
    three_later = MEET_BY + timedelta(days=65)
    missed = given(JOURNEY, *BEGUN).when(NOT_MET, at=three_later).decide()[0]
    assert isinstance(missed, CadenceMissed)
    assert missed.next_session_by == MEET_BY + 90 * DAY


def test_a_cadence_is_not_missed_before_its_day() -> None:
    given(JOURNEY, *BEGUN).when(NOT_MET, at=MEET_BY - DAY).then()


def test_a_pair_that_met_does_not_miss_its_cadence() -> None:
    given(JOURNEY, *BEGUN, PLANNED, HELD).when(NOT_MET, at=MEET_BY).then()


def test_a_review_comes_every_quarter() -> None:
    story = given(JOURNEY, *BEGUN)
    reminder = story.when(REVIEW, at=REVIEW_AT).decide()[0]
    assert isinstance(reminder, ReminderIssued)
    assert reminder.next_due_at == REVIEW_AT + 90 * DAY
    assert reminder.deadline_id == review_timer_id(PAIR)
    later = story.and_when(REVIEW, at=REVIEW_AT)
    later.when(REVIEW, at=REVIEW_AT).then()
    assert later.when(replace(REVIEW, due_at=REVIEW_AT + 90 * DAY), at=NOW + 180 * DAY).decide()


def test_who_has_not_reflected_is_reminded() -> None:
    story = given(JOURNEY, *BEGUN, PLANNED, HELD)
    reminder = story.when(REFLECT, at=REFLECT_BY).decide()[0]
    assert isinstance(reminder, ReminderIssued)
    assert reminder.to == (ANA,)
    assert reminder.deadline_id == reflection_timer_id(FIRST, Part.MENTEE)


def test_who_has_reflected_is_not_reminded() -> None:
    reflected = ReflectionRecorded(
        pairing_id=PAIR,
        session_id=FIRST,
        by=Part.MENTEE,
        visibility=Visibility.PRIVATE,
        usefulness=3,
        at=AFTERWARDS,
    )
    given(JOURNEY, *BEGUN, PLANNED, HELD, reflected).when(REFLECT, at=REFLECT_BY).then()
    given(JOURNEY, *BEGUN, PLANNED).when(REFLECT, at=REFLECT_BY).then()


def test_a_journey_that_is_over_reminds_nobody() -> None:
    ended = JourneyEnded(pairing_id=PAIR, reason="not_a_fit", at=AFTERWARDS)
    story = given(JOURNEY, *BEGUN, PLANNED, HELD, ended)
    for timer in (SESSION_SOON, PLAN_SOON, NOT_MET, REVIEW, REFLECT):
        story.when(timer, at=REVIEW_AT).then()

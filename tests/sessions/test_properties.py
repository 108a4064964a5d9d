"""What holds of every journey, whatever is asked of it and in whatever order."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta

from hypothesis import given as for_all
from hypothesis import settings
from hypothesis import strategies as st

from services.sessions.domain.journey import JOURNEY
from services.sessions.domain.journey.commands import (
    CancelSession,
    CompleteJourney,
    EndJourney,
    HoldSession,
    JourneyCommand,
    MissCadence,
    MissSession,
    RecordReflection,
    RemindOfNextSession,
    RemindOfReflection,
    RemindOfReview,
    RemindOfSession,
    RescheduleSession,
    ScheduleSession,
    SetCadence,
)
from services.sessions.domain.journey.state import Journey
from services.sessions.domain.timers import CADENCE_NOTICE, REFLECTION_TIME, SESSION_NOTICE
from shared.errors import MentorshipError
from shared.events.sessions import (
    JourneyCompleted,
    JourneyEnded,
    JourneyEvent,
    ReflectionRecorded,
    ReminderIssued,
    SessionCancelled,
    SessionHeld,
    SessionMissed,
    Visibility,
)
from shared.events.vocabulary import Part
from shared.ids import SessionId, derived_id
from shared.testing import NOW
from tests.sessions.pair import PAIR, PAIRED

SESSIONS = [SessionId(derived_id("session", number)) for number in range(6)]
IDS = st.sampled_from(SESSIONS)
PARTS = st.sampled_from(list(Part))
TIMES = st.integers(0, 24 * 120).map(lambda hours: NOW + timedelta(hours=hours))
COMMANDS: st.SearchStrategy[JourneyCommand] = st.one_of(
    st.builds(
        ScheduleSession,
        pairing_id=st.just(PAIR),
        session_id=IDS,
        starts_at=TIMES,
        minutes=st.none() | st.integers(15, 240),
        free=st.booleans(),
        by=PARTS,
    ),
    st.builds(
        RescheduleSession, pairing_id=st.just(PAIR), session_id=IDS, starts_at=TIMES, by=PARTS
    ),
    st.builds(HoldSession, pairing_id=st.just(PAIR), session_id=IDS, by=PARTS),
    st.builds(MissSession, pairing_id=st.just(PAIR), session_id=IDS, absent=PARTS, by=PARTS),
    st.builds(CancelSession, pairing_id=st.just(PAIR), session_id=IDS, by=PARTS),
    st.builds(
        RecordReflection,
        pairing_id=st.just(PAIR),
        session_id=IDS,
        by=PARTS,
        visibility=st.sampled_from(list(Visibility)),
        usefulness=st.integers(1, 5),
    ),
    st.builds(
        SetCadence,
        pairing_id=st.just(PAIR),
        every_days=st.integers(7, 92),
        review_every_days=st.integers(28, 366),
    ),
    st.builds(CompleteJourney, pairing_id=st.just(PAIR), by=PARTS),
    st.builds(EndJourney, pairing_id=st.just(PAIR), reason=st.just("silent")),
)
STEPS = st.lists(st.tuples(COMMANDS, st.integers(0, 72)), max_size=40)


def timers(journey: Journey) -> Sequence[JourneyCommand]:
    """Every timer that could be due in this journey, as its rows would say it."""
    by = journey.next_session_by
    of_sessions = [
        command
        for session_id, session in journey.sessions.items()
        for command in (
            RemindOfSession(
                pairing_id=PAIR, session_id=session_id, due_at=session.starts_at - SESSION_NOTICE
            ),
            RemindOfReflection(
                pairing_id=PAIR,
                session_id=session_id,
                part=Part.MENTEE,
                due_at=session.starts_at + REFLECTION_TIME,
            ),
        )
    ]
    return [
        MissCadence(pairing_id=PAIR, due_at=by),
        RemindOfNextSession(pairing_id=PAIR, due_at=by - CADENCE_NOTICE),
        RemindOfReview(pairing_id=PAIR, due_at=journey.next_review_by),
        *of_sessions,
    ]


def told(
    journey: Journey, command: JourneyCommand, now: datetime
) -> tuple[Journey, Sequence[JourneyEvent]]:
    """What a command leads to; a refusal leads to nothing."""
    try:
        events = JOURNEY.decide(journey, command, now)
    except MentorshipError:
        return journey, ()
    return JOURNEY.fold(events, journey), events


def lived(steps: Sequence[tuple[JourneyCommand, int]]) -> Sequence[JourneyEvent]:
    """A whole journey: commands with hours between them, and every timer tried at every step."""
    now = NOW
    journey, begun = told(JOURNEY.initial, PAIRED, now)
    history = list(begun)
    for command, hours in steps:
        now += timedelta(hours=hours)
        for wanted in (command, *timers(journey)):
            journey, events = told(journey, wanted, now)
            history += events
    return history


@settings(deadline=None)
@for_all(STEPS)
def test_a_session_meets_one_end_at_most(steps: list[tuple[JourneyCommand, int]]) -> None:
    ends = Counter(
        event.session_id
        for event in lived(steps)
        if isinstance(event, SessionHeld | SessionMissed | SessionCancelled)
    )
    assert not ends or max(ends.values()) == 1


@settings(deadline=None)
@for_all(STEPS)
def test_no_reminder_comes_twice(steps: list[tuple[JourneyCommand, int]]) -> None:
    issued = [event.reminder_id for event in lived(steps) if isinstance(event, ReminderIssued)]
    assert len(issued) == len(set(issued))


@settings(deadline=None)
@for_all(STEPS)
def test_a_journey_is_over_once_and_complete_only_with_its_places_held(
    steps: list[tuple[JourneyCommand, int]],
) -> None:
    history = lived(steps)
    over = [event for event in history if isinstance(event, JourneyCompleted | JourneyEnded)]
    assert len(over) <= 1
    if over and isinstance(over[0], JourneyCompleted):
        held = {event.place for event in history if isinstance(event, SessionHeld)}
        assert held >= {1, 2, 3, 4}


@settings(deadline=None)
@for_all(STEPS)
def test_nobody_reflects_twice_or_on_what_was_not_held(
    steps: list[tuple[JourneyCommand, int]],
) -> None:
    history = lived(steps)
    held = {event.session_id for event in history if isinstance(event, SessionHeld)}
    filed = [
        (event.session_id, event.by) for event in history if isinstance(event, ReflectionRecorded)
    ]
    assert len(filed) == len(set(filed))
    assert {session_id for session_id, _ in filed} <= held


@settings(deadline=None)
@for_all(STEPS, COMMANDS)
def test_a_command_repeated_records_nothing(
    steps: list[tuple[JourneyCommand, int]], command: JourneyCommand
) -> None:
    history = lived(steps)
    now = max(event.at for event in history)
    journey, _ = told(JOURNEY.fold(history), command, now)
    assert told(journey, command, now) == (journey, ())


@settings(deadline=None)
@for_all(STEPS)
def test_the_day_to_meet_by_lies_after_the_last_meeting(
    steps: list[tuple[JourneyCommand, int]],
) -> None:
    journey = JOURNEY.fold(lived(steps))
    assert journey.next_session_by > journey.last_met_at

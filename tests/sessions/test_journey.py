"""How a journey runs: planned, held, missed, moved, and brought to its end."""

from dataclasses import replace
from datetime import timedelta

import pytest

from services.sessions.domain.journey import JOURNEY
from services.sessions.domain.journey.commands import (
    CompleteJourney,
    EndJourney,
    HoldSession,
    JourneyCommand,
    JourneyOver,
    JourneyUnknown,
    ScheduleSession,
    SessionClosed,
    SessionInThePast,
    SessionNotStarted,
    SessionsMissing,
    SessionsOverlap,
    SessionTooFarAhead,
    SessionUnknown,
    SetCadence,
)
from services.sessions.domain.journey.state import Journey
from services.sessions.domain.template import FREE_MEETING, SESSIONS, agenda
from shared.events.sessions import (
    AgendaPrepared,
    CadenceSet,
    JourneyCompleted,
    JourneyEnded,
    JourneyEvent,
    JourneyStarted,
    SessionScheduled,
)
from shared.events.vocabulary import Part
from shared.ids import SessionId, derived_id
from shared.testing import NOW, Scenario, given
from tests.sessions.pair import (
    AFTERWARDS,
    ANA_CANCELS,
    ANA_PLANS,
    BEGUN,
    BEN_MOVES,
    BEN_SAYS_ANA_WAS_ABSENT,
    BEN_SAYS_HELD,
    CANCELLED,
    DAY,
    HELD,
    HOUR,
    IN_TEN_DAYS,
    MISSED,
    MOVED,
    PAIR,
    PAIRED,
    PLANNED,
    PREPARED,
    SECOND,
    STARTED,
)

COMPLETE = CompleteJourney(pairing_id=PAIR, by=Part.MENTEE)
END = EndJourney(pairing_id=PAIR, reason="not_a_fit")


def test_a_pairing_begins_a_journey_from_the_shipped_template() -> None:
    given(JOURNEY).when(PAIRED).then(*BEGUN)
    assert isinstance(STARTED, JourneyStarted)
    assert [plan.code for plan in STARTED.sessions] == [
        "trust_and_goals",
        "strengths_and_growth_areas",
        "solutions",
        "review_and_forward_plan",
    ]


def test_a_journey_meets_monthly_and_is_reviewed_quarterly() -> None:
    cadence = BEGUN[1]
    assert isinstance(cadence, CadenceSet)
    assert (cadence.every_days, cadence.review_every_days) == (30, 90)
    assert cadence.next_session_by == NOW + 30 * DAY


def test_a_journey_begins_only_once() -> None:
    given(JOURNEY, *BEGUN).when(PAIRED).then()


def test_a_session_is_planned_with_its_playbook() -> None:
    given(JOURNEY, *BEGUN).when(ANA_PLANS).then(PLANNED, PREPARED)


def test_planning_the_same_session_twice_records_nothing() -> None:
    given(JOURNEY, *BEGUN, PLANNED, PREPARED).when(ANA_PLANS).then()


def test_the_second_session_takes_the_second_place() -> None:
    plan_second = replace(ANA_PLANS, session_id=SECOND, starts_at=IN_TEN_DAYS + DAY)
    given(JOURNEY, *BEGUN, PLANNED).when(plan_second).then(
        replace(PLANNED, session_id=SECOND, starts_at=IN_TEN_DAYS + DAY, place=2),
        AgendaPrepared(pairing_id=PAIR, session_id=SECOND, items=agenda(SESSIONS[1], 60), at=NOW),
    )


def test_a_missed_session_leaves_its_place_to_the_next_one() -> None:
    again = replace(ANA_PLANS, session_id=SECOND, starts_at=AFTERWARDS + DAY)
    answer = given(JOURNEY, *BEGUN, PLANNED, MISSED).when(again, at=AFTERWARDS)
    planned = answer.decide()[0]
    assert isinstance(planned, SessionScheduled)
    assert planned.place == 1


def test_a_free_meeting_stands_outside_the_template() -> None:
    free = replace(ANA_PLANS, free=True)
    given(JOURNEY, *BEGUN).when(free).then(
        replace(PLANNED, place=0, minutes=30),
        replace(PREPARED, items=agenda(FREE_MEETING, 30)),
    )


@pytest.mark.parametrize("minutes", [15, 20, 45, 60, 90, 240])
def test_time_boxes_fill_the_session_to_the_minute(minutes: int) -> None:
    for plan in (*SESSIONS, FREE_MEETING):
        items = agenda(plan, minutes)
        assert sum(item.minutes for item in items) == minutes
        assert all(item.minutes > 0 for item in items)


def test_a_session_is_not_planned_for_the_past() -> None:
    late = replace(ANA_PLANS, starts_at=NOW - HOUR)
    given(JOURNEY, *BEGUN).when(late).then_refused(SessionInThePast)


def test_people_who_sit_together_may_enter_their_session() -> None:
    just_begun = replace(ANA_PLANS, starts_at=NOW - timedelta(minutes=10))
    assert given(JOURNEY, *BEGUN).when(just_begun).decide()


def test_a_session_is_not_planned_for_years_ahead() -> None:
    far = replace(ANA_PLANS, starts_at=NOW + 400 * DAY)
    given(JOURNEY, *BEGUN).when(far).then_refused(SessionTooFarAhead)


def test_two_sessions_of_a_pair_do_not_overlap() -> None:
    clash = replace(ANA_PLANS, session_id=SECOND, starts_at=IN_TEN_DAYS + HOUR / 2)
    given(JOURNEY, *BEGUN, PLANNED).when(clash).then_refused(SessionsOverlap)


def test_a_session_can_be_moved_to_another_time() -> None:
    given(JOURNEY, *BEGUN, PLANNED).when(BEN_MOVES).then(MOVED)
    given(JOURNEY, *BEGUN, PLANNED, MOVED).when(BEN_MOVES).then()


def test_a_session_that_was_held_is_not_moved() -> None:
    move = replace(BEN_MOVES, starts_at=AFTERWARDS + DAY)
    given(JOURNEY, *BEGUN, PLANNED, HELD).when(move, at=AFTERWARDS).then_refused(SessionClosed)


def test_a_session_held_sets_the_next_one_a_cadence_later() -> None:
    given(JOURNEY, *BEGUN, PLANNED).when(BEN_SAYS_HELD, at=AFTERWARDS).then(HELD)


def test_saying_held_twice_records_nothing() -> None:
    given(JOURNEY, *BEGUN, PLANNED, HELD).when(BEN_SAYS_HELD, at=AFTERWARDS).then()


def test_a_session_told_about_late_sets_nothing_back() -> None:
    told_late = replace(BEN_SAYS_HELD, session_id=SECOND)
    before = replace(PLANNED, session_id=SECOND, starts_at=NOW + DAY)
    given(JOURNEY, *BEGUN, PLANNED, before, HELD).when(told_late, at=AFTERWARDS).then(
        replace(HELD, session_id=SECOND)
    )


@pytest.mark.parametrize("told", [BEN_SAYS_HELD, BEN_SAYS_ANA_WAS_ABSENT])
def test_what_has_not_begun_is_neither_held_nor_missed(
    told: HoldSession,
) -> None:
    given(JOURNEY, *BEGUN, PLANNED).when(told).then_refused(SessionNotStarted)


def test_a_session_that_somebody_missed_is_told_once() -> None:
    story = given(JOURNEY, *BEGUN, PLANNED)
    story.when(BEN_SAYS_ANA_WAS_ABSENT, at=AFTERWARDS).then(MISSED)
    again = given(JOURNEY, *BEGUN, PLANNED, MISSED)
    again.when(BEN_SAYS_ANA_WAS_ABSENT, at=AFTERWARDS).then()


def test_a_session_held_was_not_missed() -> None:
    story = given(JOURNEY, *BEGUN, PLANNED, HELD)
    story.when(BEN_SAYS_ANA_WAS_ABSENT, at=AFTERWARDS).then_refused(SessionClosed)


def test_a_session_missed_was_not_held() -> None:
    story = given(JOURNEY, *BEGUN, PLANNED, MISSED)
    story.when(BEN_SAYS_HELD, at=AFTERWARDS).then_refused(SessionClosed)


def test_a_cancelled_session_stays_cancelled() -> None:
    given(JOURNEY, *BEGUN, PLANNED).when(ANA_CANCELS).then(CANCELLED)
    given(JOURNEY, *BEGUN, PLANNED, CANCELLED).when(ANA_CANCELS).then()
    cancelled = given(JOURNEY, *BEGUN, PLANNED, CANCELLED)
    cancelled.when(BEN_SAYS_HELD, at=AFTERWARDS).then_refused(SessionClosed)


def test_another_plan_keeps_a_cancelled_session_from_being_due() -> None:
    other = replace(PLANNED, session_id=SECOND, starts_at=IN_TEN_DAYS + DAY)
    given(JOURNEY, *BEGUN, PLANNED, other).when(ANA_CANCELS).then(
        replace(CANCELLED, next_session_by=None)
    )


@pytest.mark.parametrize("command", [BEN_MOVES, BEN_SAYS_HELD, ANA_CANCELS])
def test_an_unknown_session_is_not_found(command: HoldSession) -> None:
    given(JOURNEY, *BEGUN).when(command).then_refused(SessionUnknown)


def test_a_pair_can_choose_its_own_cadence() -> None:
    often = SetCadence(pairing_id=PAIR, every_days=14, review_every_days=90)
    chosen = CadenceSet(
        pairing_id=PAIR,
        every_days=14,
        review_every_days=90,
        next_session_by=NOW + 14 * DAY,
        next_review_by=NOW + 90 * DAY,
        at=NOW + DAY,
    )
    given(JOURNEY, *BEGUN).when(often, at=NOW + DAY).then(chosen)
    given(JOURNEY, *BEGUN, chosen).when(often, at=NOW + DAY).then()


def test_a_new_cadence_is_not_late_from_the_start() -> None:
    often = SetCadence(pairing_id=PAIR, every_days=14, review_every_days=60)
    later = NOW + 20 * DAY
    chosen = given(JOURNEY, *BEGUN).when(often, at=later).decide()[0]
    assert isinstance(chosen, CadenceSet)
    assert chosen.next_session_by == later + 14 * DAY
    assert chosen.next_review_by == later + 60 * DAY


def test_a_journey_is_complete_after_its_four_sessions() -> None:
    story = held(4)
    completed = story.when(COMPLETE, at=NOW + 60 * DAY).decide()[0]
    assert isinstance(completed, JourneyCompleted)
    assert completed.sessions_held == 4
    again = story.and_when(COMPLETE, at=NOW + 60 * DAY)
    again.when(COMPLETE, at=NOW + 61 * DAY).then()


def test_a_journey_with_a_session_missing_is_not_complete() -> None:
    held(3).when(COMPLETE, at=NOW + 60 * DAY).then_refused(SessionsMissing)


def test_free_meetings_do_not_count_as_sessions_of_the_template() -> None:
    held(4, free=True).when(COMPLETE, at=NOW + 60 * DAY).then_refused(SessionsMissing)


def test_a_pairing_that_ends_ends_its_journey() -> None:
    ended = JourneyEnded(pairing_id=PAIR, reason="not_a_fit", at=NOW)
    given(JOURNEY, *BEGUN).when(END).then(ended)
    given(JOURNEY, *BEGUN, ended).when(END).then()


def test_a_completed_journey_does_not_end_otherwise() -> None:
    held(4).and_when(COMPLETE, at=NOW + 60 * DAY).when(END).then()


def test_a_pairing_that_never_began_has_no_journey_to_end() -> None:
    given(JOURNEY).when(END).then()


def test_without_a_journey_nothing_is_planned() -> None:
    given(JOURNEY).when(ANA_PLANS).then_refused(JourneyUnknown)


def test_nothing_is_planned_in_a_journey_that_is_over() -> None:
    ended = JourneyEnded(pairing_id=PAIR, reason="not_a_fit", at=NOW)
    given(JOURNEY, *BEGUN, ended).when(ANA_PLANS).then_refused(JourneyOver)
    given(JOURNEY, *BEGUN, ended).when(COMPLETE).then_refused(JourneyOver)


def held(sessions: int, *, free: bool = False) -> Scenario[Journey, JourneyCommand, JourneyEvent]:
    """A journey in which so many sessions were held, one a day."""
    story = given(JOURNEY, *BEGUN)
    for number in range(1, sessions + 1):
        session_id = SessionId(derived_id("held", number))
        starts_at = NOW + number * DAY
        plan = ScheduleSession(
            pairing_id=PAIR,
            session_id=session_id,
            starts_at=starts_at,
            free=free,
            by=Part.MENTEE,
        )
        hold = HoldSession(pairing_id=PAIR, session_id=session_id, by=Part.MENTOR)
        story = story.and_when(plan).and_when(hold, at=starts_at + HOUR)
    return story

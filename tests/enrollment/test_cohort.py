from dataclasses import fields, replace
from datetime import timedelta

import pytest
from hypothesis import given as for_all
from hypothesis import strategies as st

from services.enrollment.domain.cohort import (
    COHORT,
    AdmitApplication,
    CalendarInThePast,
    CalendarOutOfOrder,
    CohortAlreadyScheduled,
    CohortNotFound,
    CohortNotOpen,
    FollowCalendar,
    ScheduleCohort,
)
from shared.events.enrollment import (
    ApplicationsClosed,
    Calendar,
    CohortClosed,
    CohortKickedOff,
    CohortOpened,
    CohortScheduled,
)
from shared.testing import NOW, given
from tests.enrollment.story import ACROSS, CALENDAR, DAY, SPRING

SCHEDULE = ScheduleCohort(cohort_id=SPRING, program_id=ACROSS, name="Spring", calendar=CALENDAR)
SCHEDULED = CohortScheduled(
    cohort_id=SPRING, program_id=ACROSS, name="Spring", calendar=CALENDAR, at=NOW
)
FOLLOW = FollowCalendar(cohort_id=SPRING)
ADMIT = AdmitApplication(cohort_id=SPRING)
IN_WINDOW = NOW + 2 * DAY


def opened(after: timedelta) -> CohortOpened:
    return CohortOpened(cohort_id=SPRING, program_id=ACROSS, at=NOW + after)


def test_a_cohort_is_scheduled_with_its_calendar() -> None:
    given(COHORT).when(SCHEDULE).then(SCHEDULED)


def test_a_cohort_whose_window_has_begun_is_open_at_once() -> None:
    given(COHORT).when(SCHEDULE, at=IN_WINDOW).then(
        replace(SCHEDULED, at=IN_WINDOW), opened(2 * DAY)
    )


def test_scheduling_twice_records_nothing() -> None:
    given(COHORT, SCHEDULED).when(SCHEDULE).then()


def test_another_calendar_under_the_same_id_is_refused() -> None:
    other = replace(SCHEDULE, calendar=replace(CALENDAR, close_at=NOW + 200 * DAY))
    given(COHORT, SCHEDULED).when(other).then_refused(CohortAlreadyScheduled)


@pytest.mark.parametrize("date", [field.name for field in fields(Calendar)][1:])
def test_a_date_before_the_one_it_follows_is_refused_by_name(date: str) -> None:
    calendar = replace(CALENDAR, **{date: NOW})
    given(COHORT).when(replace(SCHEDULE, calendar=calendar)).then_refused(CalendarOutOfOrder)
    with pytest.raises(CalendarOutOfOrder) as refusal:
        COHORT.decide(COHORT.initial, replace(SCHEDULE, calendar=calendar), NOW)
    assert refusal.value.field == f"/calendar/{date}"


def test_a_window_that_is_over_is_refused() -> None:
    given(COHORT).when(SCHEDULE, at=NOW + 20 * DAY).then_refused(CalendarInThePast)


def test_nothing_happens_before_its_day() -> None:
    given(COHORT, SCHEDULED).when(FOLLOW).then()


def test_each_stage_begins_on_its_day() -> None:
    story = given(COHORT, SCHEDULED)
    for event, day in (
        (CohortOpened, 1),
        (ApplicationsClosed, 15),
        (CohortKickedOff, 30),
        (CohortClosed, 180),
    ):
        moment = NOW + day * DAY
        story.when(FOLLOW, at=moment).then(event(cohort_id=SPRING, program_id=ACROSS, at=moment))
        story = story.and_when(FOLLOW, at=moment)


def test_a_timer_that_comes_late_records_every_stage_that_has_begun() -> None:
    late = NOW + 31 * DAY
    given(COHORT, SCHEDULED).when(FOLLOW, at=late).then(
        CohortOpened(cohort_id=SPRING, program_id=ACROSS, at=late),
        ApplicationsClosed(cohort_id=SPRING, program_id=ACROSS, at=late),
        CohortKickedOff(cohort_id=SPRING, program_id=ACROSS, at=late),
    )


def test_an_unknown_cohort_follows_nothing() -> None:
    given(COHORT).when(FOLLOW).then_refused(CohortNotFound)
    given(COHORT).when(ADMIT).then_refused(CohortNotFound)


def test_an_open_cohort_takes_applications() -> None:
    given(COHORT, SCHEDULED, opened(DAY)).when(ADMIT, at=IN_WINDOW).then()


def test_the_window_opens_on_time_even_if_its_timer_is_late() -> None:
    given(COHORT, SCHEDULED).when(ADMIT, at=IN_WINDOW).then(opened(2 * DAY))


def test_nobody_applies_before_or_after_the_window() -> None:
    given(COHORT, SCHEDULED).when(ADMIT).then_refused(CohortNotOpen)
    given(COHORT, SCHEDULED, opened(DAY)).when(ADMIT, at=NOW + 15 * DAY).then_refused(CohortNotOpen)


@for_all(days=st.lists(st.integers(min_value=0, max_value=200)))
def test_whenever_the_timers_come_each_stage_is_recorded_once_and_in_order(
    days: list[int],
) -> None:
    state = COHORT.fold([SCHEDULED])
    recorded: list[object] = []
    for day in sorted(days):
        events = COHORT.decide(state, FOLLOW, NOW + day * DAY)
        state = COHORT.fold(events, state)
        assert COHORT.decide(state, FOLLOW, NOW + day * DAY) == ()
        recorded += [type(event) for event in events]
    order = [CohortOpened, ApplicationsClosed, CohortKickedOff, CohortClosed]
    assert recorded == order[: len(recorded)]

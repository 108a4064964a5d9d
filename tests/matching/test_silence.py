"""Two who do not meet: what is counted, which step comes when, and what takes them off it."""

from dataclasses import replace
from datetime import timedelta
from itertools import permutations
from typing import Any

import pytest
from hypothesis import given as for_all
from hypothesis import strategies as st

from services.matching.domain.pairing import PAIRING
from services.matching.domain.pairing_commands import (
    BreakSilence,
    EndBySilence,
    NoteMeeting,
    NoteMiss,
    PausePairing,
    TakeReMatch,
    TakeSilenceStep,
)
from services.matching.domain.pairing_refusals import (
    PairingNotUnderWay,
    ReMatchNotOffered,
    SilenceStepNotDue,
)
from shared.events.matching import (
    Actor,
    EndReason,
    PairingConfirmed,
    PairingPaused,
    PairingResumed,
    PairMet,
    SilenceBegun,
    SilenceCounted,
    SilenceEnded,
    SilenceEnding,
    SilenceStep,
    SilenceStepTaken,
)
from shared.events.vocabulary import Part
from shared.testing import NOW, given
from tests.matching.cast import PAIR, PROPOSED
from tests.matching.test_pairing import ENDED, PAIRED, TRIAL_STARTED

DAY = timedelta(days=1)
TRIAL = (PROPOSED, PAIRED, TRIAL_STARTED)
CONFIRMED = (*TRIAL, PairingConfirmed(pairing_id=PAIR, at=NOW))
MISS = NoteMiss(
    pairing_id=PAIR,
    told=3,
    due_at=NOW,
    since=NOW - 30 * DAY,
    excused=False,
    warn_after=1,
    offer_days=14,
    end_days=20,
)
COUNTED = SilenceCounted(pairing_id=PAIR, told=3, misses=1, due_at=NOW, at=NOW)
BEGUN = SilenceBegun(
    pairing_id=PAIR,
    misses=1,
    offer_days=14,
    end_days=20,
    next_step=SilenceStep.OFFERED,
    next_at=NOW + 14 * DAY,
    at=NOW,
)
SILENT = (*CONFIRMED, COUNTED, BEGUN)
OFFERED = SilenceStepTaken(
    pairing_id=PAIR,
    step=SilenceStep.OFFERED,
    next_step=SilenceStep.ENDED,
    next_at=NOW + 20 * DAY,
    at=NOW + 14 * DAY,
)
MEET = NoteMeeting(pairing_id=PAIR, told=4)
MET = PairMet(pairing_id=PAIR, told=4, at=NOW)
OVER = SilenceEnded(pairing_id=PAIR, by=SilenceEnding.MET, at=NOW)
STEP = TakeSilenceStep(pairing_id=PAIR)
END = EndBySilence(pairing_id=PAIR)
LEAVE = TakeReMatch(pairing_id=PAIR, by=Part.MENTEE)
GONE = replace(ENDED, reason=EndReason.SILENT, in_trial=False, by=None, manager=None)


def stepped(story: tuple[Any, ...], command: Any, *, days: int) -> Any:  # noqa: ANN401  # any step
    return given(PAIRING, *story).when(command, at=NOW + days * DAY)


@pytest.mark.parametrize("story", [TRIAL, CONFIRMED])
def test_the_first_miss_begins_the_steps_on_trial_and_after_it(story: tuple[Any, ...]) -> None:
    given(PAIRING, *story).when(MISS).then(COUNTED, BEGUN)


def test_where_the_program_waits_for_more_misses_they_are_counted_in_a_row() -> None:
    patient = replace(MISS, warn_after=2)
    second, counted = replace(patient, told=5), replace(COUNTED, told=5, misses=2)
    story = given(PAIRING, *CONFIRMED).and_when(patient)
    story.when(second).then(counted, replace(BEGUN, misses=2))
    met = story.and_when(MEET)
    met.when(second).then(replace(counted, misses=1))


def test_where_nobody_looks_a_miss_is_no_matter() -> None:
    given(PAIRING, *CONFIRMED).when(replace(MISS, warn_after=None)).then()


def test_a_miss_of_two_who_are_not_paired_any_more_is_no_matter() -> None:
    given(PAIRING, *CONFIRMED, GONE).when(MISS).then()
    given(PAIRING, PROPOSED).when(MISS).then()
    given(PAIRING, *CONFIRMED, GONE).when(MEET).then()


def test_told_twice_is_told_once() -> None:
    given(PAIRING, *SILENT).when(MISS).then()
    given(PAIRING, *SILENT, MET, OVER).when(MEET).then()


def test_further_misses_are_counted_and_begin_nothing_anew() -> None:
    later = replace(MISS, told=6)
    given(PAIRING, *SILENT).when(later).then(replace(COUNTED, told=6, misses=2))


def test_a_session_ends_the_silence() -> None:
    given(PAIRING, *SILENT).when(MEET).then(MET, OVER)
    given(PAIRING, *SILENT, OFFERED).when(MEET).then(MET, OVER)
    given(PAIRING, *CONFIRMED).when(MEET).then(MET)


def test_a_session_older_than_the_miss_does_not_end_the_silence() -> None:
    given(PAIRING, *SILENT).when(replace(MEET, told=2)).then()


def test_a_miss_older_than_the_session_begins_nothing() -> None:
    given(PAIRING, *CONFIRMED, MET).when(MISS).then()
    given(PAIRING, *SILENT, MET, OVER).when(replace(MISS, told=2)).then()


@for_all(st.data())
def test_in_whatever_order_and_however_often_it_is_told_the_newest_holds(
    data: st.DataObject,
) -> None:
    told: list[NoteMiss | NoteMeeting] = [
        replace(MISS, told=2),
        replace(MEET, told=3),
        replace(MISS, told=4),
        replace(MEET, told=5),
    ]
    newest_is_a_miss = data.draw(st.booleans())
    facts = told[:3] if newest_is_a_miss else told
    order = data.draw(st.sampled_from(list(permutations(facts))))
    again = data.draw(st.lists(st.sampled_from(facts), max_size=4))
    story = given(PAIRING, *CONFIRMED)
    for command in (*order, *again):
        story = story.and_when(command)
    state: Any = story.state
    assert (state.course.silence.ladder is not None) is newest_is_a_miss


def test_who_is_away_or_was_in_that_time_missed_nothing() -> None:
    excused = replace(COUNTED, misses=0)
    given(PAIRING, *CONFIRMED).when(replace(MISS, excused=True)).then(excused)
    given(PAIRING, *CONFIRMED, excused).when(MISS).then()


def test_a_pairing_that_rests_or_rested_in_that_time_missed_nothing() -> None:
    excused = replace(COUNTED, misses=0)
    paused = PairingPaused(pairing_id=PAIR, by=Actor.MENTEE, at=NOW - 20 * DAY)
    dates: dict[str, Any] = {"trial_ends_at": None, "ends_at": None, "review_at": None}
    resumed = PairingResumed(pairing_id=PAIR, by=Actor.MENTEE, **dates, at=NOW - 10 * DAY)
    given(PAIRING, *CONFIRMED, paused).when(MISS).then(excused)
    given(PAIRING, *CONFIRMED, paused, resumed).when(MISS).then(excused)
    whole = replace(MISS, since=NOW - 10 * DAY)
    given(PAIRING, *CONFIRMED, paused, resumed).when(whole).then(COUNTED, BEGUN)


def test_a_pause_of_the_pairing_ends_the_silence() -> None:
    pause = PausePairing(pairing_id=PAIR, by=Actor.MENTOR)
    paused = PairingPaused(pairing_id=PAIR, by=Actor.MENTOR, at=NOW)
    story = given(PAIRING, *SILENT)
    story.when(pause).then(paused, replace(OVER, by=SilenceEnding.PAUSED))
    given(PAIRING, *CONFIRMED).when(pause).then(paused)
    resting = story.and_when(pause)
    resting.when(STEP, at=NOW + 14 * DAY).then()


def test_a_break_of_one_side_ends_the_silence_that_there_was_then() -> None:
    away = BreakSilence(pairing_id=PAIR, since=NOW)
    given(PAIRING, *SILENT).when(away).then(replace(OVER, by=SilenceEnding.AWAY))
    given(PAIRING, *CONFIRMED).when(away).then()
    given(PAIRING, *SILENT).when(replace(away, since=NOW - DAY)).then()
    given(PAIRING, *CONFIRMED, GONE).when(away).then()


def test_the_offer_comes_on_its_day_and_once() -> None:
    stepped(SILENT, STEP, days=13).then_refused(SilenceStepNotDue)
    stepped(SILENT, STEP, days=14).then(OFFERED)
    stepped((*SILENT, OFFERED), STEP, days=15).then()
    stepped((*SILENT, MET, OVER), STEP, days=14).then()
    stepped((*CONFIRMED, GONE), STEP, days=14).then()


def test_an_offer_that_came_late_leaves_as_much_time_to_answer() -> None:
    late = replace(OFFERED, next_at=NOW + 40 * DAY, at=NOW + 34 * DAY)
    stepped(SILENT, STEP, days=34).then(late)


def test_without_an_end_nothing_follows_the_offer() -> None:
    begun = replace(BEGUN, end_days=None)
    story = (*CONFIRMED, COUNTED, begun)
    stepped(story, STEP, days=14).then(replace(OFFERED, next_step=None, next_at=None))
    last = replace(OFFERED, next_step=None, next_at=None)
    stepped((*story, last), END, days=90).then_refused(SilenceStepNotDue)


def test_without_an_offer_the_end_follows_the_warning() -> None:
    told = replace(MISS, offer_days=None)
    dated: dict[str, Any] = {"next_step": SilenceStep.ENDED, "next_at": NOW + 20 * DAY}
    begun = replace(BEGUN, offer_days=None, **dated)
    given(PAIRING, *CONFIRMED).when(told).then(COUNTED, begun)
    stepped((*CONFIRMED, COUNTED, begun), STEP, days=20).then()
    stepped((*CONFIRMED, COUNTED, begun), END, days=20).then(replace(GONE, at=NOW + 20 * DAY))


def test_with_neither_two_are_warned_and_that_is_all() -> None:
    told = replace(MISS, offer_days=None, end_days=None)
    begun = replace(BEGUN, offer_days=None, end_days=None, next_step=None, next_at=None)
    given(PAIRING, *CONFIRMED).when(told).then(COUNTED, begun)


def test_the_pairing_ends_on_its_day_with_its_reason() -> None:
    story = (*SILENT, OFFERED)
    stepped(story, END, days=19).then_refused(SilenceStepNotDue)
    stepped(story, END, days=20).then(replace(GONE, at=NOW + 20 * DAY))
    stepped((*story, MET, OVER), END, days=20).then_refused(SilenceStepNotDue)
    stepped((*story, GONE), END, days=20).then()
    stepped(SILENT, END, days=20).then_refused(SilenceStepNotDue)
    trial = (*TRIAL, COUNTED, BEGUN, OFFERED)
    stepped(trial, END, days=20).then(replace(GONE, in_trial=True, at=NOW + 20 * DAY))


def test_the_way_out_is_taken_by_either_once_it_is_offered() -> None:
    given(PAIRING, *SILENT).when(LEAVE).then_refused(ReMatchNotOffered)
    given(PAIRING, *CONFIRMED).when(LEAVE).then_refused(ReMatchNotOffered)
    for part in Part:
        leave = replace(LEAVE, by=part)
        left = replace(GONE, by=Actor(part.value))
        given(PAIRING, *SILENT, OFFERED).when(leave).then(left)
        given(PAIRING, *SILENT, OFFERED, left).when(leave).then()
    given(PAIRING, *SILENT, OFFERED, MET, OVER).when(LEAVE).then_refused(ReMatchNotOffered)
    given(PAIRING, *CONFIRMED, ENDED).when(LEAVE).then_refused(PairingNotUnderWay)


def test_what_was_missed_before_a_rest_or_a_break_counts_no_more() -> None:
    dates: dict[str, Any] = {"trial_ends_at": None, "ends_at": None, "review_at": None}
    resumed = PairingResumed(pairing_id=PAIR, by=Actor.MENTEE, **dates, at=NOW)
    paused = PairingPaused(pairing_id=PAIR, by=Actor.MENTEE, at=NOW)
    later = replace(MISS, told=8, since=NOW, warn_after=2)
    first = replace(COUNTED, told=8)
    given(PAIRING, *CONFIRMED, COUNTED, paused, resumed).when(later).then(first)
    away = replace(OVER, by=SilenceEnding.AWAY)
    given(PAIRING, *SILENT, away).when(later).then(first)

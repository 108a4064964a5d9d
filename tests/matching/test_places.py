from dataclasses import replace
from datetime import timedelta

from hypothesis import given as for_all
from hypothesis import strategies as st

from services.matching.domain.roster import (
    ROSTER,
    ChangeSeats,
    Delist,
    NotListed,
    ParticipantOnPause,
    ReserveSeat,
    ReturnSeat,
)
from services.matching.domain.roster_commands import (
    AwayNotBegun,
    BeginAway,
    BreakInThePast,
    BreakNotOver,
    EndBreak,
    GrantPriority,
    LimitSeats,
    OfferOvertaken,
    OfferSeat,
    OrphanStepNotDue,
    PauseParticipant,
    ResumeParticipant,
    SeatsNegative,
    SetAwayDates,
    TakeOrphanStep,
)
from services.matching.domain.waiting import FreedSeats, expected_days
from shared.events.matching import (
    AwayDatesSet,
    OrphanStep,
    OrphanStepTaken,
    ParticipantPaused,
    ParticipantResumed,
    PriorityGranted,
    RematchRequested,
    SeatOffered,
    SeatReleased,
    SeatsChanged,
    SeatsLimited,
)
from shared.events.vocabulary import Part
from shared.testing import NOW, given
from tests.matching.cast import ANA, BEN, OTHER_PAIR, PAIR, listed, reserved

DAY = timedelta(days=1)
ANA_LISTED = listed(ANA, Part.MENTOR, seats=2)
BEN_LISTED = listed(BEN, Part.MENTEE)
UNTIL = NOW + 10 * DAY
PAUSED = ParticipantPaused(enrollment_id=ANA, until=UNTIL, at=NOW)
RESUMED = ParticipantResumed(enrollment_id=ANA, at=NOW)
ASK = ReserveSeat(enrollment_id=ANA, pairing_id=PAIR)


def test_who_pauses_takes_nobody_new_and_is_back_by_themselves() -> None:
    pause = PauseParticipant(enrollment_id=ANA, until=UNTIL)
    given(ROSTER, ANA_LISTED).when(pause).then(PAUSED)
    story = given(ROSTER, ANA_LISTED, PAUSED)
    story.when(pause).then()
    story.when(ASK).then_refused(ParticipantOnPause)
    end = EndBreak(enrollment_id=ANA)
    story.when(end).then_refused(BreakNotOver)
    story.when(end, at=UNTIL).then(replace(RESUMED, at=UNTIL))
    story.and_when(end, at=UNTIL).when(ASK).then(reserved(ANA, PAIR))
    given(ROSTER, ANA_LISTED).when(pause, at=UNTIL).then_refused(BreakInThePast)
    given(ROSTER).when(pause).then_refused(NotListed)


def test_a_pause_without_a_day_lasts_until_they_say_so() -> None:
    story = given(ROSTER, ANA_LISTED).and_when(PauseParticipant(enrollment_id=ANA))
    story.when(EndBreak(enrollment_id=ANA), at=UNTIL).then_refused(BreakNotOver)
    resume = ResumeParticipant(enrollment_id=ANA)
    story.when(resume).then(RESUMED)
    story.and_when(resume).when(resume).then()


def test_a_pause_keeps_the_pairings_there_are() -> None:
    story = given(ROSTER, ANA_LISTED, reserved(ANA, PAIR), PAUSED)
    story.when(ASK).then()
    story.when(ReserveSeat(enrollment_id=ANA, pairing_id=OTHER_PAIR)).then_refused(
        ParticipantOnPause
    )


def test_days_away_begin_and_end_by_themselves() -> None:
    starts, ends = NOW + 3 * DAY, NOW + 5 * DAY
    away = SetAwayDates(enrollment_id=ANA, starts_at=starts, ends_at=ends)
    dates = AwayDatesSet(enrollment_id=ANA, starts_at=starts, ends_at=ends, at=NOW)
    given(ROSTER, ANA_LISTED).when(away).then(dates)
    story = given(ROSTER, ANA_LISTED, dates)
    story.when(away).then()
    story.when(ASK).then(reserved(ANA, PAIR))
    begin = BeginAway(enrollment_id=ANA)
    story.when(begin).then_refused(AwayNotBegun)
    begun = ParticipantPaused(enrollment_id=ANA, until=ends, at=starts)
    story.when(begin, at=starts).then(begun)
    gone = given(ROSTER, ANA_LISTED, dates, begun)
    gone.when(EndBreak(enrollment_id=ANA), at=ends).then(replace(RESUMED, at=ends))
    back = SetAwayDates(enrollment_id=ANA, starts_at=None, ends_at=None)
    story.when(back).then(replace(dates, starts_at=None, ends_at=None))
    wrong = replace(away, ends_at=starts)
    given(ROSTER, ANA_LISTED).when(wrong).then_refused(BreakInThePast)
    at_once = given(ROSTER, ANA_LISTED).when(away, at=starts)
    at_once.then(replace(dates, at=starts), begun)


def test_days_away_that_nobody_noticed_are_over() -> None:
    dates = AwayDatesSet(enrollment_id=ANA, starts_at=NOW, ends_at=UNTIL, at=NOW)
    over = AwayDatesSet(enrollment_id=ANA, starts_at=None, ends_at=None, at=UNTIL)
    given(ROSTER, ANA_LISTED, dates).when(BeginAway(enrollment_id=ANA), at=UNTIL).then(over)


def test_a_limit_here_holds_below_what_is_declared_and_sends_nobody_away() -> None:
    full = given(ROSTER, ANA_LISTED, reserved(ANA, PAIR), reserved(ANA, OTHER_PAIR))
    limit = LimitSeats(enrollment_id=ANA, limit=1)
    limited = SeatsLimited(enrollment_id=ANA, limit=1, at=NOW)
    full.when(limit).then(limited)  # both are taken still: the number sinks as they go
    given(ROSTER, ANA_LISTED).when(limit).then(
        limited, SeatsChanged(enrollment_id=ANA, seats=1, declared=2, at=NOW)
    )
    under = full.and_when(limit)
    under.when(limit).then()
    under.when(ReturnSeat(enrollment_id=ANA, pairing_id=PAIR)).then(
        SeatReleased(enrollment_id=ANA, pairing_id=PAIR, at=NOW),
        SeatsChanged(enrollment_id=ANA, seats=1, declared=2, at=NOW),
    )
    freed = under.and_when(ReturnSeat(enrollment_id=ANA, pairing_id=PAIR))
    freed.when(ChangeSeats(enrollment_id=ANA, seats=5)).then(
        SeatsChanged(enrollment_id=ANA, seats=1, declared=5, at=NOW)
    )
    freed.when(LimitSeats(enrollment_id=ANA, limit=None)).then(
        SeatsLimited(enrollment_id=ANA, limit=None, at=NOW),
        SeatsChanged(enrollment_id=ANA, seats=2, declared=2, at=NOW),
    )
    full.when(replace(limit, limit=-1)).then_refused(SeatsNegative)


OFFER = OfferSeat(enrollment_id=BEN, pairing_id=PAIR, mentor=ANA, position=1)


def test_an_offer_is_made_to_who_still_waits() -> None:
    offered = SeatOffered(enrollment_id=BEN, pairing_id=PAIR, mentor=ANA, position=1, at=NOW)
    story = given(ROSTER, BEN_LISTED)
    story.when(OFFER).then(offered, reserved(BEN, PAIR))
    story.and_when(OFFER).when(OFFER).then()
    given(ROSTER, BEN_LISTED, reserved(BEN, OTHER_PAIR)).when(OFFER).then_refused(OfferOvertaken)
    given(ROSTER).when(OFFER).then_refused(OfferOvertaken)
    paused = ParticipantPaused(enrollment_id=BEN, until=None, at=NOW)
    given(ROSTER, BEN_LISTED, paused).when(OFFER).then_refused(OfferOvertaken)


def test_a_mentor_s_seat_that_went_meanwhile_is_looked_for_again() -> None:
    """A refusal would take with it what is offered to others in the same moment."""
    seen = replace(ASK, seen_free=True)
    given(ROSTER, ANA_LISTED).when(seen).then(reserved(ANA, PAIR))
    full = given(ROSTER, listed(ANA, Part.MENTOR), reserved(ANA, OTHER_PAIR))
    full.when(seen).then_refused(OfferOvertaken)
    given(ROSTER, ANA_LISTED, PAUSED).when(seen).then_refused(OfferOvertaken)
    given(ROSTER).when(seen).then_refused(OfferOvertaken)


LEFT = ReturnSeat(enrollment_id=BEN, pairing_id=PAIR, seek=True, priority=True, orphaned=True)
TOLD = OrphanStepTaken(
    enrollment_id=BEN,
    pairing_id=PAIR,
    step=OrphanStep.TOLD,
    next_step=OrphanStep.NUDGED,
    next_at=NOW + DAY,
    at=NOW,
)


def test_who_was_left_is_told_at_once_and_knows_what_comes_when() -> None:
    story = given(ROSTER, BEN_LISTED, reserved(BEN, PAIR))
    story.when(LEFT).then(
        SeatReleased(enrollment_id=BEN, pairing_id=PAIR, at=NOW),
        RematchRequested(enrollment_id=BEN, pairing_id=PAIR, priority=True, at=NOW),
        TOLD,
    )
    step = TakeOrphanStep(enrollment_id=BEN)
    left = story.and_when(LEFT)
    left.when(step).then_refused(OrphanStepNotDue)
    nudged = replace(
        TOLD,
        step=OrphanStep.NUDGED,
        next_step=OrphanStep.OFFERED,
        next_at=NOW + 3 * DAY,
        at=NOW + DAY,
    )
    left.when(step, at=NOW + DAY).then(nudged)
    offered = left.and_when(step, at=NOW + DAY).and_when(step, at=NOW + 3 * DAY)
    last = replace(
        TOLD,
        step=OrphanStep.RE_MATCHED,
        next_step=None,
        next_at=None,
        at=NOW + 7 * DAY,
    )
    offered.when(step, at=NOW + 7 * DAY).then(last)
    offered.and_when(step, at=NOW + 7 * DAY).when(step, at=NOW + 70 * DAY).then()


def test_the_steps_end_with_a_new_partner_or_with_leaving() -> None:
    step = TakeOrphanStep(enrollment_id=BEN)
    left = given(ROSTER, BEN_LISTED, reserved(BEN, PAIR)).and_when(LEFT)
    found = left.and_when(ReserveSeat(enrollment_id=BEN, pairing_id=OTHER_PAIR))
    found.when(step, at=NOW + DAY).then()
    gone = left.and_when(Delist(enrollment_id=BEN, reason="withdrew"))
    gone.when(step, at=NOW + DAY).then()


def test_a_mentor_who_was_left_needs_no_steps() -> None:
    left = replace(LEFT, enrollment_id=ANA)
    given(ROSTER, ANA_LISTED, reserved(ANA, PAIR)).when(left).then(
        SeatReleased(enrollment_id=ANA, pairing_id=PAIR, at=NOW),
        RematchRequested(enrollment_id=ANA, pairing_id=PAIR, priority=True, at=NOW),
    )


def test_priority_is_granted_once_and_used_up_by_a_seat() -> None:
    grant = GrantPriority(enrollment_id=BEN, ground="appeal")
    granted = PriorityGranted(enrollment_id=BEN, ground="appeal", at=NOW)
    given(ROSTER, BEN_LISTED).when(grant).then(granted)
    given(ROSTER, BEN_LISTED, granted).when(grant).then()
    used = given(ROSTER, BEN_LISTED, granted, reserved(BEN, PAIR))
    used.when(grant).then(granted)
    given(ROSTER).when(grant).then_refused(NotListed)


def test_a_wait_is_told_only_where_enough_was_seen() -> None:
    assert expected_days(3, FreedSeats(seats=4, days=84)) is None
    assert expected_days(1, FreedSeats(seats=5, days=84)) == 17
    assert expected_days(3, FreedSeats(seats=12, days=84)) == 21


@for_all(st.integers(1, 500), st.integers(5, 500), st.integers(0, 84))
def test_who_is_further_back_never_waits_less(position: int, seats: int, days: int) -> None:
    freed = FreedSeats(seats=seats, days=days)
    here, behind = expected_days(position, freed), expected_days(position + 1, freed)
    assert here is not None
    assert behind is not None
    assert 1 <= here <= behind

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from services.matching.domain.pairing import PAIRING
from services.matching.domain.pairing_commands import (
    AcceptPairing,
    ApprovePairing,
    ComeToReview,
    ConfirmTrial,
    DeclinePairing,
    EndByTerm,
    ExtendPairing,
    LeaveTrial,
    PassTrial,
    PausePairing,
    ResumePairing,
    ReviewPairing,
)
from services.matching.domain.pairing_proposal import not_silent
from services.matching.domain.pairing_refusals import (
    ApprovalNotAsked,
    ApprovalOutOfTurn,
    ExtensionNotLater,
    ExtensionTooLong,
    NoEndDate,
    PairingNotUnderWay,
    PairingOnPause,
    PairingTooLong,
    ReviewNotDue,
    ReviewNotYet,
    TermNotOver,
)
from shared.errors import MentorshipError
from shared.events.matching import (
    Actor,
    Adjustment,
    Approver,
    EndReason,
    MatchAdjusted,
    MatchReviewDue,
    PairingAccepted,
    PairingApproved,
    PairingConfirmed,
    PairingDeclined,
    PairingEnded,
    PairingExtended,
    PairingPaused,
    PairingProposed,
    PairingResumed,
    ReviewOutcome,
)
from shared.events.vocabulary import Part
from shared.testing import NOW, given
from tests.matching.cast import PAIR, PIA_MANAGES, PROPOSED
from tests.matching.test_pairing import ENDED, PAIRED, PROPOSE, TRIAL_STARTED

DAY = timedelta(days=1)
MENTOR, MENTEE, MANAGER = Approver.MENTOR, Approver.MENTEE, Approver.MANAGER
ANA_YES, BEN_YES = (AcceptPairing(pairing_id=PAIR, by=part) for part in Part)
PIA_YES = ApprovePairing(pairing_id=PAIR, manager=PIA_MANAGES)
ANA_SAID, BEN_SAID = (PairingAccepted(pairing_id=PAIR, by=part, at=NOW) for part in Part)
PIA_SAID = PairingApproved(pairing_id=PAIR, by=PIA_MANAGES, at=NOW)
LASTING = replace(PROPOSED, pairing_days=180, review_days=60)
DATED = replace(PAIRED, ends_at=NOW + 180 * DAY, review_at=NOW + 60 * DAY)
TRIAL = (LASTING, ANA_SAID, BEN_SAID, DATED, TRIAL_STARTED)
CONFIRMED = (*TRIAL, PairingConfirmed(pairing_id=PAIR, at=NOW))
PAUSE = PausePairing(pairing_id=PAIR, by=Actor.MENTEE)
PAUSED = PairingPaused(pairing_id=PAIR, by=Actor.MENTEE, at=NOW)
RESUME = ResumePairing(pairing_id=PAIR, by=Actor.MANAGER)


def asking(*approvals: Approver, in_order: bool = False) -> PairingProposed:
    return replace(PROPOSED, approvals=approvals, approvals_in_order=in_order)


def test_where_nobody_has_to_approve_two_are_paired_at_once() -> None:
    given(PAIRING).when(replace(PROPOSE, approvals=())).then(asking(), PAIRED, TRIAL_STARTED)


def test_where_one_side_has_to_approve_its_yes_is_enough() -> None:
    story = given(PAIRING, asking(MENTEE))
    story.when(BEN_YES).then(BEN_SAID, PAIRED, TRIAL_STARTED)
    story.when(ANA_YES).then_refused(ApprovalNotAsked)
    no = DeclinePairing(pairing_id=PAIR, by=Part.MENTOR)
    story.when(no).then(PairingDeclined(pairing_id=PAIR, by=Part.MENTOR, at=NOW))


def test_a_manager_approves_beside_the_two_and_may_withhold_it() -> None:
    story = given(PAIRING, asking(MENTOR, MENTEE, MANAGER), ANA_SAID, BEN_SAID)
    story.when(PIA_YES).then(PIA_SAID, PAIRED, TRIAL_STARTED)
    given(PAIRING, asking(MANAGER, MENTEE), PIA_SAID).when(PIA_YES).then()
    no = DeclinePairing(pairing_id=PAIR, by=None, manager=PIA_MANAGES)
    declined = PairingDeclined(pairing_id=PAIR, by=None, manager=PIA_MANAGES, at=NOW)
    story.when(no).then(declined)
    given(PAIRING, PROPOSED).when(PIA_YES).then_refused(ApprovalNotAsked)


def test_in_order_each_is_asked_when_the_one_before_said_yes() -> None:
    story = given(PAIRING, asking(MANAGER, MENTEE, MENTOR, in_order=True))
    story.when(BEN_YES).then_refused(ApprovalOutOfTurn)
    approved = story.and_when(PIA_YES)
    approved.when(ANA_YES).then_refused(ApprovalOutOfTurn)
    approved.and_when(BEN_YES).when(ANA_YES).then(ANA_SAID, PAIRED, TRIAL_STARTED)


def test_who_was_not_asked_yet_was_not_silent() -> None:
    both = (MENTOR, MENTEE)
    assert not_silent(both, frozenset(), in_order=False) == frozenset()
    assert not_silent(both, frozenset({MENTEE}), in_order=False) == {Part.MENTEE}
    assert not_silent(both, frozenset(), in_order=True) == {Part.MENTEE}
    assert not_silent((MANAGER, *both), frozenset(), in_order=True) == frozenset(Part)
    assert not_silent((MENTEE,), frozenset(), in_order=False) == {Part.MENTOR}


def test_dates_begin_with_the_pairing() -> None:
    story = given(PAIRING, LASTING, ANA_SAID)
    story.when(BEN_YES).then(BEN_SAID, DATED, TRIAL_STARTED)


def test_while_a_pairing_rests_its_trial_and_its_end_stand_still() -> None:
    story = given(PAIRING, *TRIAL)
    story.when(PAUSE).then(PAUSED)
    resting = given(PAIRING, *TRIAL, PAUSED)
    resting.when(PAUSE).then()
    over = TRIAL_STARTED.ends_at
    resting.when(PassTrial(pairing_id=PAIR), at=over).then_refused(PairingOnPause)
    confirm = ConfirmTrial(pairing_id=PAIR, by=Part.MENTOR)
    resting.when(confirm).then_refused(PairingOnPause)
    resumed = PairingResumed(
        pairing_id=PAIR,
        by=Actor.MANAGER,
        trial_ends_at=over + 10 * DAY,
        ends_at=NOW + 190 * DAY,
        review_at=NOW + 70 * DAY,
        at=NOW + 10 * DAY,
    )
    resting.when(RESUME, at=NOW + 10 * DAY).then(resumed)
    again = given(PAIRING, *TRIAL, PAUSED, resumed)
    again.when(RESUME, at=NOW + 10 * DAY).then()
    with pytest.raises(MentorshipError):
        PAIRING.decide(again.state, PassTrial(pairing_id=PAIR), over)
    end = EndByTerm(pairing_id=PAIR)
    again.when(end, at=NOW + 189 * DAY).then_refused(TermNotOver)


def test_a_trial_can_be_left_without_fault_also_while_it_rests() -> None:
    leave = LeaveTrial(pairing_id=PAIR, by=Part.MENTEE)
    events = PAIRING.decide(given(PAIRING, *TRIAL, PAUSED).state, leave, NOW)
    ended = events[-1]
    assert isinstance(ended, PairingEnded)
    assert (ended.reason, ended.in_trial) == (EndReason.NO_REASON_GIVEN, True)


def extend(until: datetime, total_days_max: int | None = None) -> ExtendPairing:
    return ExtendPairing(
        pairing_id=PAIR,
        until=until,
        by=Actor.MENTOR,
        days_max=90,
        total_days_max=total_days_max,
    )


def test_an_end_can_be_put_off_within_what_the_program_allows() -> None:
    end = NOW + 180 * DAY
    story = given(PAIRING, *CONFIRMED)
    until = end + 90 * DAY
    told = PairingExtended(pairing_id=PAIR, by=Actor.MENTOR, ends_at=until, at=NOW)
    story.when(extend(until)).then(told)
    story.and_when(extend(until)).when(extend(until)).then()
    story.when(extend(until + DAY)).then_refused(ExtensionTooLong)
    story.when(extend(end - DAY)).then_refused(ExtensionNotLater)
    story.when(extend(end + 30 * DAY, total_days_max=200)).then_refused(PairingTooLong)
    given(PAIRING, *CONFIRMED, PAUSED).when(extend(until)).then_refused(PairingOnPause)
    endless = (PROPOSED, ANA_SAID, BEN_SAID, PAIRED, TRIAL_STARTED)
    given(PAIRING, *endless).when(extend(until)).then_refused(NoEndDate)
    given(PAIRING, PROPOSED).when(extend(until)).then_refused(PairingNotUnderWay)


def test_a_pairing_ends_with_its_length_unless_it_was_extended() -> None:
    end, over = EndByTerm(pairing_id=PAIR), NOW + 180 * DAY
    story = given(PAIRING, *CONFIRMED)
    story.when(end, at=over - DAY).then_refused(TermNotOver)
    story.when(end, at=over).then(replace(ENDED, reason=EndReason.TERM_OVER, at=over))
    longer = story.and_when(extend(over + DAY))
    longer.when(end, at=over).then_refused(TermNotOver)


REVIEW_DUE = MatchReviewDue(pairing_id=PAIR, review=1, next_at=NOW + 120 * DAY, at=NOW + 60 * DAY)


def test_reviews_come_in_their_rhythm_whether_answered_or_not() -> None:
    come = ComeToReview(pairing_id=PAIR)
    story = given(PAIRING, *CONFIRMED)
    story.when(come, at=NOW + 59 * DAY).then_refused(ReviewNotYet)
    story.when(come, at=NOW + 60 * DAY).then(REVIEW_DUE)
    late = replace(REVIEW_DUE, next_at=NOW + 240 * DAY, at=NOW + 200 * DAY)
    story.when(come, at=NOW + 200 * DAY).then(late)
    story.and_when(come, at=NOW + 60 * DAY).when(come, at=NOW + 120 * DAY).then(
        replace(REVIEW_DUE, review=2, next_at=NOW + 180 * DAY, at=NOW + 120 * DAY)
    )


def test_a_review_that_is_due_is_answered_once() -> None:
    changes = (Adjustment.RHYTHM,)
    adjust = ReviewPairing(
        pairing_id=PAIR, outcome=ReviewOutcome.ADJUST, by=Actor.MENTEE, adjustments=changes
    )
    adjusted = MatchAdjusted(
        pairing_id=PAIR,
        review=1,
        outcome=ReviewOutcome.ADJUST,
        adjustments=changes,
        by=Actor.MENTEE,
        at=NOW,
    )
    story = given(PAIRING, *CONFIRMED, REVIEW_DUE)
    story.when(adjust).then(adjusted)
    story.and_when(adjust).when(adjust).then()
    other = replace(adjust, outcome=ReviewOutcome.CONTINUE)
    story.and_when(adjust).when(other).then_refused(ReviewNotDue)
    part = replace(adjust, outcome=ReviewOutcome.RE_MATCH, adjustments=())
    parted = replace(adjusted, outcome=ReviewOutcome.RE_MATCH, adjustments=())
    ended = replace(ENDED, reason=EndReason.RE_MATCHED, by=Actor.MENTEE)
    story.when(part).then(parted, ended)
    story.and_when(part).when(part).then()


@pytest.mark.parametrize("command", [PAUSE, RESUME, ComeToReview(pairing_id=PAIR)])
def test_what_is_not_under_way_cannot_be_changed(command: PausePairing) -> None:
    given(PAIRING, PROPOSED).when(command).then_refused(PairingNotUnderWay)
    given(PAIRING, *CONFIRMED, ENDED).when(command).then_refused(PairingNotUnderWay)

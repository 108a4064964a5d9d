from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given as for_all
from hypothesis import strategies as st

from services.matching.domain.pairing import PAIRING, NotProposed, Pairing, decide
from services.matching.domain.pairing_commands import (
    AcceptPairing,
    ConfirmTrial,
    DeclinePairing,
    EndPairing,
    ExpirePairing,
    LeavePairing,
    LeaveTrial,
    PairingCommand,
    PassTrial,
    ProposePairing,
)
from services.matching.domain.pairing_refusals import (
    HardRuleBroken,
    PairingAlreadyProposed,
    PairingClosed,
    PairingNotOnTrial,
    PairingNotPaired,
    PairingNotProposed,
    PairingUnknown,
    ProposalExpired,
    ProposalNotDue,
    ReasonNotOpen,
    TrialNotOver,
)
from shared.errors import MentorshipError
from shared.events.matching import (
    Actor,
    EndReason,
    PairingAccepted,
    PairingConfirmed,
    PairingDeclined,
    PairingEnded,
    PairingEvent,
    PairingExpired,
    ParticipantsPaired,
    TrialConfirmed,
    TrialEnded,
    TrialStarted,
)
from shared.events.vocabulary import Part
from shared.testing import NOW, given
from tests.matching.cast import ANA, BEN, CEM, COHORT, PAIR, PROGRAM, PROPOSED, person

PROPOSE = ProposePairing(
    pairing_id=PAIR,
    program_id=PROGRAM,
    cohort_id=COHORT,
    mentor=ANA,
    mentee=BEN,
    mentor_person=person("ana"),
    mentee_person=person("ben"),
    run_id=None,
    score=700,
    cross_functional=True,
    answer_days=7,
    trial_days=30,
)
ANA_ACCEPTS = AcceptPairing(pairing_id=PAIR, by=Part.MENTOR)
BEN_ACCEPTS = AcceptPairing(pairing_id=PAIR, by=Part.MENTEE)
ANA_ACCEPTED = PairingAccepted(pairing_id=PAIR, by=Part.MENTOR, at=NOW)
BEN_ACCEPTED = PairingAccepted(pairing_id=PAIR, by=Part.MENTEE, at=NOW)
PAIRED = ParticipantsPaired(
    pairing_id=PAIR,
    program_id=PROGRAM,
    cohort_id=COHORT,
    mentor=ANA,
    mentee=BEN,
    mentor_person=person("ana"),
    mentee_person=person("ben"),
    cross_functional=True,
    at=NOW,
)
TRIAL_STARTED = TrialStarted(pairing_id=PAIR, ends_at=NOW + timedelta(days=30), at=NOW)
ON_TRIAL = (PROPOSED, ANA_ACCEPTED, BEN_ACCEPTED, PAIRED, TRIAL_STARTED)
CONFIRMED = PairingConfirmed(pairing_id=PAIR, at=NOW)
ENDED = PairingEnded(
    pairing_id=PAIR,
    program_id=PROGRAM,
    cohort_id=COHORT,
    mentor=ANA,
    mentee=BEN,
    reason=EndReason.GOALS_MET,
    in_trial=False,
    at=NOW,
)


def test_a_pair_is_proposed_once() -> None:
    given(PAIRING).when(PROPOSE).then(PROPOSED)
    given(PAIRING, PROPOSED).when(PROPOSE).then()


def test_an_id_is_not_used_for_other_people() -> None:
    other = replace(PROPOSE, mentee=CEM)
    given(PAIRING, PROPOSED).when(other).then_refused(PairingAlreadyProposed)


def test_a_hard_rule_stops_a_pair_made_by_hand() -> None:
    forbidden = replace(PROPOSE, broken_rules=("reporting_line",))
    given(PAIRING).when(forbidden).then_refused(HardRuleBroken)


def test_one_yes_is_not_enough() -> None:
    given(PAIRING, PROPOSED).when(ANA_ACCEPTS).then(ANA_ACCEPTED)
    given(PAIRING, PROPOSED, ANA_ACCEPTED).when(ANA_ACCEPTS).then()


def test_two_who_said_yes_are_paired_on_trial() -> None:
    story = given(PAIRING, PROPOSED, ANA_ACCEPTED)
    story.when(BEN_ACCEPTS).then(BEN_ACCEPTED, PAIRED, TRIAL_STARTED)
    given(PAIRING, *ON_TRIAL).when(BEN_ACCEPTS).then()


def test_one_no_closes_the_proposal() -> None:
    no = DeclinePairing(pairing_id=PAIR, by=Part.MENTEE)
    declined = PairingDeclined(pairing_id=PAIR, by=Part.MENTEE, at=NOW)
    given(PAIRING, PROPOSED, ANA_ACCEPTED).when(no).then(declined)
    given(PAIRING, PROPOSED, declined).when(no).then()
    given(PAIRING, PROPOSED, declined).when(PROPOSE).then_refused(PairingClosed)
    given(PAIRING, PROPOSED, declined).when(ANA_ACCEPTS).then_refused(PairingNotProposed)
    given(PAIRING, *ON_TRIAL).when(no).then_refused(PairingNotProposed)


def test_a_proposal_expires_when_its_time_is_over_and_not_before() -> None:
    expire = ExpirePairing(pairing_id=PAIR)
    due = PROPOSED.answer_by
    given(PAIRING, PROPOSED).when(expire).then_refused(ProposalNotDue)
    expired = PairingExpired(pairing_id=PAIR, at=due)
    given(PAIRING, PROPOSED).when(expire, at=due).then(expired)
    given(PAIRING, PROPOSED, expired).when(expire, at=due).then()
    given(PAIRING, *ON_TRIAL).when(expire, at=due).then_refused(PairingNotProposed)


def test_an_answer_after_the_time_is_refused_also_before_anybody_looked() -> None:
    due = PROPOSED.answer_by
    expired = PairingExpired(pairing_id=PAIR, at=due)
    given(PAIRING, PROPOSED).when(ANA_ACCEPTS, at=due).then_refused(ProposalExpired)
    given(PAIRING, PROPOSED, expired).when(ANA_ACCEPTS, at=due).then_refused(ProposalExpired)
    no = DeclinePairing(pairing_id=PAIR, by=Part.MENTOR)
    given(PAIRING, PROPOSED, expired).when(no, at=due).then_refused(ProposalExpired)


def test_a_trial_that_both_confirm_is_over() -> None:
    ana = TrialConfirmed(pairing_id=PAIR, by=Part.MENTOR, at=NOW)
    ben = TrialConfirmed(pairing_id=PAIR, by=Part.MENTEE, at=NOW)
    confirm = ConfirmTrial(pairing_id=PAIR, by=Part.MENTEE)
    given(PAIRING, *ON_TRIAL).when(confirm).then(ben)
    given(PAIRING, *ON_TRIAL, ben).when(confirm).then()
    given(PAIRING, *ON_TRIAL, ana).when(confirm).then(ben, CONFIRMED)
    given(PAIRING, PROPOSED).when(confirm).then_refused(PairingNotOnTrial)


def test_a_trial_that_nobody_left_is_passed_at_its_end() -> None:
    over = PassTrial(pairing_id=PAIR)
    end = TRIAL_STARTED.ends_at
    given(PAIRING, *ON_TRIAL).when(over).then_refused(TrialNotOver)
    passed = PairingConfirmed(pairing_id=PAIR, at=end)
    given(PAIRING, *ON_TRIAL).when(over, at=end).then(passed)
    given(PAIRING, *ON_TRIAL, passed).when(over, at=end).then()


def test_who_leaves_a_trial_gives_no_reason() -> None:
    leave = LeaveTrial(pairing_id=PAIR, by=Part.MENTEE)
    left = TrialEnded(pairing_id=PAIR, by=Part.MENTEE, at=NOW)
    reason, by = EndReason.NO_REASON_GIVEN, Actor.MENTEE
    ended = replace(ENDED, reason=reason, by=by, in_trial=True)
    given(PAIRING, *ON_TRIAL).when(leave).then(left, ended)
    given(PAIRING, *ON_TRIAL, left, ended).when(leave).then()
    given(PAIRING, *ON_TRIAL, CONFIRMED).when(leave).then_refused(PairingNotOnTrial)


def test_a_pairing_ends_with_a_reason_that_its_program_knows() -> None:
    end = EndPairing(
        pairing_id=PAIR,
        reason=EndReason.GOALS_MET,
        open_reasons=frozenset({EndReason.GOALS_MET}),
    )
    given(PAIRING, *ON_TRIAL, CONFIRMED).when(end).then(ENDED)
    given(PAIRING, *ON_TRIAL, CONFIRMED, ENDED).when(end).then()
    given(PAIRING, *ON_TRIAL).when(end).then(replace(ENDED, in_trial=True))
    unknown = replace(end, reason=EndReason.SILENT)
    given(PAIRING, *ON_TRIAL, CONFIRMED).when(unknown).then_refused(ReasonNotOpen)
    given(PAIRING, PROPOSED).when(end).then_refused(PairingNotPaired)


def test_a_leaver_declines_what_is_proposed_and_ends_what_is_paired() -> None:
    leave = LeavePairing(pairing_id=PAIR, by=Part.MENTOR, reason=EndReason.PARTNER_LEFT)
    declined = PairingDeclined(pairing_id=PAIR, by=Part.MENTOR, at=NOW)
    ended = replace(ENDED, reason=EndReason.PARTNER_LEFT, by=Actor.MENTOR)
    given(PAIRING, PROPOSED).when(leave).then(declined)
    given(PAIRING, *ON_TRIAL).when(leave).then(replace(ended, in_trial=True))
    given(PAIRING, *ON_TRIAL, CONFIRMED).when(leave).then(ended)
    given(PAIRING, *ON_TRIAL, CONFIRMED, ended).when(leave).then()


@pytest.mark.parametrize(
    "command", [ANA_ACCEPTS, ExpirePairing(pairing_id=PAIR), PassTrial(pairing_id=PAIR)]
)
def test_a_pairing_that_nobody_proposed_is_unknown(command: PairingCommand) -> None:
    given(PAIRING).when(command).then_refused(PairingUnknown)


PARTS = st.sampled_from(Part)
COMMANDS: st.SearchStrategy[PairingCommand] = st.one_of(
    st.just(PROPOSE),
    st.builds(AcceptPairing, pairing_id=st.just(PAIR), by=PARTS),
    st.builds(DeclinePairing, pairing_id=st.just(PAIR), by=PARTS),
    st.builds(ConfirmTrial, pairing_id=st.just(PAIR), by=PARTS),
    st.builds(LeaveTrial, pairing_id=st.just(PAIR), by=PARTS),
    st.builds(ExpirePairing, pairing_id=st.just(PAIR)),
    st.builds(PassTrial, pairing_id=st.just(PAIR)),
    st.builds(EndPairing, pairing_id=st.just(PAIR), reason=st.sampled_from(EndReason)),
)
CLOSING = (PairingDeclined, PairingExpired, PairingEnded)


@for_all(st.lists(st.tuples(COMMANDS, st.integers(0, 40)), max_size=25))
def test_a_pairing_is_closed_once_and_the_same_command_again_records_nothing(
    commands: list[tuple[PairingCommand, int]],
) -> None:
    pairing: Pairing = NotProposed()
    history: list[PairingEvent] = []
    for command, days in commands:
        at = NOW + timedelta(days=days)
        try:
            events = decide(pairing, command, at)
        except MentorshipError:
            continue
        pairing = PAIRING.fold(events, pairing)
        history += events
        assert not decide(pairing, command, at)
    assert sum(isinstance(event, CLOSING) for event in history) <= 1
    assert sum(isinstance(event, ParticipantsPaired) for event in history) <= 1

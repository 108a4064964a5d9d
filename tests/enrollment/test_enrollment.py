from dataclasses import replace

import pytest

from services.enrollment.domain.enrollment import ENROLLMENT, EnrollmentCommand
from services.enrollment.domain.enrollment.application import (
    JourneyIsComplete,
)
from services.enrollment.domain.enrollment.joining import (
    AgreementNotCurrent,
    AgreementNotPublished,
    BaselineStands,
    CapacityNotDeclared,
    GraduateParticipant,
    RecordOptIn,
    TrainingNotAssigned,
)
from services.enrollment.domain.enrollment.state import (
    ApplicationWasDeclined,
    Condition,
    EnrollmentNotFound,
    ParticipantHasWithdrawn,
)
from services.enrollment.domain.terms import TermUnknown
from shared.events.enrollment import (
    AgreementAccepted,
    BaselineRecorded,
    CompetencyLevel,
    EnrollmentEvent,
    OptInRecorded,
    Part,
    ParticipantEnrolled,
    ParticipantGraduated,
    ParticipantWithdrew,
    TrainingAssigned,
    TrainingCompleted,
)
from shared.ids import PairingId
from shared.testing import NOW, given
from tests.enrollment.steps import (
    ACCEPT,
    AGREE,
    ANA_APPLIES,
    APPROVE,
    BASELINE,
    BEN_APPLIES,
    COACHED,
    GRADUATE,
    JOURNEY,
    LET_GO,
    OPT_IN,
    WITHDRAW,
    after,
    of_ben,
)
from tests.enrollment.story import (
    ACROSS,
    ANA,
    ANAS,
    BEN,
    BENS,
    LISTENING,
    POOR,
    SPRING,
    WORDS,
)

AGREED = AgreementAccepted(enrollment_id=ANAS, version=2, at=NOW)
OPTED_IN = OptInRecorded(enrollment_id=ANAS, at=NOW)
BASELINED = BaselineRecorded(
    enrollment_id=ANAS,
    skills=(CompetencyLevel(competency_id=LISTENING, level=1),),
    confidence=40,
    cross_functional_contacts=2,
    at=NOW,
)
ENROLLED = ParticipantEnrolled(
    enrollment_id=ANAS,
    program_id=ACROSS,
    cohort_id=SPRING,
    person_id=ANA,
    part=Part.MENTEE,
    at=NOW,
)
WITHDREW = ParticipantWithdrew(
    enrollment_id=ANAS,
    program_id=ACROSS,
    cohort_id=SPRING,
    person_id=ANA,
    part=Part.MENTEE,
    reason="own_wish",
    at=NOW,
)
GRADUATED = ParticipantGraduated(enrollment_id=ANAS, pairing_id=JOURNEY, at=NOW)


def test_a_mentee_is_enrolled_by_whichever_step_is_the_last() -> None:
    steps: dict[EnrollmentCommand, EnrollmentEvent | None] = {
        ACCEPT: None,
        AGREE: AGREED,
        OPT_IN: OPTED_IN,
        BASELINE: BASELINED,
    }
    for last, event in steps.items():
        others = [step for step in steps if step is not last]
        answer = given(ENROLLMENT, *after(ANA_APPLIES, *others)).when(last)
        if event is None:
            assert answer.decide()[-1] == ENROLLED
        else:
            answer.then(event, ENROLLED)


def test_a_mentor_is_enrolled_once_the_required_training_is_done() -> None:
    ready = after(BEN_APPLIES, APPROVE, of_ben(AGREE), of_ben(OPT_IN))
    given(ENROLLMENT, *ready).when(replace(COACHED, module="law")).then(
        TrainingCompleted(enrollment_id=BENS, module="law", at=NOW)
    )
    given(ENROLLMENT, *ready).when(COACHED).then(
        TrainingCompleted(enrollment_id=BENS, module="coaching", at=NOW),
        replace(ENROLLED, enrollment_id=BENS, person_id=BEN, part=Part.MENTOR),
    )


def test_what_is_missing_can_be_told() -> None:
    mentee = ENROLLMENT.fold(after(ANA_APPLIES))
    assert mentee.missing() == (
        Condition.DECISION,
        Condition.AGREEMENT,
        Condition.OPT_IN,
        Condition.BASELINE,
    )
    mentor = ENROLLMENT.fold(after(BEN_APPLIES, APPROVE))
    assert mentor.missing() == (Condition.AGREEMENT, Condition.OPT_IN, Condition.TRAINING)


def test_each_step_taken_again_records_nothing() -> None:
    for step in (AGREE, OPT_IN, BASELINE):
        given(ENROLLMENT, *after(ANA_APPLIES, step)).when(step).then()
    given(ENROLLMENT, *after(BEN_APPLIES, APPROVE, COACHED)).when(COACHED).then()


def test_a_mentor_says_how_many_seats_they_offer_before_opting_in() -> None:
    undeclared = RecordOptIn(enrollment_id=BENS)
    given(ENROLLMENT, *after(BEN_APPLIES)).when(undeclared).then_refused(CapacityNotDeclared)


def test_a_mentee_opts_in_without_seats() -> None:
    given(ENROLLMENT, *after(ANA_APPLIES)).when(RecordOptIn(enrollment_id=ANAS)).then(OPTED_IN)


def test_only_the_current_agreement_can_be_accepted() -> None:
    story = given(ENROLLMENT, *after(ANA_APPLIES))
    story.when(replace(AGREE, version=1)).then_refused(AgreementNotCurrent)
    story.when(replace(AGREE, current_version=0)).then_refused(AgreementNotPublished)


def test_a_newer_agreement_can_be_accepted_too() -> None:
    newer = replace(AGREE, version=3, current_version=3)
    given(ENROLLMENT, *after(ANA_APPLIES, AGREE)).when(newer).then(replace(AGREED, version=3))


def test_a_baseline_uses_words_of_the_vocabulary() -> None:
    strange = replace(BASELINE, vocabulary=replace(WORDS, current=frozenset()))
    given(ENROLLMENT, *after(ANA_APPLIES)).when(strange).then_refused(TermUnknown)


def test_a_baseline_may_be_corrected_until_enrollment_and_then_stands() -> None:
    corrected = replace(BASELINE, confidence=50)
    given(ENROLLMENT, *after(ANA_APPLIES, BASELINE)).when(corrected).then(
        replace(BASELINED, confidence=50)
    )
    enrolled = after(ANA_APPLIES, ACCEPT, AGREE, OPT_IN, BASELINE)
    given(ENROLLMENT, *enrolled).when(corrected).then_refused(BaselineStands)
    given(ENROLLMENT, *enrolled).when(BASELINE).then()


def test_only_assigned_training_is_completed() -> None:
    given(ENROLLMENT, *after(BEN_APPLIES, APPROVE)).when(
        replace(COACHED, module="fencing")
    ).then_refused(TrainingNotAssigned)


def test_anyone_may_withdraw_at_any_time() -> None:
    whole_way: list[EnrollmentCommand] = [ANA_APPLIES, ACCEPT, AGREE, OPT_IN, BASELINE]
    for far in range(1, len(whole_way) + 1):
        given(ENROLLMENT, *after(*whole_way[:far])).when(WITHDRAW).then(WITHDREW)
    given(ENROLLMENT, *after(ANA_APPLIES, WITHDRAW)).when(WITHDRAW).then()


@pytest.mark.parametrize("step", [AGREE, OPT_IN, BASELINE])
def test_no_step_is_taken_without_an_application_or_after_a_no(step: EnrollmentCommand) -> None:
    given(ENROLLMENT).when(step).then_refused(EnrollmentNotFound)
    declined = after(ANA_APPLIES, replace(ACCEPT, scores=POOR))
    given(ENROLLMENT, *declined).when(step).then_refused(ApplicationWasDeclined)
    given(ENROLLMENT, *after(ANA_APPLIES, WITHDRAW)).when(step).then_refused(
        ParticipantHasWithdrawn
    )


def test_who_was_declined_has_nothing_to_withdraw_from() -> None:
    declined = after(ANA_APPLIES, replace(ACCEPT, scores=POOR))
    given(ENROLLMENT, *declined).when(WITHDRAW).then_refused(ApplicationWasDeclined)
    given(ENROLLMENT).when(WITHDRAW).then_refused(EnrollmentNotFound)


def test_a_completed_journey_is_a_graduation_once() -> None:
    enrolled = after(ANA_APPLIES, ACCEPT, AGREE, OPT_IN, BASELINE)
    given(ENROLLMENT, *enrolled).when(GRADUATE).then(GRADUATED)
    given(ENROLLMENT, *enrolled, GRADUATED).when(GRADUATE).then()
    given(ENROLLMENT).when(GRADUATE).then_refused(EnrollmentNotFound)


def test_who_left_before_the_journey_was_complete_does_not_graduate() -> None:
    enrolled = after(ANA_APPLIES, ACCEPT, AGREE, OPT_IN, BASELINE)
    given(ENROLLMENT, *enrolled, WITHDREW).when(GRADUATE).then()


def test_a_mentor_graduates_with_each_mentee_and_may_still_withdraw() -> None:
    enrolled = after(BEN_APPLIES, APPROVE, of_ben(AGREE), of_ben(OPT_IN), COACHED)
    first = replace(GRADUATED, enrollment_id=BENS)
    second = replace(first, pairing_id=PairingId(SPRING))
    graduate = GraduateParticipant(enrollment_id=BENS, pairing_id=PairingId(SPRING))
    given(ENROLLMENT, *enrolled, first).when(graduate).then(second)
    given(ENROLLMENT, *enrolled, first).when(of_ben(WITHDRAW)).then(
        replace(WITHDREW, enrollment_id=BENS, person_id=BEN, part=Part.MENTOR)
    )


def test_a_mentee_who_graduated_has_nothing_to_withdraw_from() -> None:
    enrolled = after(ANA_APPLIES, ACCEPT, AGREE, OPT_IN, BASELINE)
    given(ENROLLMENT, *enrolled, GRADUATED).when(WITHDRAW).then_refused(JourneyIsComplete)


def test_who_leaves_the_organisation_goes_from_what_they_still_take_part_in() -> None:
    enrolled = after(ANA_APPLIES, ACCEPT, AGREE, OPT_IN, BASELINE)
    left = replace(WITHDREW, reason="left_organisation")
    given(ENROLLMENT, *enrolled).when(LET_GO).then(left)
    given(ENROLLMENT, *enrolled, left).when(LET_GO).then()
    given(ENROLLMENT, *enrolled, GRADUATED).when(LET_GO).then()
    declined = after(ANA_APPLIES, replace(ACCEPT, scores=POOR))
    given(ENROLLMENT, *declined).when(LET_GO).then()
    given(ENROLLMENT).when(LET_GO).then_refused(EnrollmentNotFound)


def test_training_that_is_assigned_is_told_with_what_is_required() -> None:
    events = after(BEN_APPLIES, APPROVE)
    assert events[-1] == TrainingAssigned(
        enrollment_id=BENS, modules=("coaching", "law"), required=("coaching",), at=NOW
    )

from dataclasses import replace

from services.enrollment.domain.enrollment import ENROLLMENT
from services.enrollment.domain.enrollment.application import (
    ApplicationAlreadyDecided,
    ApproveMentor,
    AssessApplication,
    DeclineMentor,
    JourneyIsComplete,
    MenteesAreAssessed,
    MentorsAreApproved,
    OwnApplication,
    RubricNotPublished,
)
from services.enrollment.domain.enrollment.state import (
    ApplicationWasDeclined,
    EnrollmentNotFound,
    ParticipantHasWithdrawn,
)
from services.enrollment.domain.rubric import Rubric, ScoresIncomplete
from services.enrollment.domain.terms import TermRepeated, TermRetired, TermUnknown
from shared.events.enrollment import (
    ApplicationAccepted,
    ApplicationAssessed,
    ApplicationDeclined,
    ApplicationSubmitted,
    Criterion,
    EligibilityEvaluated,
    EligibilityRule,
    MentorApproved,
    MentorDeclined,
    Part,
    ParticipantGraduated,
    ParticipantWithdrew,
    RuleResult,
    TrainingAssigned,
)
from shared.ids import PairingId
from shared.sealed import Sealed
from shared.testing import NOW, given
from tests.enrollment.story import (
    ACROSS,
    ANA,
    ANAS,
    BEN,
    BENS,
    CLEO,
    CRITERIA,
    DAY,
    GOOD,
    LISTENING,
    NEGOTIATION,
    POOR,
    SPRING,
    STENOGRAPHY,
    application,
)

ANA_APPLIED = ApplicationSubmitted(
    enrollment_id=ANAS,
    program_id=ACROSS,
    cohort_id=SPRING,
    person_id=ANA,
    part=Part.MENTEE,
    desired_outcomes=(LISTENING,),
    at=NOW,
)
BEN_APPLIED = replace(
    ANA_APPLIED, enrollment_id=BENS, person_id=BEN, part=Part.MENTOR, desired_outcomes=()
)
NO_RULES = EligibilityEvaluated(
    enrollment_id=ANAS, rules_version=0, results=(), eligible=True, at=NOW
)
LYON_ONLY = EligibilityRule(
    rule_id="sites", part=Part.MENTEE, criterion=Criterion.SITE, values=("Lyon",)
)
RUBRIC = Rubric(version=3, criteria=CRITERIA, accept_from=60)
ASSESS = AssessApplication(enrollment_id=ANAS, assessed_by=CLEO, scores=GOOD, rubric=RUBRIC)
ASSESSED = ApplicationAssessed(enrollment_id=ANAS, rubric_version=3, scores=GOOD, total=65, at=NOW)
ACCEPTED = ApplicationAccepted(enrollment_id=ANAS, at=NOW)
NOT_ELIGIBLE = ApplicationDeclined(enrollment_id=ANAS, reason="not_eligible", at=NOW)
WHY = Sealed(subject=str(BEN), purpose="application", nonce="n", ciphertext="c", commitment="k")
APPROVE = ApproveMentor(enrollment_id=BENS, decided_by=CLEO, reason=WHY)
DECLINE = DeclineMentor(enrollment_id=BENS, decided_by=CLEO, reason=WHY)
APPROVED = MentorApproved(
    enrollment_id=BENS,
    person_id=BEN,
    decided_by=CLEO,
    reason=WHY,
    queued_days=0,
    at=NOW,
)
DECLINED = MentorDeclined(
    enrollment_id=BENS,
    person_id=BEN,
    decided_by=CLEO,
    reason=WHY,
    queued_days=0,
    at=NOW,
)
ANA_WITHDREW = ParticipantWithdrew(
    enrollment_id=ANAS,
    program_id=ACROSS,
    cohort_id=SPRING,
    person_id=ANA,
    part=Part.MENTEE,
    reason="own_wish",
    at=NOW,
)


def test_an_application_is_checked_against_the_rules_at_once() -> None:
    given(ENROLLMENT).when(application()).then(ANA_APPLIED, NO_RULES)


def test_who_is_not_eligible_is_declined_with_every_rule_on_record() -> None:
    asked = application(rules_version=2, rules=(LYON_ONLY,))
    result = RuleResult(rule_id="sites", criterion=Criterion.SITE, input="Porto", passed=False)
    given(ENROLLMENT).when(asked).then(
        ANA_APPLIED,
        EligibilityEvaluated(
            enrollment_id=ANAS, rules_version=2, results=(result,), eligible=False, at=NOW
        ),
        NOT_ELIGIBLE,
    )


def test_rules_for_mentees_do_not_concern_mentors() -> None:
    asked = application(Part.MENTOR, rules_version=2, rules=(LYON_ONLY,))
    given(ENROLLMENT).when(asked).then(
        BEN_APPLIED, replace(NO_RULES, enrollment_id=BENS, rules_version=2)
    )


def test_applying_twice_records_nothing() -> None:
    given(ENROLLMENT, ANA_APPLIED, NO_RULES).when(application()).then()


def test_desired_outcomes_are_words_of_the_vocabulary() -> None:
    for outcomes, refusal in (
        ((ANA,), TermUnknown),
        ((STENOGRAPHY,), TermRetired),
        ((NEGOTIATION, NEGOTIATION), TermRepeated),
    ):
        given(ENROLLMENT).when(application(desired_outcomes=outcomes)).then_refused(refusal)


def test_a_declined_application_is_not_sent_again() -> None:
    given(ENROLLMENT, ANA_APPLIED, NOT_ELIGIBLE).when(application()).then_refused(
        ApplicationWasDeclined
    )


def test_whoever_withdrew_may_apply_again_and_begins_anew() -> None:
    given(ENROLLMENT, ANA_APPLIED, ACCEPTED, ANA_WITHDREW).when(application()).then(
        ANA_APPLIED, NO_RULES
    )


def test_whoever_graduated_does_not_apply_to_the_same_cohort() -> None:
    graduated = ParticipantGraduated(enrollment_id=ANAS, pairing_id=PairingId(ANA), at=NOW)
    given(ENROLLMENT, ANA_APPLIED, ACCEPTED, graduated).when(application()).then_refused(
        JourneyIsComplete
    )


def test_a_good_application_is_accepted_with_its_scores_on_record() -> None:
    given(ENROLLMENT, ANA_APPLIED).when(ASSESS).then(ASSESSED, ACCEPTED)


def test_an_application_below_the_threshold_is_declined() -> None:
    given(ENROLLMENT, ANA_APPLIED).when(replace(ASSESS, scores=POOR)).then(
        replace(ASSESSED, scores=POOR, total=10),
        ApplicationDeclined(enrollment_id=ANAS, reason="below_threshold", at=NOW),
    )


def test_the_same_assessment_again_records_nothing() -> None:
    given(ENROLLMENT, ANA_APPLIED, ASSESSED, ACCEPTED).when(ASSESS).then()


def test_a_decision_is_not_changed_afterwards() -> None:
    again = replace(ASSESS, scores=POOR)
    given(ENROLLMENT, ANA_APPLIED, ASSESSED, ACCEPTED).when(again).then_refused(
        ApplicationAlreadyDecided
    )
    given(ENROLLMENT, ANA_APPLIED, NOT_ELIGIBLE).when(ASSESS).then_refused(
        ApplicationAlreadyDecided
    )


def test_an_assessment_needs_an_application_a_rubric_and_all_its_scores() -> None:
    given(ENROLLMENT).when(ASSESS).then_refused(EnrollmentNotFound)
    given(ENROLLMENT, ANA_APPLIED).when(replace(ASSESS, rubric=None)).then_refused(
        RubricNotPublished
    )
    given(ENROLLMENT, ANA_APPLIED).when(replace(ASSESS, scores=GOOD[:1])).then_refused(
        ScoresIncomplete
    )


def test_mentors_are_not_assessed_and_mentees_not_approved() -> None:
    given(ENROLLMENT, BEN_APPLIED).when(replace(ASSESS, enrollment_id=BENS)).then_refused(
        MentorsAreApproved
    )
    given(ENROLLMENT, ANA_APPLIED).when(replace(APPROVE, enrollment_id=ANAS)).then_refused(
        MenteesAreAssessed
    )


def test_who_has_withdrawn_is_not_assessed() -> None:
    given(ENROLLMENT, ANA_APPLIED, ANA_WITHDREW).when(ASSESS).then_refused(ParticipantHasWithdrawn)


def test_nobody_decides_about_their_own_application() -> None:
    given(ENROLLMENT, ANA_APPLIED).when(replace(ASSESS, assessed_by=ANA)).then_refused(
        OwnApplication
    )
    given(ENROLLMENT, BEN_APPLIED).when(replace(APPROVE, decided_by=BEN)).then_refused(
        OwnApplication
    )
    given(ENROLLMENT, BEN_APPLIED).when(replace(DECLINE, decided_by=BEN)).then_refused(
        OwnApplication
    )


def test_an_approval_says_who_why_and_after_how_long_and_assigns_the_training() -> None:
    approve = replace(APPROVE, modules=("coaching", "bias"), required=("bias",))
    later = NOW + 9 * DAY
    given(ENROLLMENT, BEN_APPLIED).when(approve, at=later).then(
        replace(APPROVED, queued_days=9, at=later),
        TrainingAssigned(
            enrollment_id=BENS, modules=("coaching", "bias"), required=("bias",), at=later
        ),
    )


def test_without_training_there_is_nothing_to_assign() -> None:
    given(ENROLLMENT, BEN_APPLIED).when(APPROVE).then(APPROVED)


def test_a_mentor_candidate_is_decided_once() -> None:
    given(ENROLLMENT, BEN_APPLIED, APPROVED).when(APPROVE).then()
    given(ENROLLMENT, BEN_APPLIED, DECLINED).when(DECLINE).then()
    given(ENROLLMENT, BEN_APPLIED).when(DECLINE).then(DECLINED)
    given(ENROLLMENT, BEN_APPLIED, APPROVED).when(DECLINE).then_refused(ApplicationAlreadyDecided)
    given(ENROLLMENT, BEN_APPLIED, DECLINED).when(APPROVE).then_refused(ApplicationAlreadyDecided)

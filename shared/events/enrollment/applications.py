"""One person in one cohort in one part: from application to enrollment and out."""

from datetime import datetime
from typing import TypeAlias

from shared.events.enrollment.programs import Criterion
from shared.events.vocabulary import CompetencyLevel, Part
from shared.frozen import light
from shared.ids import (
    CohortId,
    CompetencyId,
    EnrollmentId,
    PairingId,
    PersonId,
    ProgramId,
)
from shared.sealed import Sealed


@light
class RuleResult:
    rule_id: str
    criterion: Criterion
    input: str  # the value the rule looked at
    passed: bool


@light
class CriterionScore:
    code: str
    score: int  # 0 to 100


@light
class ApplicationSubmitted:
    enrollment_id: EnrollmentId
    program_id: ProgramId
    cohort_id: CohortId
    person_id: PersonId
    part: Part
    desired_outcomes: tuple[CompetencyId, ...]  # what the mentee wants to be better at
    challenges: Sealed | None = None
    motivation: Sealed | None = None
    at: datetime


@light
class EligibilityEvaluated:
    enrollment_id: EnrollmentId
    rules_version: int
    results: tuple[RuleResult, ...]
    eligible: bool
    at: datetime


@light
class ApplicationAssessed:
    enrollment_id: EnrollmentId
    rubric_version: int
    scores: tuple[CriterionScore, ...]
    total: int  # weighted, 0 to 100
    at: datetime


@light
class ApplicationAccepted:
    enrollment_id: EnrollmentId
    at: datetime


@light
class ApplicationDeclined:
    enrollment_id: EnrollmentId
    reason: str  # a code: "not_eligible", "below_threshold", "window_closed", …
    at: datetime


@light
class MentorApproved:
    enrollment_id: EnrollmentId
    person_id: PersonId
    decided_by: PersonId
    queued_days: int
    at: datetime
    reason: Sealed | None = None  # of the decision, in the manager's words


@light
class MentorDeclined:
    enrollment_id: EnrollmentId
    person_id: PersonId
    decided_by: PersonId
    queued_days: int
    at: datetime
    reason: Sealed | None = None  # of the decision, in the manager's words


@light
class OptInRecorded:
    enrollment_id: EnrollmentId
    at: datetime


@light
class AgreementAccepted:
    enrollment_id: EnrollmentId
    version: int
    at: datetime


@light
class BaselineRecorded:
    enrollment_id: EnrollmentId
    skills: tuple[CompetencyLevel, ...]
    confidence: int  # 0 to 100
    cross_functional_contacts: int
    at: datetime


@light
class TrainingAssigned:
    enrollment_id: EnrollmentId
    modules: tuple[str, ...]
    required: tuple[str, ...]
    at: datetime


@light
class TrainingCompleted:
    enrollment_id: EnrollmentId
    module: str
    at: datetime


@light
class ParticipantEnrolled:
    """All conditions are met: this person can be matched in this cohort."""

    enrollment_id: EnrollmentId
    program_id: ProgramId
    cohort_id: CohortId
    person_id: PersonId
    part: Part
    at: datetime


@light
class ParticipantWithdrew:
    enrollment_id: EnrollmentId
    program_id: ProgramId
    cohort_id: CohortId
    person_id: PersonId
    part: Part
    reason: str  # a code: "own_wish", "left_organisation", …
    at: datetime


@light
class ParticipantGraduated:
    """The journey of this enrollment is complete."""

    enrollment_id: EnrollmentId
    pairing_id: PairingId
    at: datetime


EnrollmentEvent: TypeAlias = (
    ApplicationSubmitted
    | EligibilityEvaluated
    | ApplicationAssessed
    | ApplicationAccepted
    | ApplicationDeclined
    | MentorApproved
    | MentorDeclined
    | OptInRecorded
    | AgreementAccepted
    | BaselineRecorded
    | TrainingAssigned
    | TrainingCompleted
    | ParticipantEnrolled
    | ParticipantWithdrew
    | ParticipantGraduated
)

"""Applying, and the one decision about it: by rubric for mentees, by approval for mentors."""

from collections.abc import Sequence
from datetime import datetime
from typing import TypeAlias

from services.enrollment.domain.eligibility import evaluate
from services.enrollment.domain.enrollment.state import (
    ApplicationWasDeclined,
    Enrollment,
    Stage,
)
from services.enrollment.domain.rubric import Rubric, weigh
from services.enrollment.domain.terms import Vocabulary
from shared.errors import NotAllowed, Refused
from shared.events.enrollment import (
    ApplicationAccepted,
    ApplicationAssessed,
    ApplicationDeclined,
    ApplicationSubmitted,
    CriterionScore,
    EligibilityEvaluated,
    EligibilityRule,
    EnrollmentEvent,
    MentorApproved,
    MentorDeclined,
    Part,
    Position,
    TrainingAssigned,
)
from shared.frozen import frozen
from shared.ids import CohortId, CompetencyId, EnrollmentId, PersonId, ProgramId
from shared.sealed import Sealed


@frozen
class SubmitApplication:
    enrollment_id: EnrollmentId
    program_id: ProgramId
    cohort_id: CohortId
    person_id: PersonId
    part: Part
    position: Position  # where the person stands today
    desired_outcomes: tuple[CompetencyId, ...] = ()
    challenges: Sealed | None = None
    motivation: Sealed | None = None
    rules_version: int = 0  # 0 while the program has published none
    rules: tuple[EligibilityRule, ...] = ()
    vocabulary: Vocabulary = Vocabulary()


@frozen
class AssessApplication:
    enrollment_id: EnrollmentId
    assessed_by: PersonId
    scores: tuple[CriterionScore, ...]
    rubric: Rubric | None  # None while the program has published none


@frozen
class ApproveMentor:
    enrollment_id: EnrollmentId
    decided_by: PersonId
    reason: Sealed | None = None
    modules: tuple[str, ...] = ()
    required: tuple[str, ...] = ()


@frozen
class DeclineMentor:
    enrollment_id: EnrollmentId
    decided_by: PersonId
    reason: Sealed | None = None


Apply: TypeAlias = SubmitApplication | AssessApplication | ApproveMentor | DeclineMentor


class JourneyIsComplete(Refused):
    """This participant has completed the journey of this cohort."""


class ApplicationAlreadyDecided(Refused):
    """This application has been decided; a decision is not changed afterwards."""


class MentorsAreApproved(Refused):
    """Mentor candidates are approved or declined; the rubric is for mentees."""


class MenteesAreAssessed(Refused):
    """Mentees are assessed with the rubric; approval is for mentor candidates."""


class RubricNotPublished(Refused):
    """This program has not published the rubric that applications are assessed with."""


class OwnApplication(NotAllowed):
    """Somebody else decides about your own application."""


def submit(
    enrollment: Enrollment, command: SubmitApplication, now: datetime
) -> Sequence[EnrollmentEvent]:
    if enrollment.application is not None and enrollment.stage is not Stage.WITHDRAWN:
        return _asked_before(enrollment)
    command.vocabulary.require(command.desired_outcomes, field="/desired_outcomes")
    submitted = ApplicationSubmitted(
        enrollment_id=command.enrollment_id,
        program_id=command.program_id,
        cohort_id=command.cohort_id,
        person_id=command.person_id,
        part=command.part,
        desired_outcomes=command.desired_outcomes,
        challenges=command.challenges,
        motivation=command.motivation,
        at=now,
    )
    return (submitted, *_evaluate(command, now))


def _asked_before(enrollment: Enrollment) -> Sequence[EnrollmentEvent]:
    if enrollment.stage is Stage.DECLINED:
        raise ApplicationWasDeclined
    if enrollment.stage is Stage.GRADUATED:
        raise JourneyIsComplete
    return ()


def _evaluate(command: SubmitApplication, now: datetime) -> Sequence[EnrollmentEvent]:
    results = evaluate(command.rules, command.part, command.position, now.date())
    eligible = all(result.passed for result in results)
    evaluated = EligibilityEvaluated(
        enrollment_id=command.enrollment_id,
        rules_version=command.rules_version,
        results=results,
        eligible=eligible,
        at=now,
    )
    if eligible:
        return (evaluated,)
    return (evaluated, _declined(command.enrollment_id, "not_eligible", now))


def assess(
    enrollment: Enrollment, command: AssessApplication, now: datetime
) -> Sequence[EnrollmentEvent]:
    application = enrollment.submitted()
    if application.part is Part.MENTOR:
        raise MentorsAreApproved
    if application.person_id == command.assessed_by:
        raise OwnApplication
    if command.rubric is None:
        raise RubricNotPublished
    total = weigh(command.rubric, command.scores)
    assessed = ApplicationAssessed(
        enrollment_id=command.enrollment_id,
        rubric_version=command.rubric.version,
        scores=command.scores,
        total=total,
        at=now,
    )
    before = enrollment.assessment
    if before is not None and (before.rubric_version, before.scores) == (
        assessed.rubric_version,
        assessed.scores,
    ):
        return ()
    _require_undecided(enrollment)
    if total < command.rubric.accept_from:
        return (assessed, _declined(command.enrollment_id, "below_threshold", now))
    return (assessed, ApplicationAccepted(enrollment_id=command.enrollment_id, at=now))


def approve(
    enrollment: Enrollment, command: ApproveMentor, now: datetime
) -> Sequence[EnrollmentEvent]:
    application = _of_mentor(enrollment, command.decided_by)
    if enrollment.stage in {Stage.ADMITTED, Stage.ENROLLED, Stage.GRADUATED}:
        return ()
    _require_undecided(enrollment)
    approved = MentorApproved(
        enrollment_id=command.enrollment_id,
        person_id=application.person_id,
        decided_by=command.decided_by,
        reason=command.reason,
        queued_days=(now - application.at).days,
        at=now,
    )
    if not command.modules:
        return (approved,)
    assigned = TrainingAssigned(
        enrollment_id=command.enrollment_id,
        modules=command.modules,
        required=command.required,
        at=now,
    )
    return (approved, assigned)


def decline(
    enrollment: Enrollment, command: DeclineMentor, now: datetime
) -> Sequence[EnrollmentEvent]:
    application = _of_mentor(enrollment, command.decided_by)
    if enrollment.stage is Stage.DECLINED:
        return ()
    _require_undecided(enrollment)
    declined = MentorDeclined(
        enrollment_id=command.enrollment_id,
        person_id=application.person_id,
        decided_by=command.decided_by,
        reason=command.reason,
        queued_days=(now - application.at).days,
        at=now,
    )
    return (declined,)


def _of_mentor(enrollment: Enrollment, decided_by: PersonId) -> ApplicationSubmitted:
    application = enrollment.submitted()
    if application.part is Part.MENTEE:
        raise MenteesAreAssessed
    if application.person_id == decided_by:
        raise OwnApplication
    return application


def _require_undecided(enrollment: Enrollment) -> None:
    if enrollment.stage is not Stage.DECLINED:
        enrollment.taking_part()  # a withdrawal has a better reason to tell
    if enrollment.stage is not Stage.SUBMITTED:
        raise ApplicationAlreadyDecided


def _declined(enrollment_id: EnrollmentId, reason: str, now: datetime) -> ApplicationDeclined:
    return ApplicationDeclined(enrollment_id=enrollment_id, reason=reason, at=now)

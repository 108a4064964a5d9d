"""Where one person stands in one cohort in one part, and what is still missing."""

from dataclasses import replace
from enum import StrEnum
from typing import assert_never

from shared.errors import NotFound, Refused
from shared.events.enrollment import (
    AgreementAccepted,
    ApplicationAccepted,
    ApplicationAssessed,
    ApplicationDeclined,
    ApplicationSubmitted,
    BaselineRecorded,
    EligibilityEvaluated,
    EnrollmentEvent,
    MentorApproved,
    MentorDeclined,
    OptInRecorded,
    Part,
    ParticipantEnrolled,
    ParticipantGraduated,
    ParticipantWithdrew,
    TrainingAssigned,
    TrainingCompleted,
)
from shared.frozen import frozen
from shared.ids import PairingId


class Stage(StrEnum):
    """How far an enrollment has come."""

    SUBMITTED = "submitted"
    DECLINED = "declined"
    ADMITTED = "admitted"  # accepted or approved; own steps are still to be taken
    ENROLLED = "enrolled"
    WITHDRAWN = "withdrawn"
    GRADUATED = "graduated"


class Condition(StrEnum):
    """What must hold before somebody is enrolled."""

    DECISION = "decision"
    AGREEMENT = "agreement"
    OPT_IN = "opt_in"
    BASELINE = "baseline"
    TRAINING = "training"


class EnrollmentNotFound(NotFound):
    """There is no application or enrollment of this id that you may see."""


class ApplicationWasDeclined(Refused):
    """This application was declined."""


class ParticipantHasWithdrawn(Refused):
    """This participant has withdrawn; a new application is possible while the window is open."""


@frozen
class Enrollment:
    application: ApplicationSubmitted | None = None  # the latest; None until somebody applies
    stage: Stage = Stage.SUBMITTED
    assessment: ApplicationAssessed | None = None
    agreement_version: int = 0  # 0 until one is accepted
    opted_in: bool = False
    baseline: BaselineRecorded | None = None
    modules: tuple[str, ...] = ()
    required: frozenset[str] = frozenset()
    completed: frozenset[str] = frozenset()
    graduations: frozenset[PairingId] = frozenset()

    def submitted(self) -> ApplicationSubmitted:
        """The application.

        Raises:
            EnrollmentNotFound: nobody has applied.
        """
        if self.application is None:
            raise EnrollmentNotFound
        return self.application

    def taking_part(self) -> ApplicationSubmitted:
        """The application, if neither side has said no.

        Raises:
            EnrollmentNotFound: nobody has applied.
            ApplicationWasDeclined: the program said no.
            ParticipantHasWithdrawn: the participant did.
        """
        application = self.submitted()
        if self.stage is Stage.DECLINED:
            raise ApplicationWasDeclined
        if self.stage is Stage.WITHDRAWN:
            raise ParticipantHasWithdrawn
        return application

    def missing(self) -> tuple[Condition, ...]:
        """What must still happen before this person is enrolled."""
        part = self.application.part if self.application else None
        held = {
            Condition.DECISION: self.stage is not Stage.SUBMITTED,
            Condition.AGREEMENT: self.agreement_version > 0,
            Condition.OPT_IN: self.opted_in,
            Condition.BASELINE: part is Part.MENTOR or self.baseline is not None,
            Condition.TRAINING: self.required <= self.completed,
        }
        return tuple(condition for condition, holds in held.items() if not holds)


def evolve(  # noqa: C901, PLR0911, PLR0912  # a line an event
    enrollment: Enrollment, event: EnrollmentEvent
) -> Enrollment:
    match event:
        case ApplicationSubmitted():
            return Enrollment(application=event)  # whoever comes back begins anew
        case EligibilityEvaluated():
            return enrollment
        case ApplicationAssessed():
            return replace(enrollment, assessment=event)
        case ApplicationAccepted() | MentorApproved():
            return replace(enrollment, stage=Stage.ADMITTED)
        case ApplicationDeclined() | MentorDeclined():
            return replace(enrollment, stage=Stage.DECLINED)
        case OptInRecorded():
            return replace(enrollment, opted_in=True)
        case AgreementAccepted(version=version):
            return replace(enrollment, agreement_version=version)
        case BaselineRecorded():
            return replace(enrollment, baseline=event)
        case TrainingAssigned(modules=modules, required=required):
            return replace(enrollment, modules=modules, required=frozenset(required))
        case TrainingCompleted(module=module):
            return replace(enrollment, completed=enrollment.completed | {module})
        case ParticipantEnrolled():
            return replace(enrollment, stage=Stage.ENROLLED)
        case ParticipantWithdrew():
            return replace(enrollment, stage=Stage.WITHDRAWN)
        case ParticipantGraduated(pairing_id=pairing_id):
            graduations = enrollment.graduations | {pairing_id}
            return replace(enrollment, stage=Stage.GRADUATED, graduations=graduations)
        case _:
            assert_never(event)

"""The steps a participant takes to be enrolled, and the two ways out."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Final, TypeAlias

from services.enrollment.domain.enrollment.application import JourneyIsComplete
from services.enrollment.domain.enrollment.state import Enrollment, Stage
from services.enrollment.domain.terms import Vocabulary
from shared.errors import Refused
from shared.events.enrollment import (
    AgreementAccepted,
    BaselineRecorded,
    CompetencyLevel,
    EnrollmentEvent,
    OptInRecorded,
    Part,
    ParticipantGraduated,
    ParticipantWithdrew,
    TrainingCompleted,
)
from shared.frozen import frozen
from shared.ids import EnrollmentId, PairingId

LEFT: Final = "left_organisation"  # why leavers are withdrawn


@frozen
class RecordOptIn:
    enrollment_id: EnrollmentId
    capacity_declared: bool = False  # a mentor has said how many seats they offer


@frozen
class AcceptAgreement:
    enrollment_id: EnrollmentId
    version: int
    current_version: int  # 0 while none is published for this part


@frozen
class RecordBaseline:
    enrollment_id: EnrollmentId
    skills: tuple[CompetencyLevel, ...]
    confidence: int
    cross_functional_contacts: int
    vocabulary: Vocabulary = Vocabulary()


@frozen
class CompleteTraining:
    enrollment_id: EnrollmentId
    module: str


@frozen
class WithdrawParticipant:
    enrollment_id: EnrollmentId
    reason: str


@frozen
class WithdrawLeaver:
    """Take whoever leaves the organisation out of this, if they still take part."""

    enrollment_id: EnrollmentId


@frozen
class GraduateParticipant:
    enrollment_id: EnrollmentId
    pairing_id: PairingId


Join: TypeAlias = RecordOptIn | AcceptAgreement | RecordBaseline | CompleteTraining
Leave: TypeAlias = WithdrawParticipant | WithdrawLeaver | GraduateParticipant


class CapacityNotDeclared(Refused):
    """A mentor says how many seats they offer before opting in."""


class AgreementNotPublished(Refused):
    """This program has not published an agreement for this part yet."""


class AgreementNotCurrent(Refused):
    """Only the current version of the agreement can be accepted: read it and accept that one."""


class BaselineStands(Refused):
    """The baseline stands once somebody is enrolled: later figures are measured against it."""


class TrainingNotAssigned(Refused):
    """This module is not among those assigned to this mentor."""


def opt_in(
    enrollment: Enrollment, command: RecordOptIn, now: datetime
) -> Sequence[EnrollmentEvent]:
    application = enrollment.taking_part()
    if enrollment.opted_in:
        return ()
    if application.part is Part.MENTOR and not command.capacity_declared:
        raise CapacityNotDeclared
    return (OptInRecorded(enrollment_id=command.enrollment_id, at=now),)


def accept_agreement(
    enrollment: Enrollment, command: AcceptAgreement, now: datetime
) -> Sequence[EnrollmentEvent]:
    enrollment.taking_part()
    if enrollment.agreement_version == command.version:
        return ()
    if not command.current_version:
        raise AgreementNotPublished
    if command.version != command.current_version:
        raise AgreementNotCurrent(field="/version")
    return (
        AgreementAccepted(enrollment_id=command.enrollment_id, version=command.version, at=now),
    )


def record_baseline(
    enrollment: Enrollment, command: RecordBaseline, now: datetime
) -> Sequence[EnrollmentEvent]:
    enrollment.taking_part()
    recorded = BaselineRecorded(
        enrollment_id=command.enrollment_id,
        skills=command.skills,
        confidence=command.confidence,
        cross_functional_contacts=command.cross_functional_contacts,
        at=now,
    )
    before = enrollment.baseline
    if before is not None and replace(recorded, at=before.at) == before:
        return ()
    if enrollment.stage in {Stage.ENROLLED, Stage.GRADUATED}:
        raise BaselineStands
    terms = [skill.competency_id for skill in command.skills]
    command.vocabulary.require(terms, field="/skills")
    return (recorded,)


def complete_training(
    enrollment: Enrollment, command: CompleteTraining, now: datetime
) -> Sequence[EnrollmentEvent]:
    enrollment.taking_part()
    if command.module not in enrollment.modules:
        raise TrainingNotAssigned(field="/module")
    if command.module in enrollment.completed:
        return ()
    return (TrainingCompleted(enrollment_id=command.enrollment_id, module=command.module, at=now),)


def withdraw(
    enrollment: Enrollment, command: WithdrawParticipant, now: datetime
) -> Sequence[EnrollmentEvent]:
    if enrollment.stage is Stage.WITHDRAWN:
        return ()
    application = enrollment.taking_part()
    if enrollment.stage is Stage.GRADUATED and application.part is Part.MENTEE:
        raise JourneyIsComplete  # a mentor may go on with others, and so may still withdraw
    return (
        ParticipantWithdrew(
            enrollment_id=command.enrollment_id,
            program_id=application.program_id,
            cohort_id=application.cohort_id,
            person_id=application.person_id,
            part=application.part,
            reason=command.reason,
            at=now,
        ),
    )


def withdraw_leaver(
    enrollment: Enrollment, command: WithdrawLeaver, now: datetime
) -> Sequence[EnrollmentEvent]:
    """What was decided in the same moment is no reason to refuse that somebody has left."""
    application = enrollment.submitted()
    graduated = enrollment.stage is Stage.GRADUATED and application.part is Part.MENTEE
    if graduated or enrollment.stage is Stage.DECLINED:
        return ()
    leave = WithdrawParticipant(enrollment_id=command.enrollment_id, reason=LEFT)
    return withdraw(enrollment, leave, now)


def graduate(
    enrollment: Enrollment, command: GraduateParticipant, now: datetime
) -> Sequence[EnrollmentEvent]:
    enrollment.submitted()
    if command.pairing_id in enrollment.graduations:
        return ()
    if enrollment.stage not in {Stage.ENROLLED, Stage.GRADUATED}:
        return ()  # they went before their journey was told to be complete
    return (
        ParticipantGraduated(
            enrollment_id=command.enrollment_id, pairing_id=command.pairing_id, at=now
        ),
    )

"""An enrollment: one person in one cohort in one part, from application to the way out."""

from collections.abc import Sequence
from datetime import datetime
from functools import reduce
from typing import TypeAlias, assert_never

from services.enrollment.domain.enrollment.application import (
    Apply,
    ApproveMentor,
    AssessApplication,
    DeclineMentor,
    SubmitApplication,
    approve,
    assess,
    decline,
    submit,
)
from services.enrollment.domain.enrollment.joining import (
    AcceptAgreement,
    CompleteTraining,
    GraduateParticipant,
    Join,
    Leave,
    RecordBaseline,
    RecordOptIn,
    WithdrawLeaver,
    WithdrawParticipant,
    accept_agreement,
    complete_training,
    graduate,
    opt_in,
    record_baseline,
    withdraw,
    withdraw_leaver,
)
from services.enrollment.domain.enrollment.state import Enrollment, Stage, evolve
from shared.decider import Decider
from shared.events.enrollment import EnrollmentEvent, ParticipantEnrolled

EnrollmentCommand: TypeAlias = Apply | Join | Leave


def decide(
    enrollment: Enrollment, command: EnrollmentCommand, now: datetime
) -> Sequence[EnrollmentEvent]:
    """Answer the command, and enroll the participant as soon as nothing is missing."""
    events = _answer(enrollment, command, now)
    after = reduce(evolve, events, enrollment)
    if not events or after.stage is not Stage.ADMITTED or after.missing():
        return events
    application = after.submitted()
    enrolled = ParticipantEnrolled(
        enrollment_id=command.enrollment_id,
        program_id=application.program_id,
        cohort_id=application.cohort_id,
        person_id=application.person_id,
        part=application.part,
        at=now,
    )
    return (*events, enrolled)


def _answer(  # noqa: C901, PLR0911  # a line a command
    enrollment: Enrollment, command: EnrollmentCommand, now: datetime
) -> Sequence[EnrollmentEvent]:
    match command:
        case SubmitApplication():
            return submit(enrollment, command, now)
        case AssessApplication():
            return assess(enrollment, command, now)
        case ApproveMentor():
            return approve(enrollment, command, now)
        case DeclineMentor():
            return decline(enrollment, command, now)
        case RecordOptIn():
            return opt_in(enrollment, command, now)
        case AcceptAgreement():
            return accept_agreement(enrollment, command, now)
        case RecordBaseline():
            return record_baseline(enrollment, command, now)
        case CompleteTraining():
            return complete_training(enrollment, command, now)
        case WithdrawParticipant():
            return withdraw(enrollment, command, now)
        case WithdrawLeaver():
            return withdraw_leaver(enrollment, command, now)
        case GraduateParticipant():
            return graduate(enrollment, command, now)
        case _:
            assert_never(command)


ENROLLMENT: Decider[Enrollment, EnrollmentCommand, EnrollmentEvent] = Decider(
    category="enrollment",
    key=lambda command: command.enrollment_id,
    initial=Enrollment(),
    evolve=evolve,
    decide=decide,
)

"""The steps of Ana as mentee and Ben as mentor, as commands."""

from collections.abc import Sequence
from dataclasses import replace

from services.enrollment.domain.enrollment import ENROLLMENT, EnrollmentCommand
from services.enrollment.domain.enrollment.application import (
    ApproveMentor,
    AssessApplication,
)
from services.enrollment.domain.enrollment.joining import (
    AcceptAgreement,
    CompleteTraining,
    GraduateParticipant,
    RecordBaseline,
    RecordOptIn,
    WithdrawLeaver,
    WithdrawParticipant,
)
from services.enrollment.domain.rubric import Rubric
from shared.events.enrollment import (
    CompetencyLevel,
    EnrollmentEvent,
    Part,
)
from shared.ids import PairingId
from shared.testing import NOW
from tests.enrollment.story import (
    ACROSS,
    ANAS,
    BENS,
    CLEO,
    CRITERIA,
    GOOD,
    LISTENING,
    WORDS,
    application,
)

ANA_APPLIES = application()
BEN_APPLIES = application(Part.MENTOR)
ACCEPT = AssessApplication(
    enrollment_id=ANAS,
    assessed_by=CLEO,
    scores=GOOD,
    rubric=Rubric(version=1, criteria=CRITERIA, accept_from=60),
)
APPROVE = ApproveMentor(
    enrollment_id=BENS,
    decided_by=CLEO,
    reason=None,
    modules=("coaching", "law"),
    required=("coaching",),
)
AGREE = AcceptAgreement(enrollment_id=ANAS, version=2, current_version=2)
OPT_IN = RecordOptIn(enrollment_id=ANAS, capacity_declared=True)
BASELINE = RecordBaseline(
    enrollment_id=ANAS,
    skills=(CompetencyLevel(competency_id=LISTENING, level=1),),
    confidence=40,
    cross_functional_contacts=2,
    vocabulary=WORDS,
)
COACHED = CompleteTraining(enrollment_id=BENS, module="coaching")
WITHDRAW = WithdrawParticipant(enrollment_id=ANAS, reason="own_wish")
LET_GO = WithdrawLeaver(enrollment_id=ANAS)
JOURNEY = PairingId(ACROSS)
GRADUATE = GraduateParticipant(enrollment_id=ANAS, pairing_id=JOURNEY)


def after(*commands: EnrollmentCommand) -> Sequence[EnrollmentEvent]:
    """The events of a story in which each of these is granted."""
    events: list[EnrollmentEvent] = []
    for command in commands:
        events += ENROLLMENT.decide(ENROLLMENT.fold(events), command, NOW)
    return events


def of_ben(command: EnrollmentCommand) -> EnrollmentCommand:
    return replace(command, enrollment_id=BENS)

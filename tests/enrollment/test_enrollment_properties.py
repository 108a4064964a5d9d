from collections.abc import Sequence
from dataclasses import replace

from hypothesis import given as for_all
from hypothesis import strategies as st

from services.enrollment.domain.enrollment import ENROLLMENT, EnrollmentCommand
from services.enrollment.domain.enrollment.application import (
    DeclineMentor,
)
from services.enrollment.domain.enrollment.state import (
    ApplicationWasDeclined,
)
from shared.errors import MentorshipError
from shared.events.enrollment import (
    AgreementAccepted,
    ApplicationAccepted,
    ApplicationDeclined,
    BaselineRecorded,
    EnrollmentEvent,
    MentorApproved,
    OptInRecorded,
    ParticipantEnrolled,
    ParticipantWithdrew,
    TrainingCompleted,
)
from shared.testing import NOW
from tests.enrollment.steps import (
    ACCEPT,
    AGREE,
    ANA_APPLIES,
    APPROVE,
    BASELINE,
    BEN_APPLIES,
    COACHED,
    GRADUATE,
    OPT_IN,
    WITHDRAW,
    of_ben,
)
from tests.enrollment.story import (
    ANAS,
    BENS,
    CLEO,
    POOR,
)

ANYTHING: st.SearchStrategy[EnrollmentCommand] = st.sampled_from(
    [
        ANA_APPLIES,
        ACCEPT,
        replace(ACCEPT, scores=POOR),
        AGREE,
        OPT_IN,
        BASELINE,
        WITHDRAW,
        GRADUATE,
        BEN_APPLIES,
        APPROVE,
        DeclineMentor(enrollment_id=BENS, decided_by=CLEO),
        of_ben(AGREE),
        of_ben(OPT_IN),
        COACHED,
        of_ben(WITHDRAW),
    ]
)
DECISIONS = (ApplicationAccepted, MentorApproved)


@for_all(commands=st.lists(ANYTHING, max_size=25), mentor=st.booleans())
def test_nobody_is_enrolled_before_every_condition_holds(
    commands: list[EnrollmentCommand],
    mentor: bool,  # noqa: FBT001  # which of the two tells the story
) -> None:
    mine = BENS if mentor else ANAS
    events: list[EnrollmentEvent] = []
    for command in commands:
        if command.enrollment_id != mine:
            continue
        try:
            new = ENROLLMENT.decide(ENROLLMENT.fold(events), command, NOW)
        except MentorshipError:
            continue
        events += new
        if any(isinstance(event, ParticipantEnrolled) for event in new):
            _require_all_conditions(events, mentor=mentor)


def _require_all_conditions(events: Sequence[EnrollmentEvent], *, mentor: bool) -> None:
    """Every condition has its own event since the latest application."""
    starts = [place for place, event in enumerate(events) if event.__class__ is type(events[0])]
    since = events[starts[-1] :]
    needed = {AgreementAccepted, OptInRecorded} | (
        {TrainingCompleted} if mentor else {BaselineRecorded}
    )
    assert needed <= {type(event) for event in since}
    assert any(isinstance(event, DECISIONS) for event in since)
    assert not any(isinstance(event, ApplicationDeclined | ParticipantWithdrew) for event in since)


@for_all(commands=st.lists(ANYTHING, max_size=25), mentor=st.booleans())
def test_whatever_was_granted_records_nothing_when_it_is_asked_again(
    commands: list[EnrollmentCommand],
    mentor: bool,  # noqa: FBT001  # which of the two tells the story
) -> None:
    mine = BENS if mentor else ANAS
    state = ENROLLMENT.initial
    for command in commands:
        if command.enrollment_id != mine:
            continue
        try:
            state = ENROLLMENT.fold(ENROLLMENT.decide(state, command, NOW), state)
        except MentorshipError:
            continue
        try:
            again = ENROLLMENT.decide(state, command, NOW)
        except ApplicationWasDeclined:
            continue  # an application that was declined at once
        assert again == ()

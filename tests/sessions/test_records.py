"""What a pair may write down, and when."""

from dataclasses import replace

import pytest

from services.sessions.domain.journey import JOURNEY
from services.sessions.domain.journey.commands import (
    CompetencyRepeated,
    CompetencyUnknown,
    FeedbackSubject,
    FeedbackSubjectUnclear,
    GiveFeedback,
    JourneyOver,
    MenteeOnly,
    RecordCheckIn,
    RecordReflection,
    RecordSelfAssessment,
    ReflectionAlreadyFiled,
    Roadblock,
    RoadblockCode,
    RoadblockRepeated,
    SessionNotHeld,
    SessionUnknown,
)
from shared.events.sessions import (
    CheckInRecorded,
    FeedbackGiven,
    JourneyCompleted,
    JourneyEnded,
    ReflectionRecorded,
    RoadblockRaised,
    SelfAssessmentRecorded,
    SessionHeld,
    SessionMissed,
    Visibility,
)
from shared.events.vocabulary import CompetencyLevel, Part
from shared.ids import derived_id
from shared.testing import NOW, given
from tests.sessions.pair import (
    AFTERWARDS,
    BEGUN,
    DAY,
    FIRST,
    HELD,
    LISTENING,
    MISSED,
    OTHER_WORDS,
    PAIR,
    PAIRED,
    PLANNED,
    WORDS,
)

ANA_REFLECTS = RecordReflection(
    pairing_id=PAIR,
    session_id=FIRST,
    by=Part.MENTEE,
    visibility=Visibility.PARTNER,
    usefulness=4,
    text=WORDS,
)
REFLECTED = ReflectionRecorded(
    pairing_id=PAIR,
    session_id=FIRST,
    by=Part.MENTEE,
    visibility=Visibility.PARTNER,
    usefulness=4,
    text=WORDS,
    at=AFTERWARDS,
)
CHECK_IN = derived_id("check-in")
ANA_CHECKS_IN = RecordCheckIn(
    pairing_id=PAIR,
    check_in_id=CHECK_IN,
    by=Part.MENTEE,
    progress=40,
    what_changes=WORDS,
    roadblocks=(Roadblock(code=RoadblockCode.TIME, text=OTHER_WORDS),),
)
CHECKED_IN = CheckInRecorded(
    pairing_id=PAIR,
    check_in_id=CHECK_IN,
    by=Part.MENTEE,
    progress=40,
    what_changes=WORDS,
    at=NOW,
)
RAISED = RoadblockRaised(
    pairing_id=PAIR, check_in_id=CHECK_IN, code="time", text=OTHER_WORDS, at=NOW
)
FEEDBACK = derived_id("feedback")
ANA_THANKS = GiveFeedback(
    pairing_id=PAIR,
    feedback_id=FEEDBACK,
    by=Part.MENTEE,
    about=FeedbackSubject.SESSION,
    session_id=FIRST,
    rating=5,
    text=WORDS,
)
THANKED = FeedbackGiven(
    pairing_id=PAIR,
    feedback_id=FEEDBACK,
    by=Part.MENTEE,
    about="session",
    session_id=FIRST,
    rating=5,
    text=WORDS,
    at=AFTERWARDS,
)
LISTENS_WELL = CompetencyLevel(competency_id=LISTENING, level=3)
ANA_TAKES_STOCK = RecordSelfAssessment(
    pairing_id=PAIR,
    by=Part.MENTEE,
    skills=(LISTENS_WELL,),
    confidence=60,
    cross_functional_contacts=4,
    catalogue=frozenset({LISTENING}),
)
STOCK_TAKEN = SelfAssessmentRecorded(
    pairing_id=PAIR,
    enrollment_id=PAIRED.mentee,
    skills=(LISTENS_WELL,),
    confidence=60,
    cross_functional_contacts=4,
    at=NOW,
)
ENDED = JourneyEnded(pairing_id=PAIR, reason="not_a_fit", at=AFTERWARDS)
COMPLETED = JourneyCompleted(
    pairing_id=PAIR,
    program_id=PAIRED.program_id,
    cohort_id=PAIRED.cohort_id,
    mentor=PAIRED.mentor,
    mentee=PAIRED.mentee,
    sessions_held=4,
    at=AFTERWARDS,
)


def test_each_side_reflects_on_a_session_that_was_held() -> None:
    story = given(JOURNEY, *BEGUN, PLANNED, HELD, REFLECTED)
    by_ben = replace(ANA_REFLECTS, by=Part.MENTOR)
    story.when(by_ben, at=AFTERWARDS).then(replace(REFLECTED, by=Part.MENTOR))
    given(JOURNEY, *BEGUN, PLANNED, HELD).when(ANA_REFLECTS, at=AFTERWARDS).then(REFLECTED)


def test_the_same_reflection_again_records_nothing() -> None:
    story = given(JOURNEY, *BEGUN, PLANNED, HELD, REFLECTED)
    story.when(ANA_REFLECTS, at=AFTERWARDS + DAY).then()


def test_a_reflection_stands_as_it_was_written() -> None:
    story = given(JOURNEY, *BEGUN, PLANNED, HELD, REFLECTED)
    other = replace(ANA_REFLECTS, usefulness=2)
    story.when(other, at=AFTERWARDS).then_refused(ReflectionAlreadyFiled)


@pytest.mark.parametrize("history", [(), (MISSED,)])
def test_a_session_that_was_not_held_is_not_reflected_on(
    history: tuple[SessionMissed, ...],
) -> None:
    story = given(JOURNEY, *BEGUN, PLANNED, *history)
    story.when(ANA_REFLECTS, at=AFTERWARDS).then_refused(SessionNotHeld)


def test_an_unknown_session_is_not_reflected_on() -> None:
    given(JOURNEY, *BEGUN).when(ANA_REFLECTS).then_refused(SessionUnknown)


@pytest.mark.parametrize("over", [ENDED, COMPLETED])
def test_what_was_held_may_be_reflected_on_after_the_journey(
    over: JourneyEnded | JourneyCompleted,
) -> None:
    story = given(JOURNEY, *BEGUN, PLANNED, HELD, over)
    story.when(ANA_REFLECTS, at=AFTERWARDS).then(REFLECTED)
    story.when(ANA_THANKS, at=AFTERWARDS).then(THANKED)


def test_a_check_in_tells_progress_and_what_is_in_the_way() -> None:
    given(JOURNEY, *BEGUN).when(ANA_CHECKS_IN).then(CHECKED_IN, RAISED)
    given(JOURNEY, *BEGUN, CHECKED_IN, RAISED).when(ANA_CHECKS_IN).then()


def test_a_check_in_names_each_roadblock_once() -> None:
    twice = replace(ANA_CHECKS_IN, roadblocks=ANA_CHECKS_IN.roadblocks * 2)
    given(JOURNEY, *BEGUN).when(twice).then_refused(RoadblockRepeated)


def test_nobody_checks_in_after_the_end() -> None:
    given(JOURNEY, *BEGUN, ENDED).when(ANA_CHECKS_IN).then_refused(JourneyOver)


def test_feedback_on_a_session_is_given_once() -> None:
    story: tuple[SessionHeld, ...] = (HELD,)
    given(JOURNEY, *BEGUN, PLANNED, *story).when(ANA_THANKS, at=AFTERWARDS).then(THANKED)
    given(JOURNEY, *BEGUN, PLANNED, *story, THANKED).when(ANA_THANKS).then()


@pytest.mark.parametrize("about", [FeedbackSubject.PARTNER, FeedbackSubject.PROGRAM])
def test_only_feedback_on_a_session_names_one(about: FeedbackSubject) -> None:
    story = given(JOURNEY, *BEGUN, PLANNED, HELD)
    story.when(replace(ANA_THANKS, about=about)).then_refused(FeedbackSubjectUnclear)
    nameless = replace(ANA_THANKS, session_id=None)
    story.when(nameless).then_refused(FeedbackSubjectUnclear)


def test_feedback_on_an_unknown_session_is_refused() -> None:
    given(JOURNEY, *BEGUN).when(ANA_THANKS).then_refused(SessionUnknown)


def test_the_mentee_takes_stock_in_words_of_the_catalogue() -> None:
    given(JOURNEY, *BEGUN).when(ANA_TAKES_STOCK).then(STOCK_TAKEN)
    unknown = replace(ANA_TAKES_STOCK, catalogue=frozenset())
    given(JOURNEY, *BEGUN).when(unknown).then_refused(CompetencyUnknown)


def test_the_same_answer_counts_again_on_another_day_only() -> None:
    story = given(JOURNEY, *BEGUN, STOCK_TAKEN)
    story.when(ANA_TAKES_STOCK).then()
    story.when(ANA_TAKES_STOCK, at=NOW + DAY).then(replace(STOCK_TAKEN, at=NOW + DAY))


def test_the_mentor_does_not_assess_the_mentee() -> None:
    by_ben = replace(ANA_TAKES_STOCK, by=Part.MENTOR)
    given(JOURNEY, *BEGUN).when(by_ben).then_refused(MenteeOnly)


def test_a_competency_is_assessed_once_at_a_time() -> None:
    twice = replace(ANA_TAKES_STOCK, skills=(LISTENS_WELL, LISTENS_WELL))
    given(JOURNEY, *BEGUN).when(twice).then_refused(CompetencyRepeated)


def test_a_completed_journey_can_still_be_measured() -> None:
    given(JOURNEY, *BEGUN, COMPLETED).when(ANA_TAKES_STOCK).then(STOCK_TAKEN)
    given(JOURNEY, *BEGUN, ENDED).when(ANA_TAKES_STOCK).then_refused(JourneyOver)

"""What a pair writes down: reflections, check-ins, feedback, self-assessments."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import assert_never

from services.sessions.domain.journey.commands import (
    CompetencyRepeated,
    CompetencyUnknown,
    FeedbackSubject,
    FeedbackSubjectUnclear,
    GiveFeedback,
    MenteeOnly,
    RecordCheckIn,
    RecordCommand,
    RecordReflection,
    RecordSelfAssessment,
    ReflectionAlreadyFiled,
    RoadblockRepeated,
    SessionNotHeld,
    SessionUnknown,
)
from services.sessions.domain.journey.state import Journey, SessionStatus
from shared.events.sessions import (
    CheckInRecorded,
    FeedbackGiven,
    JourneyEvent,
    JourneyStarted,
    ReflectionRecorded,
    RoadblockRaised,
    SelfAssessmentRecorded,
)
from shared.events.vocabulary import Part


def decide_record(
    journey: Journey, started: JourneyStarted, command: RecordCommand, now: datetime
) -> Sequence[JourneyEvent]:
    """What follows from something that one of the two writes down."""
    match command:
        case RecordReflection():
            return _reflect(journey, command, now)
        case RecordCheckIn():
            return _check_in(journey, command, now)
        case GiveFeedback():
            return _give_feedback(journey, command, now)
        case RecordSelfAssessment():
            return _assess_oneself(journey, started, command, now)
        case _:
            assert_never(command)


def _reflect(journey: Journey, command: RecordReflection, now: datetime) -> Sequence[JourneyEvent]:
    session = journey.sessions.get(command.session_id)
    if session is None:
        raise SessionUnknown
    if session.status is not SessionStatus.HELD:
        raise SessionNotHeld
    reflection = ReflectionRecorded(
        pairing_id=command.pairing_id,
        session_id=command.session_id,
        by=command.by,
        visibility=command.visibility,
        usefulness=command.usefulness,
        text=command.text,
        at=now,
    )
    filed = journey.reflections.get((command.session_id, command.by))
    if filed is None:
        return (reflection,)
    if replace(filed, at=now) == reflection:
        return ()
    raise ReflectionAlreadyFiled


def _check_in(journey: Journey, command: RecordCheckIn, now: datetime) -> Sequence[JourneyEvent]:
    if command.check_in_id in journey.records:
        return ()
    codes = [roadblock.code for roadblock in command.roadblocks]
    if len(set(codes)) < len(codes):
        raise RoadblockRepeated(field="/roadblocks")
    return (
        CheckInRecorded(
            pairing_id=command.pairing_id,
            check_in_id=command.check_in_id,
            by=command.by,
            progress=command.progress,
            what_changes=command.what_changes,
            at=now,
        ),
        *(
            RoadblockRaised(
                pairing_id=command.pairing_id,
                check_in_id=command.check_in_id,
                code=roadblock.code,
                text=roadblock.text,
                at=now,
            )
            for roadblock in command.roadblocks
        ),
    )


def _give_feedback(
    journey: Journey, command: GiveFeedback, now: datetime
) -> Sequence[JourneyEvent]:
    if command.feedback_id in journey.records:
        return ()
    if (command.about is FeedbackSubject.SESSION) is (command.session_id is None):
        raise FeedbackSubjectUnclear(field="/session_id")
    if command.session_id is not None and command.session_id not in journey.sessions:
        raise SessionUnknown(field="/session_id")
    return (
        FeedbackGiven(
            pairing_id=command.pairing_id,
            feedback_id=command.feedback_id,
            by=command.by,
            about=command.about,
            session_id=command.session_id,
            rating=command.rating,
            text=command.text,
            at=now,
        ),
    )


def _assess_oneself(
    journey: Journey, started: JourneyStarted, command: RecordSelfAssessment, now: datetime
) -> Sequence[JourneyEvent]:
    if command.by is not Part.MENTEE:
        raise MenteeOnly
    named = [skill.competency_id for skill in command.skills]
    if len(set(named)) < len(named):
        raise CompetencyRepeated(field="/skills")
    if not command.catalogue.issuperset(named):
        raise CompetencyUnknown(field="/skills")
    assessment = SelfAssessmentRecorded(
        pairing_id=command.pairing_id,
        enrollment_id=started.mentee,
        skills=command.skills,
        confidence=command.confidence,
        cross_functional_contacts=command.cross_functional_contacts,
        at=now,
    )
    last = journey.last_assessment
    # The same answer on another day is a finding; on the same day it is the same answer.
    if last and last.at.date() == now.date() and replace(last, at=now) == assessment:
        return ()
    return (assessment,)

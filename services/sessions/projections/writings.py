"""What a pair wrote down, as rows; texts stay sealed."""

from collections.abc import Iterator

from shared.envelope import Recorded
from shared.events.sessions import (
    CheckInRecorded,
    FeedbackGiven,
    ReflectionRecorded,
    RoadblockRaised,
    SelfAssessmentRecorded,
)
from shared.projection import Effect, Put, hears


@hears(ReflectionRecorded)
def reflections(recorded: Recorded) -> Iterator[Effect]:
    """One row for each session and side."""
    event = recorded.event
    if isinstance(event, ReflectionRecorded):
        row = {
            "pairing_id": event.pairing_id,
            "session_id": event.session_id,
            "part": event.by,
            "visibility": event.visibility,
            "usefulness": event.usefulness,
            "sealed": event.text,
            "recorded_at": event.at,
        }
        yield Put(table="reflections", row=row)


@hears(CheckInRecorded)
def check_ins(recorded: Recorded) -> Iterator[Effect]:
    """One row a check-in."""
    event = recorded.event
    if isinstance(event, CheckInRecorded):
        row = {
            "pairing_id": event.pairing_id,
            "check_in_id": event.check_in_id,
            "part": event.by,
            "progress": event.progress,
            "sealed": event.what_changes,
            "recorded_at": event.at,
        }
        yield Put(table="check_ins", row=row)


@hears(RoadblockRaised)
def roadblocks(recorded: Recorded) -> Iterator[Effect]:
    """One row for each kind of roadblock that a check-in names."""
    event = recorded.event
    if isinstance(event, RoadblockRaised):
        row = {
            "pairing_id": event.pairing_id,
            "check_in_id": event.check_in_id,
            "code": event.code,
            "sealed": event.text,
        }
        yield Put(table="roadblocks", row=row)


@hears(FeedbackGiven)
def feedback(recorded: Recorded) -> Iterator[Effect]:
    """One row for each piece of feedback."""
    event = recorded.event
    if isinstance(event, FeedbackGiven):
        row = {
            "pairing_id": event.pairing_id,
            "feedback_id": event.feedback_id,
            "part": event.by,
            "about": event.about,
            "session_id": event.session_id,
            "rating": event.rating,
            "sealed": event.text,
            "given_at": event.at,
        }
        yield Put(table="feedback", row=row)


@hears(SelfAssessmentRecorded)
def self_assessments(recorded: Recorded) -> Iterator[Effect]:
    """One row for each time that the mentee took stock."""
    event = recorded.event
    if isinstance(event, SelfAssessmentRecorded):
        row = {
            "pairing_id": event.pairing_id,
            "assessment_id": recorded.event_id,
            "skills": event.skills,
            "confidence": event.confidence,
            "cross_functional_contacts": event.cross_functional_contacts,
            "recorded_at": event.at,
        }
        yield Put(table="self_assessments", row=row)

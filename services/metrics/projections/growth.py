"""Rows from what pairs do and say: goals, milestones, check-ins, feedback, and self-assessments."""

from collections.abc import Iterator

from services.metrics.projections.enrolled import levels
from shared.envelope import Recorded
from shared.events import sessions as told
from shared.projection import Change, Effect, Put, hears


@hears(told.ReflectionRecorded)
def reflections(recorded: Recorded) -> Iterator[Effect]:
    """How useful each side found a session; never what was written."""
    match recorded.event:
        case told.ReflectionRecorded() as fact:
            row = {
                "pairing_id": fact.pairing_id,
                "session_id": fact.session_id,
                "by_part": fact.by,
                "usefulness": fact.usefulness,
            }
            yield Put(table="reflections", row=row)
        case _:
            return


@hears(told.CheckInRecorded)
def check_ins(recorded: Recorded) -> Iterator[Effect]:
    """Progress as felt at each check-in."""
    match recorded.event:
        case told.CheckInRecorded() as fact:
            row = {
                "check_in_id": fact.check_in_id,
                "pairing_id": fact.pairing_id,
                "by_part": fact.by,
                "progress": fact.progress,
                "recorded_at": fact.at,
            }
            yield Put(table="check_ins", row=row)
        case _:
            return


@hears(told.RoadblockRaised)
def roadblocks(recorded: Recorded) -> Iterator[Effect]:
    """What stands in the way, by code."""
    match recorded.event:
        case told.RoadblockRaised() as fact:
            row = {
                "check_in_id": fact.check_in_id,
                "code": fact.code,
                "pairing_id": fact.pairing_id,
                "raised_at": fact.at,
            }
            yield Put(table="roadblocks", row=row)
        case _:
            return


@hears(told.FeedbackGiven)
def feedback(recorded: Recorded) -> Iterator[Effect]:
    """Ratings without their words."""
    match recorded.event:
        case told.FeedbackGiven() as fact:
            row = {
                "feedback_id": fact.feedback_id,
                "pairing_id": fact.pairing_id,
                "by_part": fact.by,
                "about": fact.about,
                "rating": fact.rating,
                "given_at": fact.at,
            }
            yield Put(table="feedback", row=row)
        case _:
            return


@hears(told.SelfAssessmentRecorded)
def self_assessments(recorded: Recorded) -> Iterator[Effect]:
    """Each self-assessment; the last one is held against the baseline."""
    match recorded.event:
        case told.SelfAssessmentRecorded() as fact:
            row = {
                "pairing_id": fact.pairing_id,
                "version": recorded.version,
                "enrollment_id": fact.enrollment_id,
                "skills": levels(fact.skills),
                "confidence": fact.confidence,
                "contacts": fact.cross_functional_contacts,
                "recorded_at": fact.at,
            }
            yield Put(table="self_assessments", row=row)
        case _:
            return


@hears(told.MilestoneSet, told.MilestoneEvidenceSubmitted, told.MilestoneReached)
def milestones(recorded: Recorded) -> Iterator[Effect]:
    """Each milestone that a pair agreed on."""
    match recorded.event:
        case told.MilestoneSet() as fact:
            row = {
                "milestone_id": fact.milestone_id,
                "pairing_id": fact.pairing_id,
                "mentee": fact.mentee,
                "due_on": fact.due_on,
                "project": fact.project,
            }
            yield Put(table="milestones", row=row)
        case told.MilestoneEvidenceSubmitted() as fact:
            yield Change(
                table="milestones",
                key={"milestone_id": fact.milestone_id},
                values={"evidence_at": fact.at},
            )
        case told.MilestoneReached() as fact:
            yield Change(
                table="milestones",
                key={"milestone_id": fact.milestone_id},
                values={"reached_at": fact.at, "on_time": fact.on_time},
            )
        case _:
            return


@hears(told.GoalSet, told.JointObjectiveSet, told.GoalRevised, told.GoalAchieved, told.GoalDropped)
def goals(recorded: Recorded) -> Iterator[Effect]:
    """Each goal with its date and its end."""
    match recorded.event:
        case told.GoalSet() | told.JointObjectiveSet() as fact:
            row = {
                "goal_id": fact.goal_id,
                "pairing_id": fact.pairing_id,
                "joint": isinstance(fact, told.JointObjectiveSet),
                "due_on": fact.due_on,
                "set_at": fact.at,
            }
            yield Put(table="goals", row=row)
        case told.GoalRevised() as fact:
            yield _goal(fact, due_on=fact.due_on)
        case told.GoalAchieved() as fact:
            yield _goal(fact, achieved_at=fact.at)
        case told.GoalDropped() as fact:
            yield _goal(fact, dropped_at=fact.at)
        case _:
            return


def _goal(
    fact: told.GoalRevised | told.GoalAchieved | told.GoalDropped, **values: object
) -> Effect:
    return Change(table="goals", key={"goal_id": fact.goal_id}, values=values)

"""Goals of a mentee, and the roadmap that a pair agrees on, with its milestones."""

from datetime import date, datetime
from typing import TypeAlias

from shared.events.sessions.journeys import ReminderIssued
from shared.events.vocabulary import Part
from shared.frozen import light
from shared.ids import CompetencyId, EnrollmentId, GoalId, MilestoneId, PairingId
from shared.sealed import Sealed


@light
class GoalMeasure:
    """How one will know: a catalogue competency from one level to another, or a counted thing."""

    competency_id: CompetencyId | None
    unit: str  # "level", "deliverables", "people", …
    start: int
    target: int


@light
class GoalSet:
    goal_id: GoalId
    pairing_id: PairingId
    text: Sealed
    measure: GoalMeasure
    due_on: date
    at: datetime


@light
class GoalRevised:
    goal_id: GoalId
    pairing_id: PairingId
    text: Sealed
    measure: GoalMeasure
    due_on: date
    at: datetime


@light
class GoalAchieved:
    goal_id: GoalId
    pairing_id: PairingId
    reached: int  # in the measure's unit
    at: datetime


@light
class GoalDropped:
    goal_id: GoalId
    pairing_id: PairingId
    reason: str
    at: datetime


@light
class JointObjectiveSet:
    """An objective that both own, tied to a priority of the organisation."""

    goal_id: GoalId
    pairing_id: PairingId
    text: Sealed
    priority: str  # the code of a charter objective
    owners: tuple[Part, ...]
    due_on: date
    at: datetime


GoalEvent: TypeAlias = (
    GoalSet | GoalRevised | GoalAchieved | GoalDropped | JointObjectiveSet | ReminderIssued
)


@light
class RoadmapMilestone:
    milestone_id: MilestoneId
    title: Sealed
    due_on: date
    project: bool  # must be applied in a real project, with evidence


@light
class RoadmapProposed:
    pairing_id: PairingId
    version: int
    milestones: tuple[RoadmapMilestone, ...]
    check_in_dates: tuple[date, ...]
    expectations: Sealed | None = None
    by: Part
    at: datetime


@light
class RoadmapAccepted:
    """Both sides agree on this version."""

    pairing_id: PairingId
    version: int
    at: datetime


@light
class RoadmapApproved:
    """One side agrees; the other still has to."""

    pairing_id: PairingId
    version: int
    by: Part
    at: datetime


@light
class MilestoneSet:
    pairing_id: PairingId
    mentee: EnrollmentId
    milestone_id: MilestoneId
    due_on: date
    project: bool
    at: datetime


@light
class MilestoneEvidenceSubmitted:
    pairing_id: PairingId
    milestone_id: MilestoneId
    deliverable: Sealed
    link_sealed: Sealed | None = None
    at: datetime


@light
class MilestoneReached:
    pairing_id: PairingId
    mentee: EnrollmentId
    milestone_id: MilestoneId
    on_time: bool
    confirmed_by: Part
    at: datetime


RoadmapEvent: TypeAlias = (
    RoadmapProposed
    | RoadmapApproved
    | RoadmapAccepted
    | MilestoneSet
    | MilestoneEvidenceSubmitted
    | MilestoneReached
    | ReminderIssued
)

"""What can be asked of a roadmap, and why it may be refused."""

from datetime import date, datetime
from typing import TypeAlias

from shared.errors import InvalidCommand, NotAllowed, NotFound, Refused
from shared.events.sessions import RoadmapMilestone
from shared.events.vocabulary import Part
from shared.frozen import frozen
from shared.ids import EnrollmentId, MilestoneId, PairingId, PersonId
from shared.sealed import Sealed


class RoadmapUnknown(NotFound):
    """This pair has no roadmap yet."""


class RoadmapVersionSuperseded(Refused):
    """There is a newer proposal of this roadmap: read it, then agree to that one."""


class MilestoneUnknown(NotFound):
    """This pair's roadmap has no such milestone."""


class MilestoneRepeated(InvalidCommand):
    """A roadmap names each milestone once."""


class MilestoneLeftOut(Refused):
    """A milestone that both agreed on can be given another date, but not left out."""


class MilestoneDueInThePast(InvalidCommand):
    """A milestone is due on a day to come."""


class EvidenceMissing(Refused):
    """A milestone in a real project is confirmed once there is evidence of it."""


class MilestoneAlreadyReached(Refused):
    """This milestone was reached already."""


class MentorConfirms(NotAllowed):
    """The mentor confirms a milestone of the mentee."""


@frozen
class ProposeRoadmap:
    """Put a roadmap to the other one; whoever proposes it agrees to it."""

    pairing_id: PairingId
    mentee: EnrollmentId
    milestones: tuple[RoadmapMilestone, ...]
    check_in_dates: tuple[date, ...]
    expectations: Sealed | None = None
    known: frozenset[MilestoneId] = frozenset()  # those that the proposer says were there before
    by: Part


@frozen
class ApproveRoadmap:
    pairing_id: PairingId
    mentee: EnrollmentId
    version: int
    by: Part


@frozen
class SubmitEvidence:
    pairing_id: PairingId
    milestone_id: MilestoneId
    deliverable: Sealed
    link: Sealed | None = None
    by: Part


@frozen
class ConfirmMilestone:
    pairing_id: PairingId
    mentee: EnrollmentId
    milestone_id: MilestoneId
    by: Part


@frozen
class RemindOfMilestone:
    pairing_id: PairingId
    milestone_id: MilestoneId
    to: tuple[PersonId, ...]
    due_at: datetime


RoadmapCommand: TypeAlias = (
    ProposeRoadmap | ApproveRoadmap | SubmitEvidence | ConfirmMilestone | RemindOfMilestone
)

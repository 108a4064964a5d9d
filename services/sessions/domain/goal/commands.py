"""What can be asked of a goal, and why it may be refused."""

from datetime import date, datetime
from enum import StrEnum
from typing import TypeAlias

from shared.errors import InvalidCommand, NotFound, Refused
from shared.events.sessions import GoalMeasure
from shared.events.vocabulary import Part
from shared.frozen import frozen
from shared.ids import CompetencyId, GoalId, PairingId, PersonId
from shared.sealed import Sealed


class GoalWithoutMeasure(InvalidCommand):
    """A goal says how one will know that it is reached: give it a measure."""


class GoalWithoutDate(InvalidCommand):
    """A goal says by when it will be reached: give it a date."""


class GoalMeasuresNothing(InvalidCommand):
    """The target of a measure lies above its start."""


class GoalDueInThePast(InvalidCommand):
    """A goal is due on a day to come."""


class PriorityUnknown(InvalidCommand):
    """This is not an objective of the program's charter."""


class GoalUnknown(NotFound):
    """This pair has no such goal."""


class GoalClosed(Refused):
    """This goal was achieved or dropped already."""


class GoalNotReached(Refused):
    """The goal is achieved when its measure reaches the target."""


class ObjectiveNotRevisable(Refused):
    """A joint objective is not rewritten: drop it and agree on another one."""


class DropReason(StrEnum):
    """Why a goal is given up."""

    NO_LONGER_NEEDED = "no_longer_needed"
    REPLACED = "replaced"
    OUT_OF_REACH = "out_of_reach"
    NO_TIME = "no_time"


@frozen
class SetGoal:
    goal_id: GoalId
    pairing_id: PairingId
    text: Sealed
    measure: GoalMeasure | None
    due_on: date | None
    by: Part
    catalogue: frozenset[CompetencyId] = frozenset()  # those in use among the measure's


@frozen
class ReviseGoal:
    goal_id: GoalId
    pairing_id: PairingId
    text: Sealed
    measure: GoalMeasure | None
    due_on: date | None
    by: Part
    catalogue: frozenset[CompetencyId] = frozenset()


@frozen
class SetJointObjective:
    goal_id: GoalId
    pairing_id: PairingId
    text: Sealed
    priority: str
    due_on: date | None
    priorities: frozenset[str]  # the codes of the program's charter


@frozen
class AchieveGoal:
    goal_id: GoalId
    pairing_id: PairingId
    reached: int


@frozen
class DropGoal:
    goal_id: GoalId
    pairing_id: PairingId
    reason: DropReason


@frozen
class RemindOfGoal:
    goal_id: GoalId
    pairing_id: PairingId
    to: tuple[PersonId, ...]
    due_at: datetime


GoalCommand: TypeAlias = (
    SetGoal | ReviseGoal | SetJointObjective | AchieveGoal | DropGoal | RemindOfGoal
)

"""A place in the pool beyond its seats: breaks, offers, priority, and care for who is left."""

from datetime import datetime
from enum import StrEnum
from typing import TypeAlias

from shared.frozen import light
from shared.ids import EnrollmentId, PairingId


@light
class ParticipantPaused:
    """Nobody new for the time being; pairings go on."""

    enrollment_id: EnrollmentId
    until: datetime | None  # None: until they say so
    at: datetime


@light
class ParticipantResumed:
    enrollment_id: EnrollmentId
    at: datetime


@light
class AwayDatesSet:
    """From `starts_at` to `ends_at` nobody new; None and None: taken back, or over."""

    enrollment_id: EnrollmentId
    starts_at: datetime | None
    ends_at: datetime | None
    at: datetime


@light
class SeatsLimited:
    """Fewer seats in this cohort than declared elsewhere; None: no longer."""

    enrollment_id: EnrollmentId
    limit: int | None
    at: datetime


@light
class SeatOffered:
    """A freed seat was offered to the first on the waiting list whom the rules allow there."""

    enrollment_id: EnrollmentId  # of the mentee
    pairing_id: PairingId
    mentor: EnrollmentId
    position: int  # on the waiting list; those before could not be paired with this mentor
    at: datetime


@light
class PriorityGranted:
    """First in the list from now on, such as after an appeal."""

    enrollment_id: EnrollmentId
    ground: str  # a code: "appeal"
    at: datetime


class OrphanStep(StrEnum):
    """What is done for a mentee whose mentor left or was silent, in this order."""

    TOLD = "told"
    NUDGED = "nudged"
    OFFERED = "offered"
    RE_MATCHED = "re_matched"  # first in the next run, and the manager is told


@light
class OrphanStepTaken:
    enrollment_id: EnrollmentId
    pairing_id: PairingId  # the one that was left
    step: OrphanStep
    next_step: OrphanStep | None
    next_at: datetime | None
    at: datetime
    silent: bool = False  # the two did not meet; False: the mentor left


PlaceEvent: TypeAlias = (
    ParticipantPaused
    | ParticipantResumed
    | AwayDatesSet
    | SeatsLimited
    | SeatOffered
    | PriorityGranted
    | OrphanStepTaken
)

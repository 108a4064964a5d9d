"""What may be asked of a roster, and why it says no."""

from datetime import datetime
from typing import TypeAlias

from shared.errors import Conflict, InvalidCommand, NotFound, Refused
from shared.events.vocabulary import Part
from shared.frozen import frozen
from shared.ids import CohortId, EnrollmentId, PairingId, PersonId, ProgramId, RunId


@frozen
class ListParticipant:
    enrollment_id: EnrollmentId
    program_id: ProgramId
    cohort_id: CohortId
    person_id: PersonId
    part: Part
    seats: int


@frozen
class ChangeSeats:
    enrollment_id: EnrollmentId
    seats: int


@frozen
class LimitSeats:
    """Fewer seats here than declared elsewhere; None: as many as declared."""

    enrollment_id: EnrollmentId
    limit: int | None


@frozen
class ReserveSeat:
    enrollment_id: EnrollmentId
    pairing_id: PairingId
    seen_free: bool = False  # whoever commands by themselves looks again if it is not any more


@frozen
class OfferSeat:
    """A mentee on the waiting list is offered a freed seat."""

    enrollment_id: EnrollmentId
    pairing_id: PairingId
    mentor: EnrollmentId
    position: int


@frozen
class ReturnSeat:
    """The pairing is over: its seat is free again."""

    enrollment_id: EnrollmentId
    pairing_id: PairingId
    seek: bool = False  # back in the pool for a new partner
    priority: bool = False  # let down by the other side: keeps the time already waited
    orphaned: bool = False  # the other side is gone: steps are taken until there is a new one
    silent: bool = False  # and this is so because the two did not meet


@frozen
class SeekPartner:
    """Back in the pool by own wish, after a pairing that ended well."""

    enrollment_id: EnrollmentId


@frozen
class Waitlist:
    enrollment_id: EnrollmentId
    run_id: RunId
    reason: str


@frozen
class GrantPriority:
    enrollment_id: EnrollmentId
    ground: str


@frozen
class PauseParticipant:
    enrollment_id: EnrollmentId
    until: datetime | None = None  # None: until they say so


@frozen
class ResumeParticipant:
    enrollment_id: EnrollmentId


@frozen
class EndBreak:
    """The time until which somebody paused has come."""

    enrollment_id: EnrollmentId


@frozen
class SetAwayDates:
    """Both None: taken back."""

    enrollment_id: EnrollmentId
    starts_at: datetime | None
    ends_at: datetime | None


@frozen
class BeginAway:
    """The first day away has come."""

    enrollment_id: EnrollmentId


@frozen
class TakeOrphanStep:
    """The next step for a mentee whose mentor left is due."""

    enrollment_id: EnrollmentId


@frozen
class Delist:
    enrollment_id: EnrollmentId
    reason: str


BreakCommand: TypeAlias = PauseParticipant | ResumeParticipant | EndBreak | SetAwayDates | BeginAway
RosterCommand: TypeAlias = (
    ListParticipant
    | ChangeSeats
    | LimitSeats
    | ReserveSeat
    | OfferSeat
    | ReturnSeat
    | SeekPartner
    | Waitlist
    | GrantPriority
    | BreakCommand
    | TakeOrphanStep
    | Delist
)


class RosterUnknown(NotFound):
    """There is no such participant in the pool."""


class NotListed(Refused):
    """This participant is not, or no longer, in the pool."""


class MentorAtCapacity(Refused):
    """All seats of this mentor are taken."""


class MenteeAlreadyPaired(Refused):
    """This mentee already has a mentor or a proposal to answer."""


class ParticipantOnPause(Refused):
    """This participant takes nobody new for the time being."""


class PairingsLeftOpen(Conflict):
    """A pairing began while this participant was leaving; read again and retry."""


class OfferOvertaken(Conflict):
    """Somebody else was faster: one of the two has no seat now, or is no longer in the pool."""


class SeatsNegative(InvalidCommand):
    """A limit is a number of seats, zero or more."""


class BreakInThePast(InvalidCommand):
    """A pause ends, and days away begin before they end, in the future."""


class BreakNotOver(Refused):
    """This pause is not over yet."""


class AwayNotBegun(Refused):
    """The first day away has not come yet."""


class OrphanStepNotDue(Refused):
    """The next step for this participant is not due yet."""

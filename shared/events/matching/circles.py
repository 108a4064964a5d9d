"""Circles of peers, groups around a mentor, draws by lot, sponsors, and introductions."""

from datetime import datetime
from typing import TypeAlias
from uuid import UUID

from shared.frozen import light
from shared.ids import (
    CircleId,
    CohortId,
    CompetencyId,
    EnrollmentId,
    GroupId,
    PairingId,
    PersonId,
    ProgramId,
)


@light
class CircleMember:
    enrollment_id: EnrollmentId
    person_id: PersonId
    function: str


@light
class CircleFormed:
    """Peers who learn together; none of them takes a mentor's seat."""

    circle_id: CircleId
    program_id: ProgramId
    cohort_id: CohortId
    members: tuple[CircleMember, ...]
    size_min: int
    size_max: int
    functions_min: int
    at: datetime


@light
class CircleJoined:
    circle_id: CircleId
    member: CircleMember
    at: datetime


@light
class CircleLeft:
    circle_id: CircleId
    enrollment_id: EnrollmentId
    at: datetime


@light
class CircleClosed:
    circle_id: CircleId
    reason: str  # a code: "done", "too_small"
    at: datetime


CircleEvent: TypeAlias = CircleFormed | CircleJoined | CircleLeft | CircleClosed


@light
class GroupFormed:
    """A mentor works with several mentees together; each is a pairing and takes a seat."""

    group_id: GroupId
    program_id: ProgramId
    cohort_id: CohortId
    mentor: EnrollmentId
    mentor_person: PersonId
    size_max: int
    at: datetime


@light
class GroupJoined:
    group_id: GroupId
    mentee: EnrollmentId
    mentee_person: PersonId
    pairing_id: PairingId
    at: datetime


@light
class GroupLeft:
    group_id: GroupId
    mentee: EnrollmentId
    pairing_id: PairingId
    at: datetime


@light
class GroupClosed:
    group_id: GroupId
    at: datetime


GroupEvent: TypeAlias = GroupFormed | GroupJoined | GroupLeft | GroupClosed


@light
class RouletteJoined:
    """This enrollment wants to be drawn."""

    cohort_id: CohortId
    enrollment_id: EnrollmentId
    at: datetime


@light
class RouletteLeft:
    cohort_id: CohortId
    enrollment_id: EnrollmentId
    at: datetime


@light
class DrawnPair:
    mentor: EnrollmentId
    mentee: EnrollmentId
    pairing_id: PairingId


@light
class RouletteDrawn:
    """Pairs by lot; with the seed, the players and who is allowed, anybody can draw them again."""

    cohort_id: CohortId
    draw_id: UUID
    seed: str  # hex
    players: tuple[EnrollmentId, ...]
    pairs: tuple[DrawnPair, ...]
    drawn_by: PersonId
    at: datetime


RouletteEvent: TypeAlias = RouletteJoined | RouletteLeft | RouletteDrawn


@light
class SponsorLinked:
    """A sponsor opens doors for a mentee, apart from the mentor."""

    enrollment_id: EnrollmentId
    program_id: ProgramId
    sponsor: PersonId
    linked_by: PersonId
    at: datetime


@light
class SponsorUnlinked:
    enrollment_id: EnrollmentId
    sponsor: PersonId
    at: datetime


@light
class ExpertIntroduced:
    """A mentee was introduced to an expert or to a community of practice."""

    introduction_id: UUID
    enrollment_id: EnrollmentId
    program_id: ProgramId
    expert: PersonId | None
    community: str | None  # a code
    competency_id: CompetencyId | None  # what it is about
    introduced_by: PersonId
    at: datetime


SponsorEvent: TypeAlias = SponsorLinked | SponsorUnlinked | ExpertIntroduced

"""Who opens doors for a mentee besides their mentor: sponsors, experts, and communities."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import TypeAlias, assert_never
from uuid import UUID

from shared.decider import Decider
from shared.errors import InvalidCommand, Refused
from shared.events.matching import (
    ExpertIntroduced,
    SponsorEvent,
    SponsorLinked,
    SponsorUnlinked,
)
from shared.frozen import frozen
from shared.ids import CompetencyId, EnrollmentId, PersonId, ProgramId

SPONSORS_MAX = 3


@frozen
class Circumstances:
    """What else a sponsor is to the mentee, as known when they are linked."""

    sponsors_program: bool  # holds the role of a sponsor in the governance of the program
    is_mentee: bool
    is_mentor: bool  # of this mentee, in a pairing that is proposed or under way
    in_line: bool  # stands above or below the mentee


@frozen
class LinkSponsor:
    enrollment_id: EnrollmentId
    program_id: ProgramId
    sponsor: PersonId
    linked_by: PersonId
    circumstances: Circumstances


@frozen
class UnlinkSponsor:
    enrollment_id: EnrollmentId
    sponsor: PersonId


@frozen
class IntroduceExpert:
    introduction_id: UUID
    enrollment_id: EnrollmentId
    program_id: ProgramId
    mentee_person: PersonId
    expert: PersonId | None
    community: str | None  # a code
    competency_id: CompetencyId | None
    introduced_by: PersonId


SponsorCommand: TypeAlias = LinkSponsor | UnlinkSponsor | IntroduceExpert


class NotASponsor(Refused):
    """This person is no sponsor of the program: give them the role in its governance first."""


class SponsorIsMentee(Refused):
    """Nobody is their own sponsor."""


class SponsorIsMentor(Refused):
    """A sponsor is somebody apart from the mentor: link another sponsor."""


class SponsorInLine(Refused):
    """A sponsor stands outside the mentee's own reporting line: link another sponsor."""


class TooManySponsors(Refused):
    """This mentee has three sponsors already: unlink one first."""


class IntroductionNeedsOneTarget(InvalidCommand):
    """An introduction names either an expert or a community of practice."""


class IntroducedToThemselves(InvalidCommand):
    """The expert is the mentee: name somebody else."""


@frozen
class Backing:
    """Who backs one mentee."""

    sponsors: frozenset[PersonId] = frozenset()
    introductions: frozenset[UUID] = frozenset()


def evolve(backing: Backing, event: SponsorEvent) -> Backing:
    match event:
        case SponsorLinked(sponsor=sponsor):
            return replace(backing, sponsors=backing.sponsors | {sponsor})
        case SponsorUnlinked(sponsor=sponsor):
            return replace(backing, sponsors=backing.sponsors - {sponsor})
        case ExpertIntroduced(introduction_id=introduction):
            return replace(backing, introductions=backing.introductions | {introduction})
        case _:
            assert_never(event)


def decide(backing: Backing, command: SponsorCommand, now: datetime) -> Sequence[SponsorEvent]:
    match command:
        case LinkSponsor():
            return _link(backing, command, now)
        case UnlinkSponsor(enrollment_id=where, sponsor=sponsor):
            if sponsor not in backing.sponsors:
                return ()
            return (SponsorUnlinked(enrollment_id=where, sponsor=sponsor, at=now),)
        case IntroduceExpert():
            return _introduce(backing, command, now)
        case _:
            assert_never(command)


def _link(backing: Backing, command: LinkSponsor, now: datetime) -> Sequence[SponsorEvent]:
    if command.sponsor in backing.sponsors:
        return ()
    known = command.circumstances
    if not known.sponsors_program:
        raise NotASponsor
    if known.is_mentee:
        raise SponsorIsMentee
    if known.is_mentor:
        raise SponsorIsMentor
    if known.in_line:
        raise SponsorInLine
    if len(backing.sponsors) >= SPONSORS_MAX:
        raise TooManySponsors
    return (
        SponsorLinked(
            enrollment_id=command.enrollment_id,
            program_id=command.program_id,
            sponsor=command.sponsor,
            linked_by=command.linked_by,
            at=now,
        ),
    )


def _introduce(backing: Backing, command: IntroduceExpert, now: datetime) -> Sequence[SponsorEvent]:
    if command.introduction_id in backing.introductions:
        return ()
    if (command.expert is None) == (command.community is None):
        raise IntroductionNeedsOneTarget(field="/expert")
    if command.expert == command.mentee_person:
        raise IntroducedToThemselves(field="/expert")
    return (
        ExpertIntroduced(
            introduction_id=command.introduction_id,
            enrollment_id=command.enrollment_id,
            program_id=command.program_id,
            expert=command.expert,
            community=command.community,
            competency_id=command.competency_id,
            introduced_by=command.introduced_by,
            at=now,
        ),
    )


SPONSORSHIP: Decider[Backing, SponsorCommand, SponsorEvent] = Decider(
    category="sponsorship",
    key=lambda command: command.enrollment_id,
    initial=Backing(),
    evolve=evolve,
    decide=decide,
)

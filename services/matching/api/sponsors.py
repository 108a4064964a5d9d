"""Sponsors of mentees over HTTP, and introductions to experts and communities of practice."""

from functools import partial
from typing import Annotated
from uuid import UUID

from pydantic import Field, StringConstraints
from starlette.responses import Response

from services.matching.api.rights import assert_manages, oversees
from services.matching.domain.roster import RosterUnknown
from services.matching.domain.sponsor import (
    SPONSORSHIP,
    Backing,
    IntroducedToThemselves,
    IntroduceExpert,
    IntroductionNeedsOneTarget,
    LinkSponsor,
    NotASponsor,
    SponsorInLine,
    SponsorIsMentee,
    SponsorIsMentor,
    TooManySponsors,
    UnlinkSponsor,
)
from services.matching.queries import pool, sponsors
from services.matching.queries.openness import Openness, openness
from services.matching.queries.sponsors import IntroductionView, SponsorshipView
from shared.auth import Role
from shared.database import Database
from shared.errors import InvalidCommand, NotFound
from shared.events.vocabulary import Part
from shared.http import (
    Commands,
    PageOf,
    PageRequest,
    Reads,
    Request,
    Routes,
    View,
    problems,
    require,
)
from shared.ids import CompetencyId, EnrollmentId, PersonId, new_id

router = Routes("sponsors")

Code = Annotated[
    str,
    StringConstraints(min_length=1, max_length=64, pattern=r"^[a-z0-9]+([-_][a-z0-9]+)*$"),
    Field(examples=["facilitators"]),
]


class NotOfAMentee(InvalidCommand):
    """Sponsors and introductions are for mentees: this is the enrollment of a mentor."""


class ExpertUnknown(InvalidCommand):
    """The directory does not know this person, or they have left."""


class LinkSponsorBody(Request):
    sponsor: UUID = Field(description="A person who is a sponsor in the program's governance.")


class IntroductionBody(Request):
    """Name an expert or a community of practice, not both."""

    expert: UUID | None = None
    community: Code | None = None
    competency_id: UUID | None = Field(default=None, description="What it is about.")


class SponsorsReceipt(View):
    enrollment_id: UUID
    sponsors: list[UUID]


class IntroductionReceipt(View):
    introduction_id: UUID
    enrollment_id: UUID


@router.post(
    "/v1/rosters/{enrollment_id}/sponsors",
    status_code=201,
    response_model=SponsorsReceipt,
    responses=problems(
        RosterUnknown,
        NotOfAMentee,
        NotASponsor,
        SponsorIsMentee,
        SponsorIsMentor,
        SponsorInLine,
        TooManySponsors,
    ),
    dependencies=[require(Role.PROGRAM_MANAGER)],
)
async def link_sponsor(
    enrollment_id: UUID, body: LinkSponsorBody, commands: Commands, reads: Reads
) -> Response:
    """Link a sponsor to a mentee, apart from the mentor and outside the mentee's own line."""
    await reads.wait()
    tenant, sponsor = reads.caller.tenant, PersonId(body.sponsor)
    async with reads.db() as db:
        mentee = await _mentee(db, reads, enrollment_id)
        manager = await _manager(db, reads, mentee)
        known = await sponsors.circumstances(db, tenant, mentee, sponsor)
    link = LinkSponsor(
        enrollment_id=mentee.enrollment_id,
        program_id=mentee.program_id,
        sponsor=sponsor,
        linked_by=manager,
        circumstances=known,
    )
    return await commands.handle(
        SPONSORSHIP,
        link,
        show=partial(_receipt, mentee.enrollment_id),
        location=f"/v1/rosters/{enrollment_id}/sponsors",
    )


@router.delete(
    "/v1/rosters/{enrollment_id}/sponsors/{person_id}",
    response_model=SponsorsReceipt,
    responses=problems(RosterUnknown, NotOfAMentee),
    dependencies=[require(Role.PROGRAM_MANAGER)],
)
async def unlink_sponsor(
    enrollment_id: UUID, person_id: UUID, commands: Commands, reads: Reads
) -> Response:
    """Take a sponsor off a mentee."""
    await reads.wait()
    async with reads.db() as db:
        mentee = await _mentee(db, reads, enrollment_id)
        await _manager(db, reads, mentee)
    unlink = UnlinkSponsor(enrollment_id=mentee.enrollment_id, sponsor=PersonId(person_id))
    return await commands.handle(SPONSORSHIP, unlink, show=partial(_receipt, mentee.enrollment_id))


@router.get(
    "/v1/rosters/{enrollment_id}/sponsors",
    response_model=PageOf[SponsorshipView],
    responses=problems(RosterUnknown, NotOfAMentee),
)
async def list_sponsors(enrollment_id: UUID, reads: Reads) -> Response:
    """Sponsors of a mentee, for the mentee, their sponsors, and the managers of the program."""

    async def query(db: Database, page: PageRequest) -> PageOf[SponsorshipView]:
        await _assert_backs(db, reads, await _mentee(db, reads, enrollment_id))
        return await sponsors.sponsorships(db, page, mentee=enrollment_id)

    return await reads.page(query)


@router.get(
    "/v1/people/{person_id}/sponsorships",
    response_model=PageOf[SponsorshipView],
    responses=problems(NotFound),
)
async def list_sponsorships(person_id: UUID, reads: Reads) -> Response:
    """The mentees you are a sponsor of."""
    if person_id != reads.caller.person and Role.AUDITOR not in reads.caller.roles:
        raise NotFound
    return await reads.page(partial(sponsors.sponsorships, sponsor=person_id))


@router.post(
    "/v1/rosters/{enrollment_id}/introductions",
    status_code=201,
    response_model=IntroductionReceipt,
    responses=problems(
        RosterUnknown,
        NotOfAMentee,
        ExpertUnknown,
        IntroductionNeedsOneTarget,
        IntroducedToThemselves,
    ),
)
async def introduce_expert(
    enrollment_id: UUID, body: IntroductionBody, commands: Commands, reads: Reads
) -> Response:
    """Record that you introduced a mentee to an expert or to a community of practice.

    Their mentor, their sponsors, and the managers of the program may.
    """
    await reads.wait()
    async with reads.db() as db:
        mentee = await _mentee(db, reads, enrollment_id)
        introducer = await _assert_backs(db, reads, mentee)
        expert = body.expert
        if expert is not None and not await sponsors.is_known(db, reads.caller.tenant, expert):
            raise ExpertUnknown(field="/expert")
    if introducer is None or introducer == mentee.person_id:
        raise RosterUnknown
    introduce = IntroduceExpert(
        introduction_id=new_id(),
        enrollment_id=mentee.enrollment_id,
        program_id=mentee.program_id,
        mentee_person=mentee.person_id,
        expert=None if expert is None else PersonId(expert),
        community=body.community,
        competency_id=None if body.competency_id is None else CompetencyId(body.competency_id),
        introduced_by=introducer,
    )
    where = introduce.introduction_id
    return await commands.handle(
        SPONSORSHIP,
        introduce,
        show=lambda _: IntroductionReceipt(
            introduction_id=where, enrollment_id=mentee.enrollment_id
        ),
        location=f"/v1/rosters/{enrollment_id}/introductions",
    )


@router.get(
    "/v1/rosters/{enrollment_id}/introductions",
    response_model=PageOf[IntroductionView],
    responses=problems(RosterUnknown, NotOfAMentee),
)
async def list_introductions(enrollment_id: UUID, reads: Reads) -> Response:
    """To whom a mentee was introduced, for the mentee and those who may introduce them."""

    async def query(db: Database, page: PageRequest) -> PageOf[IntroductionView]:
        await _assert_backs(db, reads, await _mentee(db, reads, enrollment_id))
        return await sponsors.introductions(db, page, mentee=enrollment_id)

    return await reads.page(query)


async def _mentee(db: Database, reads: Reads, enrollment_id: UUID) -> Openness:
    place = (await openness(db, reads.caller.tenant, [enrollment_id])).get(enrollment_id)
    if place is None:
        raise RosterUnknown
    if place.part != Part.MENTEE:
        raise NotOfAMentee
    return place


async def _manager(db: Database, reads: Reads, mentee: Openness) -> PersonId:
    return await assert_manages(db, reads.caller, mentee.program_id)


async def _assert_backs(db: Database, reads: Reads, mentee: Openness) -> PersonId | None:
    """The caller, if they are the mentee, their mentor or sponsor, or watch over the program."""
    tenant, person = reads.caller.tenant, reads.caller.person
    if person == mentee.person_id:
        return person
    if person is not None:
        mentors = await sponsors.mentors_of(db, tenant, mentee.enrollment_id)
        linked = await sponsors.is_linked(db, tenant, mentee.enrollment_id, person)
        if linked or person in mentors or await pool.manages(db, mentee.program_id, person):
            return person
    if await oversees(db, reads.caller, mentee.program_id):
        return None  # auditors read, and introduce nobody
    raise RosterUnknown


def _receipt(enrollment_id: EnrollmentId, backing: Backing) -> SponsorsReceipt:
    return SponsorsReceipt(enrollment_id=enrollment_id, sponsors=sorted(backing.sponsors))

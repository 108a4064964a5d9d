"""Groups around one mentor over HTTP: formed, joined, closed; each place is a pairing."""

from collections.abc import Sequence
from uuid import UUID

from pydantic import Field
from starlette.responses import Response

from services.matching.api.gathering import managed_policy, sight
from services.matching.api.proposals import (
    AnyStep,
    DifferentCohorts,
    NotAMentee,
    NotAMentor,
    proposal_steps,
    proposed,
)
from services.matching.api.rights import ProgramUnknown, oversees
from services.matching.domain.group import (
    GROUP,
    CloseGroup,
    FormGroup,
    Group,
    GroupFull,
    GroupOver,
    GroupTooSmall,
    GroupUnknown,
    JoinGroup,
    State,
)
from services.matching.domain.load import MentorInTooManyPrograms, MentorOverloaded
from services.matching.domain.pairing_refusals import HardRuleBroken, PairNotOpen
from services.matching.domain.proposal import Way
from services.matching.domain.roster import (
    ROSTER,
    MenteeAlreadyPaired,
    MentorAtCapacity,
    NotListed,
    ParticipantOnPause,
    RosterUnknown,
)
from services.matching.domain.run_refusals import NoMatchingPolicy
from services.matching.queries import candidates, circles, pool
from services.matching.queries.circles import GroupMemberView, GroupView
from services.matching.queries.openness import Openness, openness
from shared.auth import Role
from shared.command_handler import Step
from shared.database import Database
from shared.events.matching import MatchingPolicySet, PairingFormat
from shared.events.vocabulary import Part
from shared.frozen import frozen
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
from shared.ids import GroupId, PairingId, TenantId, new_id

router = Routes("groups")


class FormGroupBody(Request):
    mentor: UUID
    mentees: list[UUID] = Field(max_length=50)


class JoinGroupBody(Request):
    mentee: UUID


class GroupReceipt(View):
    group_id: UUID
    members: list[GroupMemberView]
    open: bool
    version: int


_PROPOSING = problems(
    MentorAtCapacity,
    MenteeAlreadyPaired,
    MentorOverloaded,
    MentorInTooManyPrograms,
    NotListed,
    ParticipantOnPause,
    HardRuleBroken,
    PairNotOpen,
    NoMatchingPolicy,
    NotAMentee,
    DifferentCohorts,
    RosterUnknown,
    GroupFull,
    GroupTooSmall,
    GroupOver,
    GroupUnknown,
    NotAMentor,
    ProgramUnknown,
)


@frozen
class _Table:
    """A group, its mentor, and by which policy people join it."""

    group_id: GroupId
    mentor: Openness
    policy: MatchingPolicySet


@router.post(
    "/v1/cohorts/{cohort_id}/groups",
    status_code=201,
    response_model=GroupReceipt,
    responses=_PROPOSING,
    dependencies=[require(Role.PROGRAM_MANAGER)],
)
async def form_group(
    cohort_id: UUID, body: FormGroupBody, commands: Commands, reads: Reads
) -> Response:
    """Put several mentees around one mentor; each is asked, and takes one of the mentor's seats.

    All of them are asked, or none.
    """
    await reads.wait()
    tenant, where = reads.caller.tenant, GroupId(new_id())
    async with reads.db() as db:
        policy = await managed_policy(db, reads.caller, cohort_id)
        mentor = await _named(db, tenant, body.mentor, cohort_id, Part.MENTOR)
        table = _Table(group_id=where, mentor=mentor, policy=policy)
        mentees = list(dict.fromkeys(body.mentees))
        form = FormGroup(
            group_id=where,
            program_id=mentor.program_id,
            cohort_id=mentor.cohort_id,
            mentor=mentor.enrollment_id,
            mentor_person=mentor.person_id,
            size_max=policy.group_size_max,
            mentees=len(mentees),
        )
        steps: list[AnyStep] = [Step(decider=GROUP, command=form)]
        steps += await _heard(db, tenant, table)
        for mentee in mentees:
            steps += await _joining(db, tenant, table, mentee)
    last = max(place for place, step in enumerate(steps) if step.decider is GROUP)
    return await commands.handle_all(
        steps,
        show=lambda outcome: _receipt(where, outcome.states[last], outcome.versions[last]),
        location=f"/v1/groups/{where}",
    )


@router.post(
    "/v1/groups/{group_id}/members",
    response_model=GroupReceipt,
    responses=_PROPOSING,
    dependencies=[require(Role.PROGRAM_MANAGER)],
)
async def join_group(
    group_id: UUID, body: JoinGroupBody, commands: Commands, reads: Reads
) -> Response:
    """Add a mentee to a group that has room; they and the mentor are asked."""
    await reads.wait()
    tenant = reads.caller.tenant
    async with reads.db() as db:
        known = await _managed(db, reads, group_id)
        policy = await managed_policy(db, reads.caller, known.cohort_id)
        mentor = await _named(db, tenant, known.mentor, known.cohort_id, Part.MENTOR)
        table = _Table(group_id=GroupId(group_id), mentor=mentor, policy=policy)
        joining = await _joining(db, tenant, table, body.mentee)
        steps = [joining[0], *await _heard(db, tenant, table), *joining[1:]]
    return await commands.handle_all(
        steps,
        show=lambda outcome: _receipt(GroupId(group_id), outcome.states[0], outcome.versions[0]),
    )


@router.post(
    "/v1/groups/{group_id}/closure",
    response_model=GroupReceipt,
    responses=problems(GroupUnknown),
    dependencies=[require(Role.PROGRAM_MANAGER)],
)
async def close_group(group_id: UUID, commands: Commands, reads: Reads) -> Response:
    """Let nobody join a group any more; its pairings go on."""
    await reads.wait()
    async with reads.db() as db:
        await _managed(db, reads, group_id)
    close = CloseGroup(group_id=GroupId(group_id))
    return await commands.handle_all(
        [Step(decider=GROUP, command=close)],
        show=lambda outcome: _receipt(GroupId(group_id), outcome.states[0], outcome.versions[0]),
    )


@router.get(
    "/v1/cohorts/{cohort_id}/groups",
    response_model=PageOf[GroupView],
    responses=problems(ProgramUnknown),
)
async def list_groups(cohort_id: UUID, reads: Reads) -> Response:
    """Groups of a cohort, newest first: all for its managers, for others those they are in."""

    async def query(db: Database, page: PageRequest) -> PageOf[GroupView]:
        person = await sight(db, reads.caller, cohort_id)
        return await circles.groups(db, page, cohort_id=cohort_id, person=person)

    return await reads.page(query)


@router.get("/v1/groups/{group_id}", response_model=GroupView, responses=problems(GroupUnknown))
async def show_group(group_id: UUID, reads: Reads) -> Response:
    """One group, for its people and the managers of its program."""

    async def query(db: Database) -> GroupView:
        known = await circles.group(db, group_id=group_id)
        if known is None:
            raise GroupUnknown
        people = {known.mentor_person, *(each.mentee_person for each in known.members)}
        if reads.caller.person not in people and not await oversees(
            db, reads.caller, known.program_id
        ):
            raise GroupUnknown
        return known

    return await reads.one(query)


async def _managed(db: Database, reads: Reads, group_id: UUID) -> GroupView:
    known = await circles.group(db, group_id=group_id)
    if known is None or not await pool.manages(db, known.program_id, reads.caller.person):
        raise GroupUnknown
    return known


async def _named(
    db: Database, tenant: TenantId, who: UUID, cohort_id: UUID, part: Part
) -> Openness:
    place = (await openness(db, tenant, [who])).get(who)
    field = f"/{part.value}"
    if place is None:
        raise RosterUnknown(field=field)
    if place.part != part:
        raise NotAMentor(field=field) if part is Part.MENTOR else NotAMentee(field=field)
    if place.cohort_id != cohort_id:
        raise DifferentCohorts(field=field)
    return place


async def _joining(
    db: Database, tenant: TenantId, table: _Table, mentee: UUID
) -> Sequence[AnyStep]:
    """A place in the group, and the proposal with a seat on both sides."""
    mentor = table.mentor
    place = await _named(db, tenant, mentee, mentor.cohort_id, Part.MENTEE)
    pairing_id = PairingId(new_id())
    way = Way(
        pairing_id=pairing_id,
        cohort_id=mentor.cohort_id,
        format=PairingFormat.GROUP,
        by_hand=True,
    )
    pair = (mentor.enrollment_id, place.enrollment_id)
    join = JoinGroup(
        group_id=table.group_id,
        mentee=place.enrollment_id,
        mentee_person=place.person_id,
        pairing_id=pairing_id,
    )
    proposal = await proposed(db, tenant, table.policy, pair, way)
    return [Step(decider=GROUP, command=join), *proposal_steps(proposal)]


async def _heard(db: Database, tenant: TenantId, table: _Table) -> Sequence[AnyStep]:
    """The mentor's seats as last heard of."""
    changes = await candidates.seats_to_change(db, tenant, table.mentor.cohort_id, table.policy)
    return [
        Step(decider=ROSTER, command=change)
        for change in changes
        if change.enrollment_id == table.mentor.enrollment_id
    ]


def _receipt(where: GroupId, group: State, version: int) -> GroupReceipt:
    if not isinstance(group, Group):
        raise GroupUnknown
    return GroupReceipt(
        group_id=where,
        members=[GroupMemberView.model_validate(each) for each in group.members],
        open=not group.closed,
        version=version,
    )

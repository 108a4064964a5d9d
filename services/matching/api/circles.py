"""Circles of peers over HTTP: proposed from volunteers, formed, joined, left, closed."""

from collections.abc import Iterable
from uuid import UUID

from pydantic import Field
from starlette.responses import Response

from services.matching.api.gathering import gathering, managed_policy, sight
from services.matching.api.rights import ProgramUnknown, oversees
from services.matching.domain.circle import (
    CIRCLE,
    Circle,
    CircleFull,
    CircleMemberTwice,
    CircleOfOneFunction,
    CircleOver,
    CircleTooLarge,
    CircleTooSmall,
    CircleUnknown,
    CloseCircle,
    FormCircle,
    JoinCircle,
    LeaveCircle,
    State,
)
from services.matching.domain.circle_proposals import CircleRules, propose_circles
from services.matching.domain.pairing_refusals import HardRuleBroken, PairNotOpen
from services.matching.domain.roster import NotListed, RosterUnknown
from services.matching.domain.run_refusals import NoMatchingPolicy
from services.matching.queries import circles, pool
from services.matching.queries.circles import CircleMemberView, CircleView
from shared.auth import Role
from shared.command_handler import Step
from shared.database import Database
from shared.events.matching import CircleMember
from shared.http import (
    BoundCommands,
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
from shared.ids import CircleId, CohortId, EnrollmentId, ProgramId, new_id

router = Routes("circles")

PEOPLE_MAX = 500


class VolunteersBody(Request):
    volunteers: list[UUID] = Field(max_length=PEOPLE_MAX, description="Enrollments of the cohort.")


class FormCircleBody(Request):
    members: list[UUID] = Field(max_length=100, description="Enrollments of the cohort.")


class JoinCircleBody(Request):
    enrollment_id: UUID


class CircleProposalsView(View):
    rule: str = Field(description="How circles are put together.")
    circles: list[list[CircleMemberView]]
    left_over: list[CircleMemberView] = Field(description="For whom there is no circle now.")


class CircleReceipt(View):
    circle_id: UUID
    members: list[CircleMemberView]
    open: bool
    version: int


RULE = (
    "As few circles as their largest size allows, all of nearly one size. The functions with most "
    "volunteers are dealt out first; everybody goes to the circle with the fewest people of their "
    "function, of these to the smallest, of these to the first. A circle below the smallest size "
    "or with too few functions is not proposed."
)


@router.post(
    "/v1/cohorts/{cohort_id}/circle-proposals",
    response_model=CircleProposalsView,
    responses=problems(ProgramUnknown, RosterUnknown, NoMatchingPolicy),
    dependencies=[require(Role.PROGRAM_MANAGER)],
)
async def propose_circles_of(cohort_id: UUID, body: VolunteersBody, reads: Reads) -> Response:
    """Propose circles of these volunteers; nobody is told, and nothing is kept."""

    async def query(db: Database) -> CircleProposalsView:
        policy = await managed_policy(db, reads.caller, cohort_id)
        people = await gathering(db, reads.caller.tenant, policy, cohort_id, body.volunteers)
        rules = CircleRules(
            size_min=policy.circle_size_min,
            size_max=policy.circle_size_max,
            functions_min=policy.circle_functions_min,
        )
        told = propose_circles(people.members, rules, people.together)
        return CircleProposalsView(
            rule=RULE,
            circles=[_members(circle) for circle in told.circles],
            left_over=_members(told.left_over),
        )

    return await reads.one(query)


@router.post(
    "/v1/cohorts/{cohort_id}/circles",
    status_code=201,
    response_model=CircleReceipt,
    responses=problems(
        ProgramUnknown,
        RosterUnknown,
        NotListed,
        NoMatchingPolicy,
        CircleTooSmall,
        CircleTooLarge,
        CircleOfOneFunction,
        CircleMemberTwice,
        HardRuleBroken,
        PairNotOpen,
    ),
    dependencies=[require(Role.PROGRAM_MANAGER)],
)
async def form_circle(
    cohort_id: UUID, body: FormCircleBody, commands: Commands, reads: Reads
) -> Response:
    """Form a circle of peers; no mentor's seat is taken."""
    await reads.wait()
    async with reads.db() as db:
        policy = await managed_policy(db, reads.caller, cohort_id)
        people = await gathering(db, reads.caller.tenant, policy, cohort_id, body.members)
    where = CircleId(new_id())
    form = FormCircle(
        circle_id=where,
        program_id=ProgramId(policy.program_id),
        cohort_id=CohortId(cohort_id),
        members=people.members,
        size_min=policy.circle_size_min,
        size_max=policy.circle_size_max,
        functions_min=policy.circle_functions_min,
        broken_rules=people.broken_rules,
        is_open=people.is_open,
    )
    return await commands.handle_all(
        [Step(decider=CIRCLE, command=form)],
        show=lambda outcome: _receipt(where, outcome.states[0], outcome.versions[0]),
        location=f"/v1/circles/{where}",
    )


@router.get(
    "/v1/cohorts/{cohort_id}/circles",
    response_model=PageOf[CircleView],
    responses=problems(ProgramUnknown),
)
async def list_circles(cohort_id: UUID, reads: Reads) -> Response:
    """Circles of a cohort, newest first: all for its managers, for others those they are in."""

    async def query(db: Database, page: PageRequest) -> PageOf[CircleView]:
        person = await sight(db, reads.caller, cohort_id)
        return await circles.circles(db, page, cohort_id=cohort_id, person=person)

    return await reads.page(query)


@router.get("/v1/circles/{circle_id}", response_model=CircleView, responses=problems(CircleUnknown))
async def show_circle(circle_id: UUID, reads: Reads) -> Response:
    """One circle, for its members and the managers of its program."""

    async def query(db: Database) -> CircleView:
        return await _visible(db, reads, circle_id)

    return await reads.one(query)


@router.post(
    "/v1/circles/{circle_id}/members",
    response_model=CircleReceipt,
    responses=problems(
        CircleUnknown,
        RosterUnknown,
        NotListed,
        NoMatchingPolicy,
        CircleFull,
        CircleOver,
        CircleMemberTwice,
        HardRuleBroken,
        PairNotOpen,
    ),
    dependencies=[require(Role.PROGRAM_MANAGER)],
)
async def join_circle(
    circle_id: UUID, body: JoinCircleBody, commands: Commands, reads: Reads
) -> Response:
    """Add somebody to a circle that has room."""
    await reads.wait()
    where = CircleId(circle_id)
    async with reads.db() as db:
        known = await circles.circle(db, circle_id=circle_id)
        if known is None or not await oversees(db, reads.caller, known.program_id):
            raise CircleUnknown
        policy = await managed_policy(db, reads.caller, known.cohort_id)
        present = [member.enrollment_id for member in known.members]
        people = await gathering(
            db, reads.caller.tenant, policy, known.cohort_id, [*present, body.enrollment_id]
        )
    member = next(each for each in people.members if each.enrollment_id == body.enrollment_id)
    join = JoinCircle(
        circle_id=where,
        member=member,
        broken_rules=people.broken_rules,
        is_open=people.is_open,
    )
    return await _answer(commands, where, join)


@router.delete(
    "/v1/circles/{circle_id}/members/{enrollment_id}",
    response_model=CircleReceipt,
    responses=problems(CircleUnknown),
)
async def leave_circle(
    circle_id: UUID, enrollment_id: UUID, commands: Commands, reads: Reads
) -> Response:
    """Leave a circle, or take somebody out of it as its manager; nobody has to say why."""
    await reads.wait()
    async with reads.db() as db:
        known = await _visible(db, reads, circle_id)
        manages = await pool.manages(db, known.program_id, reads.caller.person)
    own = {each.enrollment_id for each in known.members if each.person_id == reads.caller.person}
    if enrollment_id not in own and not manages:
        raise CircleUnknown
    leave = LeaveCircle(circle_id=CircleId(circle_id), enrollment_id=EnrollmentId(enrollment_id))
    return await _answer(commands, CircleId(circle_id), leave)


@router.post(
    "/v1/circles/{circle_id}/closure",
    response_model=CircleReceipt,
    responses=problems(CircleUnknown),
    dependencies=[require(Role.PROGRAM_MANAGER)],
)
async def close_circle(circle_id: UUID, commands: Commands, reads: Reads) -> Response:
    """Close a circle that has done its work."""
    await reads.wait()
    async with reads.db() as db:
        known = await _visible(db, reads, circle_id)
        if not await pool.manages(db, known.program_id, reads.caller.person):
            raise CircleUnknown
    return await _answer(commands, CircleId(circle_id), CloseCircle(circle_id=CircleId(circle_id)))


async def _visible(db: Database, reads: Reads, circle_id: UUID) -> CircleView:
    known = await circles.circle(db, circle_id=circle_id)
    if known is None:
        raise CircleUnknown
    member = any(each.person_id == reads.caller.person for each in known.members)
    if not member and not await oversees(db, reads.caller, known.program_id):
        raise CircleUnknown
    return known


async def _answer(
    commands: BoundCommands, where: CircleId, command: JoinCircle | LeaveCircle | CloseCircle
) -> Response:
    return await commands.handle_all(
        [Step(decider=CIRCLE, command=command)],
        show=lambda outcome: _receipt(where, outcome.states[0], outcome.versions[0]),
    )


def _receipt(where: CircleId, circle: State, version: int) -> CircleReceipt:
    if not isinstance(circle, Circle):
        raise CircleUnknown
    return CircleReceipt(
        circle_id=where,
        members=_members(circle.members),
        open=circle.closed is None,
        version=version,
    )


def _members(people: Iterable[CircleMember]) -> list[CircleMemberView]:
    return [CircleMemberView.model_validate(who) for who in people]

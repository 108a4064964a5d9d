"""Circles of peers over HTTP: formed, joined, left, closed."""

from typing import Any, TypeAlias
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
from services.matching.domain.load import LOAD, InEnoughCircles, ReleaseCircle, ReserveCircle
from services.matching.domain.pairing_refusals import PairNotOpen
from services.matching.domain.roster import NotListed, RosterUnknown
from services.matching.domain.run_refusals import NoMatchingPolicy
from services.matching.queries import circles, pool
from services.matching.queries.circles import CircleMemberView, CircleView, member_views
from shared.auth import Role
from shared.command_handler import Step
from shared.database import Database
from shared.events.matching import MatchingPolicySet
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
from shared.ids import CircleId, CohortId, EnrollmentId, PersonId, ProgramId, new_id

router = Routes("circles")
AnyStep: TypeAlias = Step[Any, Any, Any]


class FormCircleBody(Request):
    members: list[UUID] = Field(max_length=100, description="Enrollments of the cohort.")


class JoinCircleBody(Request):
    enrollment_id: UUID


class CircleReceipt(View):
    circle_id: UUID
    members: list[CircleMemberView]
    open: bool
    version: int


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
        InEnoughCircles,
        PairNotOpen,
    ),
    dependencies=[require(Role.PROGRAM_MANAGER)],
)
async def form_circle(
    cohort_id: UUID, body: FormCircleBody, commands: Commands, reads: Reads
) -> Response:
    """Form a circle of peers; no mentor's seat is taken, and nobody is in too many circles."""
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
        is_open=people.is_open,
    )
    places = (_place(where, member.person_id, policy) for member in people.members)
    return await commands.handle_all(
        [Step(decider=CIRCLE, command=form), *places],
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
        InEnoughCircles,
        PairNotOpen,
    ),
    dependencies=[require(Role.PROGRAM_MANAGER)],
)
async def join_circle(
    circle_id: UUID, body: JoinCircleBody, commands: Commands, reads: Reads
) -> Response:
    """Add somebody to a circle that has room, if they are not in enough of them."""
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
        is_open=people.is_open,
    )
    return await _answer(commands, where, join, _place(where, member.person_id, policy))


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
    person = next((e.person_id for e in known.members if e.enrollment_id == enrollment_id), None)
    left = [] if person is None else [_left(circle_id, person)]
    return await _answer(commands, CircleId(circle_id), leave, *left)


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
    close = CloseCircle(circle_id=CircleId(circle_id))
    left = (_left(circle_id, each.person_id) for each in known.members)
    return await _answer(commands, CircleId(circle_id), close, *left)


async def _visible(db: Database, reads: Reads, circle_id: UUID) -> CircleView:
    known = await circles.circle(db, circle_id=circle_id)
    if known is None:
        raise CircleUnknown
    member = any(each.person_id == reads.caller.person for each in known.members)
    if not member and not await oversees(db, reads.caller, known.program_id):
        raise CircleUnknown
    return known


async def _answer(
    commands: BoundCommands,
    where: CircleId,
    command: JoinCircle | LeaveCircle | CloseCircle,
    *places: AnyStep,
) -> Response:
    return await commands.handle_all(
        [Step(decider=CIRCLE, command=command), *places],
        show=lambda outcome: _receipt(where, outcome.states[0], outcome.versions[0]),
    )


def _place(where: CircleId, person: UUID, policy: MatchingPolicySet) -> AnyStep:
    """What somebody in a circle carries more: refused where it is too much, with all else."""
    reserve = ReserveCircle(
        person_id=PersonId(person),
        circle_id=where,
        program_id=policy.program_id,
        circles_max=policy.circles_max,
    )
    return Step(decider=LOAD, command=reserve)


def _left(where: UUID, person: UUID) -> AnyStep:
    release = ReleaseCircle(person_id=PersonId(person), circle_id=CircleId(where))
    return Step(decider=LOAD, command=release)


def _receipt(where: CircleId, circle: State, version: int) -> CircleReceipt:
    if not isinstance(circle, Circle):
        raise CircleUnknown
    return CircleReceipt(
        circle_id=where,
        members=member_views(circle.members),
        open=circle.closed is None,
        version=version,
    )

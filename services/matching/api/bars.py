"""Bars over HTTP: a person's own, and the list of a program's managers; both are private."""

from collections.abc import Sequence
from functools import partial
from uuid import UUID

from pydantic import Field
from starlette.requests import Request as HttpRequest
from starlette.responses import Response

from services.matching.api.rights import ProgramUnknown, assert_manages
from services.matching.api.sealed_bars import PairWish, ready_pair, ready_wish
from services.matching.api.texts import PURPOSE, Text
from services.matching.domain.bar import (
    BARS,
    BarAgainstYourself,
    BarNeedsOneTarget,
    Bars,
    BarUnknown,
    TooManyBars,
    WithdrawBar,
)
from services.matching.domain.bar_target import Target
from services.matching.domain.barred_pair import (
    BARRED_PAIR,
    BarredPair,
    NotBarred,
    PairNotBarred,
    PairOfOnePerson,
    UnbarPair,
)
from services.matching.queries import bars
from services.matching.queries.bars import REASON, BarredPairView, BarView, pair_place
from shared.auth import Principal, Role
from shared.database import Database
from shared.errors import InvalidCommand, NotAllowed, NotFound
from shared.http import (
    AuthorErased,
    Commands,
    Moment,
    PageOf,
    PageRequest,
    Reads,
    Request,
    Routes,
    View,
    problems,
    require,
    vault_of,
)
from shared.ids import PersonId, ProgramId
from shared.vault import SubjectErased

router = Routes("bars")


class PersonNeeded(NotAllowed):
    """Only a person can do this: the token belongs to a service."""


class SomebodyElse(NotFound):
    """Only the person themselves may do or see this."""


class TargetUnknown(InvalidCommand):
    """There is no such person or function here: check what you have named."""


class BarBody(Request):
    """Name a person or a function, not both."""

    against: UUID | None = Field(default=None, description="A person by id.")
    function: str | None = Field(
        default=None, min_length=1, max_length=64, examples=["law"], description="A whole team."
    )


class NewBarView(View):
    """What you have declared; whom it is against is kept sealed, and shown in your list alone."""

    bar_id: UUID
    declared_at: Moment


class BarReceipt(View):
    """How many bars you have now."""

    person_id: UUID
    bars: int


class BarPairBody(Request):
    people: list[UUID] = Field(min_length=2, max_length=2)
    reason: Text


class ReleaseBody(Request):
    reason: Text


class BarredPairReceipt(View):
    bar_id: UUID
    barred: bool


@router.post(
    "/v1/people/{person_id}/bars",
    status_code=201,
    response_model=NewBarView,
    responses=problems(
        SomebodyElse,
        PersonNeeded,
        BarNeedsOneTarget,
        BarAgainstYourself,
        TargetUnknown,
        TooManyBars,
        AuthorErased,
    ),
)
async def declare_bar(
    person_id: UUID, body: BarBody, request: HttpRequest, commands: Commands
) -> Response:
    """Say with whom you are not to be paired: a person, or anybody of a function.

    No reason is asked. Matching keeps to it at once, in every program and whichever part you
    take; pairings that are under way go on. Nobody else is ever shown it, and to others you two
    are like any two who were not put together.
    """
    person = _self(commands.caller, person_id)
    against = None if body.against is None else PersonId(body.against)
    target = Target(against=against, function=body.function)
    async with commands.db() as db:
        await _assert_target(db, target)
        command = await ready_wish(vault_of(request), db, commands.caller.tenant, person, target)

    def show(state: Bars) -> NewBarView:
        fact = state.of(command.bar_id)
        if fact is None:
            raise BarUnknown
        return NewBarView(bar_id=fact.bar_id, declared_at=fact.at)

    where = f"/v1/people/{person}/bars"
    return await commands.handle(BARS, command, show=show, location=where)


@router.get(
    "/v1/people/{person_id}/bars",
    response_model=PageOf[BarView],
    responses=problems(SomebodyElse, PersonNeeded),
)
async def list_bars(person_id: UUID, reads: Reads) -> Response:
    """The bars that you declared, newest first; nobody else can ask for them."""
    person = _self(reads.caller, person_id)
    return await reads.page(partial(bars.own, tenant=reads.caller.tenant, person_id=person))


@router.delete(
    "/v1/people/{person_id}/bars/{bar_id}",
    response_model=BarReceipt,
    responses=problems(SomebodyElse, PersonNeeded, BarUnknown),
)
async def withdraw_bar(person_id: UUID, bar_id: UUID, commands: Commands) -> Response:
    """Take a bar back; from now on the two of you may be paired."""
    person = _self(commands.caller, person_id)
    command = WithdrawBar(person_id=person, bar_id=bar_id)
    return await commands.handle(
        BARS, command, show=lambda state: BarReceipt(person_id=person, bars=len(state.standing))
    )


@router.post(
    "/v1/programs/{program_id}/barred-pairs",
    status_code=201,
    response_model=BarredPairReceipt,
    responses=problems(ProgramUnknown, PairOfOnePerson, TargetUnknown),
    dependencies=[require(Role.PROGRAM_MANAGER)],
)
async def bar_pair(
    program_id: UUID, body: BarPairBody, request: HttpRequest, commands: Commands, reads: Reads
) -> Response:
    """Keep two people apart in your program, whoever of them mentors.

    The reason is for the program's managers alone. Neither of the two is told. If the pair is on
    the list already, its first reason stands.
    """
    await reads.wait()
    first, second = (PersonId(each) for each in body.people)
    async with commands.db() as db:
        manager = await assert_manages(db, commands.caller, program_id)
        await _assert_known(db, (first, second))
        wish = PairWish(
            program_id=ProgramId(program_id), people=(first, second), by=manager, reason=body.reason
        )
        try:
            command = await ready_pair(vault_of(request), db, commands.caller.tenant, wish)
        except SubjectErased as erased:
            raise TargetUnknown(field="/people") from erased
    return await commands.handle(
        BARRED_PAIR,
        command,
        show=partial(_receipt, command.bar_id),
        location=f"/v1/programs/{program_id}/barred-pairs",
    )


@router.get(
    "/v1/programs/{program_id}/barred-pairs",
    response_model=PageOf[BarredPairView],
    responses=problems(ProgramUnknown),
    dependencies=[require(Role.PROGRAM_MANAGER)],
)
async def list_barred_pairs(program_id: UUID, reads: Reads) -> Response:
    """Whom the managers of a program keep apart, newest first, with their reasons.

    A pair is gone once it can no longer be read, which an erasure of one of the two may bring.
    """

    async def query(db: Database, page: PageRequest) -> PageOf[BarredPairView]:
        await assert_manages(db, reads.caller, program_id)
        return await bars.listed(db, page, tenant=reads.caller.tenant, program_id=program_id)

    return await reads.page(query)


@router.post(
    "/v1/programs/{program_id}/barred-pairs/{bar_id}/release",
    response_model=BarredPairReceipt,
    responses=problems(ProgramUnknown, PairNotBarred),
    dependencies=[require(Role.PROGRAM_MANAGER)],
)
async def release_pair(  # noqa: PLR0913, PLR0917  # what a route may ask for
    program_id: UUID,
    bar_id: UUID,
    body: ReleaseBody,
    request: HttpRequest,
    commands: Commands,
    reads: Reads,
) -> Response:
    """Take two people off the list: from now on they may be paired again."""
    await reads.wait()
    async with commands.db() as db:
        manager = await assert_manages(db, commands.caller, program_id)
        subject = await bars.subject_of(db, program_id=program_id, bar_id=bar_id)
        if subject is None:
            raise PairNotBarred
        place = pair_place(commands.caller.tenant, bar_id, REASON)
        try:
            reason = await vault_of(request).seal(
                db, body.reason, place, subject=subject, purpose=PURPOSE
            )
        except SubjectErased as erased:
            raise PairNotBarred from erased
    command = UnbarPair(bar_id=bar_id, program_id=ProgramId(program_id), by=manager, reason=reason)
    return await commands.handle(BARRED_PAIR, command, show=partial(_receipt, bar_id))


def _self(caller: Principal, person_id: UUID) -> PersonId:
    if caller.person is None:
        raise PersonNeeded
    if caller.person != person_id:
        raise SomebodyElse
    return caller.person


async def _assert_target(db: Database, target: Target) -> None:
    if target.against is not None and not await bars.person_known(db, target.against):
        raise TargetUnknown(field="/against")
    if target.function is not None and not await bars.function_known(db, target.function):
        raise TargetUnknown(field="/function")


async def _assert_known(db: Database, people: Sequence[PersonId]) -> None:
    for place, person in enumerate(people):
        if not await bars.person_known(db, person):
            raise TargetUnknown(field=f"/people/{place}")


def _receipt(bar_id: UUID, pair: BarredPair) -> BarredPairReceipt:
    return BarredPairReceipt(bar_id=bar_id, barred=not isinstance(pair, NotBarred))

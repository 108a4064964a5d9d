"""People over HTTP: seen by those who may, let go, and erased."""

from functools import partial
from typing import Annotated, Final
from uuid import UUID

from fastapi import Path, Query
from starlette.requests import Request as HttpRequest
from starlette.responses import Response

from services.enrollment.api.access import SomebodyElse
from services.enrollment.api.directory import departure, forget
from services.enrollment.api.people_import import DIRECTORY
from services.enrollment.api.people_push import PersonReceipt, person_receipt
from services.enrollment.api.words import Line
from services.enrollment.domain.person import PERSON, ErasePerson, PersonNotFound
from services.enrollment.queries import enrollments, people
from services.enrollment.queries.people import PersonView
from shared.auth import Role
from shared.command_handler import Step
from shared.eventstore import Transaction
from shared.http import Commands, PageOf, Reads, Routes, problems, require, vault_of
from shared.ids import PersonId

router: Final = Routes("people")
_MAY_KNOW: Final = frozenset({Role.HR_PLATFORM, Role.PROGRAM_MANAGER})


@router.get(
    "/v1/people",
    response_model=PageOf[PersonView],
    dependencies=[require(Role.HR_PLATFORM, Role.PROGRAM_MANAGER)],
)
async def list_people(
    reads: Reads,
    employee_number: Annotated[Line | None, Query()] = None,
    work_email: Annotated[Line | None, Query()] = None,
    standing: Annotated[str | None, Query(pattern="^(active|left|erased)$")] = None,
) -> Response:
    """People by name, for those who run programs or keep the directory."""
    query = partial(
        people.people,
        employee_number=employee_number,
        work_email=work_email,
        standing=standing,
    )
    return await reads.page(query)


@router.get("/v1/people/{person}", response_model=PersonView, responses=problems(PersonNotFound))
async def show_person(
    person: Annotated[UUID, Path(description="The person's id.")], reads: Reads
) -> Response:
    """One person; an auditor sees where they stand, but not who they are."""
    caller = reads.caller
    knows = caller.person == person or bool(caller.roles & _MAY_KNOW)
    if not knows and Role.AUDITOR not in caller.roles:
        raise SomebodyElse
    return await reads.one(partial(people.person, person_id=person, with_identity=knows))


@router.post(
    "/v1/people/{person_id}/departure",
    response_model=PersonReceipt,
    responses=problems(PersonNotFound),
    dependencies=[DIRECTORY],
)
async def record_departure(person_id: UUID, commands: Commands) -> Response:
    """Record that a person has left; whatever they took part in ends with it."""
    async with commands.db() as db:
        unfinished = await enrollments.unfinished(db, person_ids=[person_id])
    steps = departure(PersonId(person_id), unfinished.get(person_id, ()))
    return await commands.handle_all(steps, show=partial(person_receipt, person_id))


@router.post(
    "/v1/people/{person_id}/erasure",
    response_model=PersonReceipt,
    responses=problems(PersonNotFound),
    dependencies=[DIRECTORY],
)
async def erase_person(person_id: UUID, request: HttpRequest, commands: Commands) -> Response:
    """Erase a person for ever: their name goes, and the keys of everything they wrote."""
    erased = PersonId(person_id)
    vault = vault_of(request)
    async with commands.db() as db:
        unfinished = await enrollments.unfinished(db, person_ids=[erased])
    _, *withdrawals = departure(erased, unfinished.get(erased, ()))
    erasure = Step(decider=PERSON, command=ErasePerson(person_id=erased))

    async def also(transaction: Transaction) -> None:
        tenant = transaction.cause.tenant
        await forget(transaction.db(), tenant, erased)
        await vault.destroy(transaction.db(), tenant, str(erased))

    steps = (erasure, *withdrawals)
    return await commands.handle_all(steps, show=partial(person_receipt, erased), also=also)

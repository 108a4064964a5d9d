"""Competencies and target roles over HTTP: the words that profiles and goals may use."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Annotated, Any, Final
from uuid import UUID

from fastapi import Query
from pydantic import Field
from starlette.requests import Request as HttpRequest
from starlette.responses import Response

from services.enrollment.api.uploads import FileMissing, file_body, uploaded
from services.enrollment.api.words import Code, Line
from services.enrollment.domain.competency import (
    COMPETENCY,
    Competency,
    CompetencyIsRetired,
    CompetencyNotFound,
    DefineCompetency,
    RetireCompetency,
)
from services.enrollment.domain.target_role import TARGET_ROLE, DefineTargetRole
from services.enrollment.domain.term_file import (
    COMPETENCY_COLUMNS,
    ROLE_COLUMNS,
    BadTerm,
    TermFileUnreadable,
    TermRow,
    read_terms,
)
from services.enrollment.domain.terms import TermRepeated, TermRetired, TermUnknown
from services.enrollment.queries import vocabulary
from services.enrollment.queries.vocabulary import CompetencyView, TargetRoleView
from shared.auth import Role
from shared.command_handler import Outcome, Step
from shared.errors import MentorshipError, NotFound
from shared.http import (
    IMPORT_BYTES_MAX,
    Commands,
    PageOf,
    Reads,
    Request,
    Routes,
    View,
    item_problem,
    problems,
    require,
)
from shared.ids import CompetencyId, TargetRoleId, TenantId, derived_id

router: Final = Routes("vocabulary")
_CURATOR: Final = require(Role.PROGRAM_MANAGER, Role.HR_PLATFORM)
_TABLE: Final = frozenset({"text/tab-separated-values", "text/plain"})


class NewCompetency(Request):
    code: Code = Field(examples=["2.B.1.a"])
    name: Line = Field(examples=["Social Perceptiveness"])
    category: Line = Field(examples=["skills"])
    description: str = Field(default="", max_length=8000, pattern=r"^[^\x00]*$")


class NewTargetRole(Request):
    code: Code = Field(examples=["11-1021.00"])
    title: Line = Field(examples=["General and Operations Managers"])
    description: str = Field(default="", max_length=8000, pattern=r"^[^\x00]*$")
    competencies: list[UUID] = Field(default=[], max_length=100)


class TermReceipt(View):
    """A term of the vocabulary as a command left it."""

    id: UUID
    retired: bool
    version: int


class BadTermView(View):
    row: int = Field(description="The header is row 1.")
    code: str
    detail: str


class TermImportReport(View):
    """What a table of terms came to."""

    rows: int
    defined: int = Field(description="New, or said in other words than before.")
    unchanged: int
    failed: int
    bad_rows: list[BadTermView]


def competency_id(tenant: TenantId, code: str) -> CompetencyId:
    """The id of the competency with this code: the same however often it is defined."""
    return CompetencyId(derived_id(tenant, "competency", code))


def role_id(tenant: TenantId, code: str) -> TargetRoleId:
    """The id of the target role with this code."""
    return TargetRoleId(derived_id(tenant, "target_role", code))


def _receipt(term: UUID, outcome: Outcome) -> TermReceipt:
    state = outcome.states[0]
    retired = isinstance(state, Competency) and state.retired
    return TermReceipt(id=term, retired=retired, version=outcome.versions[0])


@router.post(
    "/v1/competencies",
    status_code=201,
    response_model=TermReceipt,
    responses=problems(CompetencyIsRetired),
    dependencies=[_CURATOR],
)
async def define_competency(body: NewCompetency, commands: Commands) -> Response:
    """Define a competency, or say in other words what one of this code means."""
    term = competency_id(commands.caller.tenant, body.code)
    command = DefineCompetency(competency_id=term, **body.model_dump())
    return await commands.handle_all(
        (Step(decider=COMPETENCY, command=command),),
        show=partial(_receipt, term),
        location=f"/v1/competencies/{term}",
    )


@router.post(
    "/v1/competencies/{competency_id}/retirement",
    response_model=TermReceipt,
    responses=problems(CompetencyNotFound),
    dependencies=[_CURATOR],
)
async def retire_competency(competency_id: UUID, commands: Commands) -> Response:
    """Retire a competency: what uses it stays, nothing new may."""
    command = RetireCompetency(competency_id=CompetencyId(competency_id))
    step = Step(decider=COMPETENCY, command=command)
    return await commands.handle_all((step,), show=partial(_receipt, competency_id))


@router.get("/v1/competencies", response_model=PageOf[CompetencyView])
async def list_competencies(
    reads: Reads,
    *,
    category: Annotated[Line | None, Query()] = None,
    search: Annotated[Line | None, Query(description="Part of a name, or a code.")] = None,
    retired: bool | None = None,
) -> Response:
    """Competencies in the order of their codes."""
    query = partial(vocabulary.competencies, category=category, search=search, retired=retired)
    return await reads.page(query)


@router.get(
    "/v1/competencies/{competency_id}",
    response_model=CompetencyView,
    responses=problems(CompetencyNotFound),
)
async def show_competency(competency_id: UUID, reads: Reads) -> Response:
    """One competency."""
    return await reads.one(partial(vocabulary.competency, competency_id=competency_id))


@router.post(
    "/v1/target-roles",
    status_code=201,
    response_model=TermReceipt,
    responses=problems(TermUnknown, TermRetired, TermRepeated),
    dependencies=[_CURATOR],
)
async def define_target_role(body: NewTargetRole, commands: Commands) -> Response:
    """Define a target role with the competencies it asks for."""
    term = role_id(commands.caller.tenant, body.code)
    async with commands.db() as db:
        terms = await vocabulary.competency_terms(db, body.competencies)
    command = DefineTargetRole(
        role_id=term,
        code=body.code,
        title=body.title,
        description=body.description,
        competencies=tuple(CompetencyId(each) for each in body.competencies),
        vocabulary=terms,
    )
    return await commands.handle_all(
        (Step(decider=TARGET_ROLE, command=command),),
        show=partial(_receipt, term),
        location=f"/v1/target-roles/{term}",
    )


@router.get("/v1/target-roles", response_model=PageOf[TargetRoleView])
async def list_target_roles(
    reads: Reads,
    search: Annotated[Line | None, Query(description="Part of a title, or a code.")] = None,
) -> Response:
    """Target roles in the order of their codes."""
    return await reads.page(partial(vocabulary.target_roles, search=search))


@router.get(
    "/v1/target-roles/{role_id}", response_model=TargetRoleView, responses=problems(NotFound)
)
async def show_target_role(role_id: UUID, reads: Reads) -> Response:
    """One target role."""
    return await reads.one(partial(vocabulary.target_role, role_id=role_id))


async def _import(
    request: HttpRequest,
    commands: Commands,
    columns: Sequence[str],
    step: Callable[[TermRow], Step[Any, Any, Any]],
) -> Response:
    rows, bad = read_terms(await uploaded(request, _TABLE), columns)
    return await commands.each(
        [step(row) for row in rows], show=partial(_report, rows, bad), status=200
    )


def _report(
    rows: Sequence[TermRow], bad: Sequence[BadTerm], results: Sequence[Outcome | MentorshipError]
) -> TermImportReport:
    refused = [
        BadTermView(row=row.number, code=problem.code, detail=problem.detail)
        for row, result in zip(rows, results, strict=True)
        if isinstance(result, MentorshipError)
        for problem in (item_problem(result),)
    ]
    unread = [BadTermView(row=each.number, code=each.code, detail=each.detail) for each in bad]
    defined = sum(isinstance(result, Outcome) and bool(result.recorded) for result in results)
    return TermImportReport(
        rows=len(rows) + len(bad),
        defined=defined,
        unchanged=len(rows) - defined - len(refused),
        failed=len(bad) + len(refused),
        bad_rows=sorted((*unread, *refused), key=lambda each: each.row),
    )


@router.post(
    "/v1/competencies:import",
    response_model=TermImportReport,
    responses=problems(TermFileUnreadable, FileMissing),
    dependencies=[_CURATOR],
    max_body_size=IMPORT_BYTES_MAX,
    openapi_extra=file_body("text/tab-separated-values", "\t".join(COMPETENCY_COLUMNS)),
)
async def import_competencies(request: HttpRequest, commands: Commands) -> Response:
    """Define the competencies of a content-model table; one that comes again changes nothing."""
    tenant = commands.caller.tenant

    def step(row: TermRow) -> Step[Any, Any, Any]:
        code, category, name, description = row.values
        command = DefineCompetency(
            competency_id=competency_id(tenant, code),
            code=code,
            name=name,
            category=category,
            description=description,
        )
        return Step(decider=COMPETENCY, command=command)

    return await _import(request, commands, COMPETENCY_COLUMNS, step)


@router.post(
    "/v1/target-roles:import",
    response_model=TermImportReport,
    responses=problems(TermFileUnreadable, FileMissing),
    dependencies=[_CURATOR],
    max_body_size=IMPORT_BYTES_MAX,
    openapi_extra=file_body("text/tab-separated-values", "\t".join(ROLE_COLUMNS)),
)
async def import_target_roles(request: HttpRequest, commands: Commands) -> Response:
    """Define the target roles of an occupations table; one that comes again changes nothing."""
    tenant = commands.caller.tenant

    def step(row: TermRow) -> Step[Any, Any, Any]:
        code, title, description = row.values
        command = DefineTargetRole(
            role_id=role_id(tenant, code),
            code=code,
            title=title,
            description=description,
            competencies=(),
        )
        return Step(decider=TARGET_ROLE, command=command)

    return await _import(request, commands, ROLE_COLUMNS, step)

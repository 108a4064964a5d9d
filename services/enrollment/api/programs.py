"""Programs over HTTP: created, governed, given their rules, opened, and closed."""

from functools import partial
from typing import Annotated, Final
from uuid import UUID

from fastapi import Query
from pydantic import Field
from starlette.responses import Response

from services.enrollment.api.access import managed_by, person_of
from services.enrollment.api.words import Code, Line, Prose
from services.enrollment.domain.program import (
    PROGRAM,
    AssignGovernanceRole,
    CloseProgram,
    CreateProgram,
    NotYourProgram,
    ObjectivesMissing,
    OpenProgram,
    Program,
    ProgramCommand,
    ProgramIsClosed,
    ProgramNotFound,
)
from services.enrollment.queries import people, programs
from services.enrollment.queries.programs import ProgramView
from shared.auth import Role
from shared.command_handler import Outcome, Step
from shared.events.enrollment import GovernanceRole, Part
from shared.http import Commands, PageOf, Reads, Request, Routes, View, problems, require
from shared.ids import PersonId, ProgramId, new_id

router: Final = Routes("programs")
MANAGER: Final = require(Role.PROGRAM_MANAGER)
REFUSALS: Final = problems(ProgramNotFound, NotYourProgram, ProgramIsClosed)


class NewProgram(Request):
    name: Line = Field(examples=["Across the House 2026"])


class GovernanceBody(Request):
    person_id: UUID
    role: GovernanceRole
    function: Line = Field(examples=["finance"])
    decision_rights: list[Code] = Field(default=[], max_length=50, examples=[["budget"]])


class ClosureBody(Request):
    reason: Prose = Field(max_length=500, examples=["The cycle is complete."])


class ProgramReceipt(View):
    """A program as a command left it."""

    program_id: UUID
    name: str
    status: str = Field(examples=["draft", "open", "closed"])
    charter_version: int = Field(description="0 while there is none; so for the others.")
    eligibility_version: int
    rubric_version: int
    agreement_versions: dict[Part, int]
    version: int


def receipt(program_id: UUID, outcome: Outcome) -> ProgramReceipt:
    """What is told of a program after a command."""
    program: Program = outcome.states[0]
    status = "closed" if program.closed else "open" if program.opened else "draft"
    return ProgramReceipt(
        program_id=program_id,
        name=program.name,
        status=status,
        charter_version=program.charter.version if program.charter else 0,
        eligibility_version=program.eligibility.version if program.eligibility else 0,
        rubric_version=program.rubric.version if program.rubric else 0,
        agreement_versions={part: last.version for part, last in program.agreements.items()},
        version=outcome.versions[0],
    )


async def manage(commands: Commands, command: ProgramCommand) -> Response:
    """Give a command that only this program's own program managers may give."""
    step = Step(decider=PROGRAM, command=command, check=managed_by(commands.caller))
    commands.by("program manager of the program")
    return await commands.handle_all((step,), show=partial(receipt, command.program_id))


@router.post("/v1/programs", status_code=201, response_model=ProgramReceipt, dependencies=[MANAGER])
async def create_program(body: NewProgram, commands: Commands) -> Response:
    """Create a program; whoever does is its first program manager."""
    creator = person_of(commands.caller)
    async with commands.db() as db:
        position = await people.position(db, person_id=creator)
    program_id = ProgramId(new_id())
    command = CreateProgram(
        program_id=program_id,
        name=body.name,
        created_by=creator,
        function=position.function if position else "unknown",
    )
    return await commands.handle_all(
        (Step(decider=PROGRAM, command=command),),
        show=partial(receipt, program_id),
        location=f"/v1/programs/{program_id}",
    )


@router.get("/v1/programs", response_model=PageOf[ProgramView])
async def list_programs(
    reads: Reads, status: Annotated[str | None, Query(pattern="^(draft|open|closed)$")] = None
) -> Response:
    """Programs, the newest first."""
    return await reads.page(partial(programs.programs, status=status))


@router.get(
    "/v1/programs/{program_id}", response_model=ProgramView, responses=problems(ProgramNotFound)
)
async def show_program(program_id: UUID, reads: Reads) -> Response:
    """One program, with everything it has published."""
    return await reads.one(partial(programs.program, program_id=program_id))


@router.post(
    "/v1/programs/{program_id}/governance",
    response_model=ProgramReceipt,
    responses=REFUSALS,
    dependencies=[MANAGER],
)
async def assign_governance_role(
    program_id: UUID, body: GovernanceBody, commands: Commands
) -> Response:
    """Name a sponsor, program manager, advisor, or member of the working group."""
    command = AssignGovernanceRole(
        program_id=ProgramId(program_id),
        person_id=PersonId(body.person_id),
        role=body.role,
        function=body.function,
        decision_rights=tuple(body.decision_rights),
    )
    return await manage(commands, command)


@router.post(
    "/v1/programs/{program_id}/opening",
    response_model=ProgramReceipt,
    responses=problems(ProgramNotFound, NotYourProgram, ProgramIsClosed, ObjectivesMissing),
    dependencies=[MANAGER],
)
async def open_program(program_id: UUID, commands: Commands) -> Response:
    """Open a program, so that cohorts can be scheduled in it."""
    return await manage(commands, OpenProgram(program_id=ProgramId(program_id)))


@router.post(
    "/v1/programs/{program_id}/closure",
    response_model=ProgramReceipt,
    responses=problems(ProgramNotFound, NotYourProgram),
    dependencies=[MANAGER],
)
async def close_program(program_id: UUID, body: ClosureBody, commands: Commands) -> Response:
    """Close a program for good: nobody can apply any more."""
    command = CloseProgram(program_id=ProgramId(program_id), reason=body.reason)
    return await manage(commands, command)

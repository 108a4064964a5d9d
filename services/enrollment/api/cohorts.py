"""Cohorts over HTTP: scheduled with a calendar that they then follow by themselves."""

from functools import partial
from typing import Annotated, Any, Final
from uuid import UUID

from fastapi import Query
from pydantic import Field
from starlette.responses import Response

from services.enrollment.api.access import managed_by
from services.enrollment.api.words import Day, Line
from services.enrollment.domain.cohort import (
    COHORT,
    CalendarInThePast,
    CalendarOutOfOrder,
    CohortNotFound,
    ScheduleCohort,
)
from services.enrollment.domain.program import (
    PROGRAM,
    AdmitParticipation,
    NotYourProgram,
    ProgramIsClosed,
    ProgramNotFound,
    ProgramNotOpen,
)
from services.enrollment.queries import programs
from services.enrollment.queries.programs import CohortView
from shared.auth import Role
from shared.command_handler import Outcome, Step
from shared.events.enrollment import Calendar, CohortStage
from shared.http import (
    Commands,
    PageOf,
    Reads,
    Request,
    Routes,
    View,
    problems,
    require,
)
from shared.ids import CohortId, ProgramId, new_id

router: Final = Routes("cohorts")


class CalendarBody(Request):
    applications_open_at: Day = Field(examples=["2026-03-02T08:00:00Z"])
    applications_close_at: Day = Field(examples=["2026-03-20T17:00:00Z"])
    kick_off_at: Day = Field(examples=["2026-04-01T08:00:00Z"])
    project_start_at: Day = Field(examples=["2026-04-15T08:00:00Z"])
    reflection_at: Day = Field(examples=["2026-08-01T08:00:00Z"])
    close_at: Day = Field(examples=["2026-10-01T17:00:00Z"])


class NewCohort(Request):
    name: Line = Field(examples=["Spring 2026"])
    calendar: CalendarBody


class CohortReceipt(View):
    """A cohort as a command left it."""

    cohort_id: UUID
    program_id: UUID
    name: str
    stage: CohortStage
    version: int


@router.post(
    "/v1/programs/{program_id}/cohorts",
    status_code=201,
    response_model=CohortReceipt,
    responses=problems(
        ProgramNotFound,
        NotYourProgram,
        ProgramNotOpen,
        ProgramIsClosed,
        CalendarOutOfOrder,
        CalendarInThePast,
    ),
    dependencies=[require(Role.PROGRAM_MANAGER)],
)
async def schedule_cohort(program_id: UUID, body: NewCohort, commands: Commands) -> Response:
    """Schedule a cohort; it opens, matches, kicks off, and closes on the days of its calendar."""
    cohort_id = CohortId(new_id())
    program = ProgramId(program_id)
    schedule = ScheduleCohort(
        cohort_id=cohort_id,
        program_id=program,
        name=body.name,
        calendar=Calendar(**body.calendar.model_dump()),
    )
    steps: tuple[Step[Any, Any, Any], ...] = (
        Step(decider=COHORT, command=schedule),
        Step(
            decider=PROGRAM,
            command=AdmitParticipation(program_id=program),
            check=managed_by(commands.caller),
        ),
    )

    def show(outcome: Outcome) -> CohortReceipt:
        return CohortReceipt(
            cohort_id=cohort_id,
            program_id=program_id,
            name=body.name,
            stage=outcome.states[0].stage,
            version=outcome.versions[0],
        )

    commands.by("program manager of the program")
    return await commands.handle_all(steps, show=show, location=f"/v1/cohorts/{cohort_id}")


@router.get("/v1/cohorts", response_model=PageOf[CohortView])
async def list_cohorts(
    reads: Reads,
    program_id: UUID | None = None,
    stage: Annotated[list[CohortStage] | None, Query()] = None,
) -> Response:
    """Cohorts, the newest first."""
    query = partial(programs.cohorts, program_id=program_id, stages=stage or ())
    return await reads.page(query)


@router.get(
    "/v1/cohorts/{cohort_id}", response_model=CohortView, responses=problems(CohortNotFound)
)
async def show_cohort(cohort_id: UUID, reads: Reads) -> Response:
    """One cohort: its calendar and the stage it has reached."""
    return await reads.one(partial(programs.cohort, cohort_id=cohort_id))

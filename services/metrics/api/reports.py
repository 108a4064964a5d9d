"""Reports that are published, and figures that are shown in full to somebody named."""

from hashlib import sha256
from typing import Annotated, Final
from uuid import UUID

from pydantic import Field
from starlette.responses import Response

from services.metrics.api.asking import WATCHERS, looked_into, threshold
from services.metrics.domain.declaration import ORGANISATIONAL, Dimension
from services.metrics.domain.report import REPORT, Disclose, PublishReport, ReportDiffers
from services.metrics.queries import access, figures, lists
from services.metrics.queries.sight import Detail
from services.metrics.queries.views import (
    DisclosedView,
    DisclosureView,
    PublishedView,
    ReportView,
)
from shared import clock
from shared.auth import Role
from shared.codec import canonical
from shared.database import Database
from shared.errors import NotAllowed, NotFound
from shared.events.vocabulary import Part
from shared.http import (
    Commands,
    PageOf,
    PageRequest,
    Reads,
    Request,
    Routes,
    problems,
    require,
)
from shared.ids import ProgramId, new_id

router: Final = Routes("reports")


class DeclaredGroupsStayHidden(NotAllowed):
    """What people say of themselves is shown to nobody in full."""


class PublishReportBody(Request):
    """What the report is."""

    kind: Annotated[str, Field(pattern="^[a-z][a-z_]{0,39}$", examples=["quarterly_review"])]


class DiscloseBody(Request):
    """Which access figures are to be seen in full."""

    dimension: Dimension
    part: Part = Part.MENTEE


@router.post(
    "/v1/programs/{program_id}/reports",
    status_code=201,
    response_model=PublishedView,
    responses=problems(NotFound, ReportDiffers),
    dependencies=[require(Role.PROGRAM_MANAGER)],
)
async def publish_report(program_id: UUID, body: PublishReportBody, commands: Commands) -> Response:
    """Publish the figures of a program as everybody may see them; the log keeps their digest."""
    async with commands.db() as db:
        await looked_into(db, commands.caller, program_id)
        question = figures.Question(
            program_id=program_id,
            detail=Detail.AGGREGATE,
            now=clock.now(),
            threshold=threshold(),
        )
        shown = await figures.figures(db, question=question)
    digest = sha256(canonical(shown.model_dump(mode="json"))).hexdigest()
    command = PublishReport(
        report_id=new_id(),
        program_id=ProgramId(program_id),
        kind=body.kind,
        figures_digest=digest,
        group_size_min=shown.group_size_min,
    )
    view = PublishedView(report_id=command.report_id, figures_digest=digest, figures=shown)
    return await commands.handle(
        REPORT,
        command,
        show=lambda _: view,
        location=f"/v1/programs/{program_id}/reports",
    )


@router.get(
    "/v1/programs/{program_id}/reports",
    response_model=PageOf[ReportView],
    responses=problems(NotFound),
    dependencies=WATCHERS,
)
async def list_reports(program_id: UUID, reads: Reads) -> Response:
    """Reports of a program, newest first."""

    async def query(db: Database, page: PageRequest) -> PageOf[ReportView]:
        await looked_into(db, reads.caller, program_id)
        return await lists.reports(db, page, program_id=program_id)

    return await reads.page(query)


@router.post(
    "/v1/programs/{program_id}/disclosures",
    status_code=201,
    response_model=DisclosedView,
    responses=problems(NotFound, DeclaredGroupsStayHidden),
    dependencies=[require(Role.AUDITOR)],
)
async def disclose_access(program_id: UUID, body: DiscloseBody, commands: Commands) -> Response:
    """See access figures without suppression; that you did is written into the log first."""
    if body.dimension not in ORGANISATIONAL:
        raise DeclaredGroupsStayHidden(field="/dimension")
    question = access.Question(
        program_id=program_id,
        dimension=body.dimension,
        part=body.part,
        now=clock.now(),
        group_size_min=threshold().size,
        totals=True,
        disclosed=True,
    )
    async with commands.db() as db:
        await looked_into(db, commands.caller, program_id)
        shown = await access.access(db, question=question)
    command = Disclose(
        disclosure_id=new_id(),
        program_id=ProgramId(program_id),
        measure=f"access:{body.part}:{body.dimension}",
    )
    view = DisclosedView(disclosure_id=command.disclosure_id, access=shown)
    return await commands.handle(
        REPORT,
        command,
        show=lambda _: view,
        location=f"/v1/programs/{program_id}/disclosures",
    )


@router.get(
    "/v1/programs/{program_id}/disclosures",
    response_model=PageOf[DisclosureView],
    responses=problems(NotFound),
    dependencies=WATCHERS,
)
async def list_disclosures(program_id: UUID, reads: Reads) -> Response:
    """Who saw figures of a program in full, and when."""

    async def query(db: Database, page: PageRequest) -> PageOf[DisclosureView]:
        await looked_into(db, reads.caller, program_id)
        return await lists.disclosures(db, page, program_id=program_id)

    return await reads.page(query)

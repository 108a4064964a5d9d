"""Tables for managers: unmatched, available, requested, active, past; as lists and as files."""

import csv
from collections.abc import AsyncIterator, Sequence
from io import StringIO
from typing import Annotated, Any, Literal, TypeAlias
from uuid import UUID

from fastapi import Depends, Query
from pydantic import BaseModel
from starlette.responses import Response, StreamingResponse

from services.matching.api.rights import ProgramUnknown, assert_oversees
from services.matching.api.words import Code
from services.matching.queries import matching_tables
from services.matching.queries.matching_tables import (
    PairRow,
    PairTable,
    PlaceRow,
    PlaceTable,
    TableQuestion,
)
from shared.auth import Role
from shared.database import Database
from shared.events.vocabulary import Part
from shared.http import PageOf, PageRequest, Reads, Routes, problems, require
from shared.http.times import Time

router = Routes("matching tables")

ROWS_AT_ONCE = 500  # of a file
FORMULA = ("=", "+", "-", "@", "\t", "\r")  # what a spreadsheet would take for a formula
CSV = "text/csv; charset=utf-8"
State: TypeAlias = Literal[
    "waiting",
    "seeking",
    "paused",
    "idle",
    "proposed",
    "on_trial",
    "confirmed",
    "declined",
    "expired",
    "ended",
]
VIEWERS = [require(Role.PROGRAM_MANAGER, Role.AUDITOR)]


def table_question(  # noqa: PLR0913, PLR0917  # each a filter
    program_id: UUID,
    cohort_id: UUID | None = None,
    function: Annotated[Code | None, Query()] = None,
    part: Part | None = None,
    state: Annotated[State | None, Query()] = None,
    since: Annotated[Time | None, Query()] = None,
    silent: Annotated[
        bool | None, Query(description="Of pairs: two who do not meet, or all others.")
    ] = None,
) -> TableQuestion:
    """The filters of a table."""
    return TableQuestion(
        program_id=program_id,
        cohort_id=cohort_id,
        function=function,
        part=part,
        state=state,
        since=since,
        silent=silent,
    )


Question = Annotated[TableQuestion, Depends(table_question)]


@router.get(
    "/v1/programs/{program_id}/place-tables/{table}",
    response_model=PageOf[PlaceRow],
    responses=problems(ProgramUnknown),
    dependencies=VIEWERS,
)
async def list_places_of_table(table: PlaceTable, question: Question, reads: Reads) -> Response:
    """Who has no partner (mentees, or `part=mentor`), or which mentors can be given somebody."""

    async def query(db: Database, page: PageRequest) -> PageOf[PlaceRow]:
        await assert_oversees(db, reads.caller, question.program_id)
        return await matching_tables.places(db, page, table=table, question=question)

    return await reads.page(query)


@router.get(
    "/v1/programs/{program_id}/pair-tables/{table}",
    response_model=PageOf[PairRow],
    responses=problems(ProgramUnknown),
    dependencies=VIEWERS,
)
async def list_pairs_of_table(table: PairTable, question: Question, reads: Reads) -> Response:
    """Pairs that are asked, that are under way, or that are over."""

    async def query(db: Database, page: PageRequest) -> PageOf[PairRow]:
        await assert_oversees(db, reads.caller, question.program_id)
        return await matching_tables.pairs(db, page, table=table, question=question)

    return await reads.page(query)


@router.get(
    "/v1/programs/{program_id}/matching-tables/{table}/export",
    responses={
        **problems(ProgramUnknown),
        200: {"description": "All rows.", "content": {"text/csv": {"schema": {"type": "string"}}}},
    },
    response_class=StreamingResponse,
    dependencies=VIEWERS,
)
async def export_matching_table(
    table: PlaceTable | PairTable, question: Question, reads: Reads
) -> Response:
    """One table as a file, row by row as it is read; no cell can be taken for a formula."""
    headers = await reads.wait()
    async with reads.db() as db:
        await assert_oversees(db, reads.caller, question.program_id)
    headers["content-disposition"] = f'attachment; filename="{table.value}.csv"'
    return StreamingResponse(_lines(reads, table, question), 200, headers, CSV)


async def _lines(
    reads: Reads, table: PlaceTable | PairTable, question: TableQuestion
) -> AsyncIterator[str]:
    kind: type[BaseModel] = PlaceRow if isinstance(table, PlaceTable) else PairRow
    names = list(kind.model_fields)
    yield _line(names)
    after: tuple[Any, ...] | None = None
    while True:
        page = PageRequest(limit=ROWS_AT_ONCE, after=after)
        async with reads.db() as db:
            rows = await _page(db, page, table, question)
        for row in rows:
            yield _line([_cell(value) for value in row.model_dump(mode="json").values()])
        if len(rows) < ROWS_AT_ONCE:
            return
        last = rows[-1]
        after = (
            (last.since, last.enrollment_id)
            if isinstance(last, PlaceRow)
            else (last.proposed_at, last.pairing_id)
        )


async def _page(
    db: Database, page: PageRequest, table: PlaceTable | PairTable, question: TableQuestion
) -> Sequence[PlaceRow | PairRow]:
    if isinstance(table, PlaceTable):
        return (await matching_tables.places(db, page, table=table, question=question)).items
    return (await matching_tables.pairs(db, page, table=table, question=question)).items


def _line(cells: Sequence[str]) -> str:
    line = StringIO()
    csv.writer(line, lineterminator="\r\n").writerow(cells)
    return line.getvalue()


def _cell(value: object) -> str:
    """A value as a file holds it: what begins like a formula is told apart by a quote.

    Source: OWASP, "CSV Injection".
    """
    if value is None:
        return ""
    text = str(value).lower() if isinstance(value, bool) else str(value)
    return f"'{text}" if text.startswith(FORMULA) else text

"""Work that takes longer than a request: begun with 202, asked after at its own address."""

from typing import Any, Final
from uuid import UUID

import msgspec
from pydantic import Field
from starlette.responses import Response

from shared import clock
from shared.auth import Principal, Role
from shared.database import Database
from shared.envelope import Cause
from shared.errors import MentorshipError, NotFound
from shared.http.models import Moment, View
from shared.http.problems import problems
from shared.http.reads import Reads
from shared.http.registry import kind_of
from shared.http.routes import Routes

router: Final = Routes("operations")
_SEE_ALL = frozenset({Role.OPERATOR, Role.AUDITOR, Role.PROGRAM_MANAGER})
_RETRY_SECONDS = "1"
_RUNNING = "running"

_BEGIN = """
INSERT INTO log.operations (tenant, operation_id, kind, status, created_by, created_at)
VALUES ($1, $2, $3, 'running', $4, $5) ON CONFLICT DO NOTHING
"""
_PROGRESS = """
UPDATE log.operations SET progress = $3::text::jsonb
WHERE tenant = $1 AND operation_id = $2 AND finished_at IS NULL
"""
_FINISH = """
UPDATE log.operations
SET status = $3, result = $4::text::jsonb, error = $5::text::jsonb, finished_at = $6
WHERE tenant = $1 AND operation_id = $2 AND finished_at IS NULL
"""
_FIND = """
SELECT operation_id, kind, status, progress::text, result::text, error::text,
       created_by, created_at, finished_at
FROM log.operations WHERE operation_id = $1 AND ($2::text IS NULL OR created_by = $2)
"""


class OperationFailure(View):
    """Why an operation failed, as the same problem would be told at once."""

    code: str
    title: str
    status: int
    detail: str
    remedy: str


class OperationView(View):
    """How far a piece of work has come."""

    operation_id: UUID
    kind: str = Field(examples=["matching_run"])
    status: str = Field(examples=["running", "succeeded", "failed"])
    progress: dict[str, int] = Field(description="Counts; which, depends on the kind.")
    result_url: str | None = Field(description="Where the result is, once there is one.")
    error: OperationFailure | None
    created_at: Moment
    finished_at: Moment | None


@router.get(
    "/v1/operations/{operation_id}", response_model=OperationView, responses=problems(NotFound)
)
async def show_operation(operation_id: UUID, reads: Reads) -> Response:
    """How far a piece of work has come; ask again after Retry-After while it runs."""
    running = False

    async def query(db: Database) -> OperationView | None:
        nonlocal running
        view = await find(db, operation_id, reads.caller)
        running = view is not None and view.status == _RUNNING
        return view

    response = await reads.one(query)
    if running:
        response.headers["retry-after"] = _RETRY_SECONDS
    return response


def location(operation_id: UUID) -> str:
    """Where to ask after an operation."""
    return f"/v1/operations/{operation_id}"


def begun(operation_id: UUID, kind: str) -> OperationView:
    """What the 202 that begins an operation shows."""
    return OperationView(
        operation_id=operation_id,
        kind=kind,
        status=_RUNNING,
        progress={},
        result_url=None,
        error=None,
        created_at=clock.now(),
        finished_at=None,
    )


async def begin(db: Database, cause: Cause, operation_id: UUID, kind: str) -> None:
    """Write an operation down, in the transaction of the command that asks for it."""
    await db.execute(_BEGIN, cause.tenant, operation_id, kind, cause.actor, clock.now())


async def progress(db: Database, tenant: str, operation_id: UUID, counts: dict[str, int]) -> None:
    """Say how far it has come."""
    await db.execute(_PROGRESS, tenant, operation_id, _text(counts))


async def succeed(db: Database, tenant: str, operation_id: UUID, result_url: str) -> None:
    """Say that it is done and where the result is; what has ended stays as it ended."""
    result = _text({"url": result_url})
    await db.execute(_FINISH, tenant, operation_id, "succeeded", result, None, clock.now())


async def fail(db: Database, tenant: str, operation_id: UUID, error: MentorshipError) -> None:
    """Say that it came to nothing, and why."""
    kind = kind_of(type(error))
    told = {
        "code": kind.code,
        "title": kind.title,
        "status": kind.status,
        "detail": str(error),
        "remedy": kind.remedy,
    }
    await db.execute(_FINISH, tenant, operation_id, "failed", None, _text(told), clock.now())


async def find(db: Database, operation_id: UUID, caller: Principal) -> OperationView | None:
    """An operation that the caller may see: their own, or all for who oversees the work."""
    only = None if caller.roles & _SEE_ALL else caller.subject
    row = await db.fetchrow(_FIND, operation_id, only)
    if row is None:
        return None
    result = _value(row["result"])
    return OperationView(
        operation_id=row["operation_id"],
        kind=row["kind"],
        status=row["status"],
        progress=_value(row["progress"]) or {},
        result_url=result["url"] if result else None,
        error=_value(row["error"]),
        created_at=row["created_at"],
        finished_at=row["finished_at"],
    )


def _text(value: Any) -> str:  # noqa: ANN401  # JSON
    return msgspec.json.encode(value).decode()


def _value(text: str | None) -> Any:  # noqa: ANN401  # JSON
    return None if text is None else msgspec.json.decode(text)

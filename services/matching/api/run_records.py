"""The record of a run over HTTP: all that is needed to check it, somewhere else, without us."""

import gzip
from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response

from services.matching.api.explanations import NoRecord
from services.matching.api.runs import visible_run
from services.matching.domain.run_refusals import RunUnknown
from services.matching.queries import records
from shared.auth import Role
from shared.http import Reads, Routes, problems, require
from shared.http.preconditions import is_unchanged

router = Routes("reasons")

_JSON = "application/json"
_NOT_MODIFIED = 304
_EFFORT = 4


@router.get(
    "/v1/matching-runs/{run_id}/record",
    response_model=None,
    responses={
        **problems(RunUnknown, NoRecord),
        200: {"content": {_JSON: {"schema": {"type": "object"}}}},
    },
    dependencies=[require(Role.PROGRAM_MANAGER, Role.AUDITOR)],
)
async def export_matching_run_record(run_id: UUID, request: Request, reads: Reads) -> Response:
    """All that a run looked at, found and proved: canonical JSON, checked by `fairlead matching`.

    Auditors get it whole. Managers get it without private bars and without the prices that would
    tell of them; its digests hold all the same. Of people who were erased since, only the digest
    is left.
    """
    headers = await reads.wait()
    bars = Role.AUDITOR in reads.caller.roles
    async with reads.db() as db:
        run = await visible_run(db, reads.caller, run_id)
        if run.record_digest is None:
            raise NoRecord
        shown = await records.shown(db, run_id, run.record_digest, bars=bars)
    if shown is None:
        raise NoRecord
    kind = f"{'whole' if bars else 'open'}-{shown.erased}"
    headers |= {
        "etag": f'"{run.record_digest}-{kind}"',
        "cache-control": "private, no-cache",
        "vary": "Accept-Encoding, Authorization",
    }
    if is_unchanged(request, headers["etag"]):
        return Response(None, _NOT_MODIFIED, headers)
    if "gzip" not in request.headers.get("accept-encoding", ""):
        return Response(shown.document, 200, headers, _JSON)
    packed = gzip.compress(shown.document, _EFFORT, mtime=0)
    return Response(packed, 200, headers | {"content-encoding": "gzip"}, _JSON)

"""What a route that answers a question asks for: read tables bound to the caller's tenant."""

from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from typing import Annotated, Any

from fastapi import Depends
from pydantic import BaseModel
from starlette.requests import Request
from starlette.responses import Response

from shared.auth import Principal
from shared.database import Database
from shared.errors import NotFound
from shared.http import consistency, cursors
from shared.http.caller import caller_of
from shared.http.commands import JSON, json_of
from shared.http.models import PageOf, PageRequest
from shared.http.ports import Ports, have_vault_at_hand, ports_of
from shared.http.preconditions import etag, is_unchanged

_NOT_MODIFIED = 304


class BoundReads:
    """The questions of one request, asked of what its tenant may see."""

    def __init__(self, request: Request, caller: Principal) -> None:
        """Note who asks."""
        self.caller = caller
        self._request = request
        self._ports: Ports = ports_of(request)

    def db(self) -> AbstractAsyncContextManager[Database]:
        """The read tables; row security shows the caller's tenant only."""
        return self._ports.reading(self.caller.tenant)

    def change(self) -> AbstractAsyncContextManager[Database]:
        """A transaction, for what is kept beside the log and takes more than one statement."""
        return self._ports.changing(self.caller.tenant)

    async def wait(self) -> dict[str, str]:
        """Wait for what the request's consistency token names; `one` and `page` do it themselves.

        Returns:
            Headers that say how old the answer may be, and which wish was granted.

        Raises:
            ProjectionBehind: it has not arrived in the time that the caller gives.
        """
        ports = self._ports
        headers: dict[str, str] = {}
        if await consistency.wait_for(self._request, ports, self.caller.tenant):
            seconds = consistency.wait_seconds(self._request)
            headers["preference-applied"] = f"wait={seconds:g}"
        lag = ports.lag_ms() if ports.lag_ms is not None else None if ports.consumers else 0
        if lag is not None:
            headers["projection-lag-ms"] = str(lag)
        return headers

    async def one(self, query: Callable[[Database], Awaitable[BaseModel | None]]) -> Response:
        """Answer with one view, or 304 if the caller has seen this version of it.

        Raises:
            NotFound: there is none, or the caller may not see it.
        """
        headers = await self.wait()
        async with self.db() as db:
            view = await query(db)
        if view is None:
            raise NotFound
        version: int | None = getattr(view, "version", None)
        if version is None:
            return Response(json_of(view), 200, headers, JSON)
        headers |= {"etag": etag(version), "cache-control": "private, no-cache"}
        if is_unchanged(self._request, headers["etag"]):
            return Response(None, _NOT_MODIFIED, headers)
        return Response(json_of(view), 200, headers, JSON)

    async def page(
        self, query: Callable[[Database, PageRequest], Awaitable[PageOf[Any]]]
    ) -> Response:
        """Answer with one page of a list, and a Link to the next if there is one."""
        secret, tenant = self._ports.secret, self.caller.tenant
        wanted = cursors.page_request(self._request, secret, tenant)
        headers = await self.wait()
        async with self.db() as db:
            page = await query(db, wanted)
        if page.next_cursor is None:
            return Response(json_of(page), 200, headers, JSON)
        cursor = cursors.signed_cursor(self._request, secret, tenant, page.next_cursor)
        headers["link"] = cursors.next_link(self._request, cursor)
        return Response(
            json_of(page.model_copy(update={"next_cursor": cursor})), 200, headers, JSON
        )


async def bind_reads(request: Request) -> BoundReads:
    """What `Reads` is made of."""
    have_vault_at_hand(request)
    return BoundReads(request, await caller_of(request))


Reads = Annotated[BoundReads, Depends(bind_reads)]

"""The page of a worker that runs alone: whether it lives, whether it works, what it counts."""

import asyncio
import socket
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import field

import uvicorn
from fastapi import FastAPI

from shared.errors import Unavailable
from shared.frozen import frozen
from shared.http import health
from shared.http.closing import Closing
from shared.http.ports import Check, Numbers


class StatusPortTaken(Unavailable):
    """Another program listens on the port of this worker's page: FAIRLEAD_WORKER__STATUS_PORT."""


@frozen
class Watched:
    """What the page of a worker asks before it says that the worker is ready."""

    checks: Mapping[str, Check]
    warnings: Mapping[str, Check] = field(default_factory=dict)
    numbers: Numbers | None = None


class StatusPage:
    """Answers beside the loops, before they have begun and until they have ended."""

    def __init__(self) -> None:
        """Not ready until `is_ready_if`, and no longer once `closing` has begun."""
        self.closing = Closing()
        self.app = FastAPI(openapi_url=None, docs_url=None, redoc_url=None)
        self.app.state.ports = None
        self.app.state.closing = self.closing
        self.app.include_router(health.router)

    def is_ready_if(self, watched: Watched) -> None:
        """From now on these are asked."""
        self.app.state.ports = watched


@asynccontextmanager
async def served(page: StatusPage, host: str, port: int) -> AsyncIterator[None]:
    """The page at an address for the time of the block; at none if the port is 0.

    Raises:
        StatusPortTaken: the port is another program's.
    """
    if not port:
        yield
        return
    try:
        door = socket.create_server((host, port))
    except OSError as reason:
        raise StatusPortTaken from reason
    config = uvicorn.Config(
        page.app, lifespan="off", log_config=None, access_log=False, timeout_graceful_shutdown=1
    )
    server = _QuietServer(config)
    serving = asyncio.create_task(server.serve([door]), name="status page")
    try:
        yield
    finally:
        server.should_exit = True
        await serving


class _QuietServer(uvicorn.Server):
    """Leaves signals to whoever runs the loops."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield

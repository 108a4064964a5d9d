"""Whether a process lives, and whether it should be sent requests."""

import asyncio

from fastapi import APIRouter
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from shared.http.ports import Ports

router = APIRouter()

_CHECK_SECONDS = 2.0
_SERVICE_UNAVAILABLE = 503


@router.get("/livez")
async def live() -> Response:
    """The loop turns; nothing outside is asked, so that no outage of another restarts this one."""
    return PlainTextResponse("ok")


@router.get("/readyz")
async def ready(request: Request) -> Response:
    """Everything that answering needs is there, and nobody has asked the process to end."""
    faults = await _faults(request)
    lines = [f"[{'-' if fault else '+'}] {name}: {fault or 'ok'}" for name, fault in faults]
    is_ready = not any(fault for _, fault in faults)
    told = "\n".join(lines) if "verbose" in request.query_params else ("ok" if is_ready else "no")
    # Not through the problem pages: probes and people read this, not clients.
    return PlainTextResponse(told + "\n", 200 if is_ready else _SERVICE_UNAVAILABLE)


@router.get("/metrics")
async def metrics() -> Response:
    """What is counted, for Prometheus."""
    return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)


async def _faults(request: Request) -> list[tuple[str, str | None]]:
    ports: Ports | None = request.app.state.ports
    if ports is None:
        return [("start", "not finished")]
    closing = "the process is ending" if request.app.state.closing.has_begun else None
    names = list(ports.checks)
    found = await asyncio.gather(*(_ask(ports, name) for name in names))
    return [("shutdown", closing), *zip(names, found, strict=True)]


async def _ask(ports: Ports, name: str) -> str | None:
    try:
        async with asyncio.timeout(_CHECK_SECONDS):
            return await ports.checks[name]()
    except Exception as error:  # noqa: BLE001  # whatever it is, this part is not ready
        return type(error).__name__

"""Whether a process lives, and whether it should be sent requests."""

import asyncio
from collections.abc import Mapping

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from shared.http.ports import Check, Checked
from shared.monitoring.page import CONTENT_TYPE, process_page

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
    is_ready = not any(fault for _, fault in faults)
    told = "ok" if is_ready else "no"
    if "verbose" in request.query_params:
        warnings = await _warnings(request)
        lines = [*(_line(*each, "-") for each in faults), *(_line(*each, "!") for each in warnings)]
        told = "\n".join(lines)
    # Not through the problem pages: probes and people read this, not clients.
    return PlainTextResponse(told + "\n", 200 if is_ready else _SERVICE_UNAVAILABLE)


@router.get("/metrics")
async def metrics(request: Request) -> Response:
    """What is counted, for Prometheus."""
    ports: Checked | None = request.app.state.ports
    ask = None if ports is None else ports.numbers
    return Response(process_page() if ask is None else await ask(), media_type=CONTENT_TYPE)


async def _faults(request: Request) -> list[tuple[str, str | None]]:
    ports: Checked | None = request.app.state.ports
    if ports is None:
        return [("start", "not finished")]
    closing = "the process is ending" if request.app.state.closing.has_begun else None
    return [("shutdown", closing), *await _asked(ports.checks)]


async def _warnings(request: Request) -> list[tuple[str, str | None]]:
    ports: Checked | None = request.app.state.ports
    return [] if ports is None else await _asked(ports.warnings)


def _line(name: str, fault: str | None, sign: str) -> str:
    return f"[{sign if fault else '+'}] {name}: {fault or 'ok'}"


async def _asked(checks: Mapping[str, Check]) -> list[tuple[str, str | None]]:
    found = await asyncio.gather(*map(_ask, checks.values()))
    return list(zip(checks, found, strict=True))


async def _ask(check: Check) -> str | None:
    try:
        async with asyncio.timeout(_CHECK_SECONDS):
            return await check()
    except Exception as error:  # noqa: BLE001  # whatever it is, this part is not ready
        return type(error).__name__

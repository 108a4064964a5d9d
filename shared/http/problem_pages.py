"""The pages that a problem's `type` leads to."""

from html import escape

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response

from shared.http.protocol_errors import PathUnknown
from shared.http.registry import Kind, catalogue

router = APIRouter()

_CSP = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; base-uri 'none'"
_PAGE = """<!doctype html><html lang="en"><meta charset="utf-8"><title>{title}</title>
<style>body{{font:1rem/1.5 system-ui;max-width:40rem;margin:3rem auto;padding:0 1rem}}</style>
<h1>{title}</h1><p><code>{code}</code>, status {status}</p><p>{detail}</p><p>{remedy}</p></html>
"""


@router.get("/v1/problems")
async def list_problems(request: Request) -> Response:
    """Every code that this API answers with."""
    return JSONResponse({"items": [_told(kind) for kind in _kinds(request).values()]})


@router.get("/v1/problems/{code}")
async def show_problem(code: str, request: Request) -> Response:
    """One code: when it comes and what to do."""
    kind = _kinds(request).get(code)
    if kind is None:
        raise PathUnknown
    if "text/html" not in request.headers.get("accept", ""):
        return JSONResponse(_told(kind))
    page = _PAGE.format(**{name: escape(str(value)) for name, value in _told(kind).items()})
    return HTMLResponse(page, headers={"content-security-policy": _CSP})


def _kinds(request: Request) -> dict[str, Kind]:
    service = request.app.service.name
    return {kind.code: kind for kind in catalogue("shared.", f"services.{service}.")}


def _told(kind: Kind) -> dict[str, str | int]:
    return {
        "code": kind.code,
        "status": kind.status,
        "title": kind.title,
        "detail": kind.detail,
        "remedy": kind.remedy,
    }

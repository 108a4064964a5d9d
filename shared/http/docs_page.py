"""The documentation page and the API's description, from this process alone: no foreign host."""

import hashlib
import json
from collections.abc import Mapping
from functools import cache
from html import escape
from importlib.resources import files
from typing import Final

from fastapi import APIRouter, FastAPI
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from shared.http.preconditions import is_unchanged
from shared.http.protocol_errors import PathUnknown

router: Final = APIRouter()

_CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data:; connect-src 'self'; frame-ancestors 'none'; base-uri 'none'; "
    "form-action 'none'"
)
_PAGE = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<link rel="icon" href="{root}/docs/assets/favicon.png">
<link rel="stylesheet" href="{root}/docs/assets/swagger-ui.css">
<div id="swagger-ui" data-description="{root}/v1/openapi.json"></div>
<script src="{root}/docs/assets/swagger-ui-bundle.js"></script>
<script src="{root}/docs/assets/start.js"></script>
</html>
"""
_START = b"""const place = document.getElementById("swagger-ui");
SwaggerUIBundle({
  url: place.dataset.description,
  dom_id: "#swagger-ui",
  deepLinking: true,
  displayRequestDuration: true,
  persistAuthorization: false,
  validatorUrl: null,
});
"""
_TYPES: Mapping[str, str] = {
    "swagger-ui-bundle.js": "text/javascript",
    "swagger-ui.css": "text/css",
    "favicon.png": "image/png",
    "start.js": "text/javascript",
}
_NOT_MODIFIED = 304


@router.get("/docs")
async def show_docs(request: Request) -> Response:
    """Every operation, to read and to try."""
    root = request.scope.get("root_path", "").rstrip("/")
    page = _PAGE.format(title=escape(request.app.title), root=escape(root))
    return HTMLResponse(page, headers={"content-security-policy": _CSP})


@router.get("/docs/assets/{name}")
async def show_asset(name: str, request: Request) -> Response:
    """A file of the documentation page."""
    if name not in _TYPES:
        raise PathUnknown
    content, tag = _asset(name)
    return _cached(request, content, tag, _TYPES[name])


@router.get("/v1/openapi.json")
async def show_description(request: Request) -> Response:
    """This API's own description (OpenAPI 3.1)."""
    content, tag = _description(request.app)
    return _cached(request, content, tag, "application/json")


def _cached(request: Request, content: bytes, tag: str, media_type: str) -> Response:
    headers = {"etag": tag, "cache-control": "no-cache"}
    if is_unchanged(request, tag):
        return Response(None, _NOT_MODIFIED, headers)
    return Response(content, 200, headers, media_type)


@cache
def _asset(name: str) -> tuple[bytes, str]:
    if name == "start.js":
        return _START, _tag(_START)
    content = files("fastapi_offline").joinpath("static", name).read_bytes()
    return content, _tag(content)


@cache
def _description(app: FastAPI) -> tuple[bytes, str]:
    content = json.dumps(app.openapi(), separators=(",", ":")).encode()
    return content, _tag(content)


def _tag(content: bytes) -> str:
    return f'"{hashlib.sha256(content).hexdigest()[:32]}"'

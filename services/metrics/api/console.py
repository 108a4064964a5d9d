"""The console: a read-only page over the public APIs, without a framework or a foreign host."""

import re
from functools import cache
from pathlib import Path
from typing import Annotated, Final

from fastapi import Path as PathParameter
from starlette.requests import Request
from starlette.responses import Response

from services.metrics.api.asking import chosen
from shared.http import Routes, View
from shared.http.commands import JSON, json_of
from shared.http.protocol_errors import PathUnknown
from shared.provisioning import SERVICES

router: Final = Routes("console")

_FILES = Path(__file__).parent.parent / "console"
_HOST = re.compile(r"[A-Za-z0-9.:-]+")  # it goes into a header: nothing else may
_SCRIPT = "text/javascript; charset=utf-8"
_TYPES = {
    "console.html": "text/html; charset=utf-8",
    "console.css": "text/css; charset=utf-8",
    "console.js": _SCRIPT,
    "asking.js": _SCRIPT,
    "drawing.js": _SCRIPT,
    "views.js": _SCRIPT,
    "icon.svg": "image/svg+xml",
}


class ServiceAddress(View):
    """Where a service's API answers."""

    name: str
    address: str


class ConsoleSettingsView(View):
    """What the console needs to know before anybody has signed in."""

    services: list[ServiceAddress]


@router.get("/console", include_in_schema=False)
async def show_console(request: Request) -> Response:
    """The page itself; it shows nothing until it is given a token."""
    return _file("console.html", request)


@router.get("/console/settings", include_in_schema=False)
async def show_console_settings(request: Request) -> Response:
    """Where the other services are."""
    return Response(json_of(ConsoleSettingsView(services=_addresses(request))), media_type=JSON)


@router.get("/console/{name}", include_in_schema=False)
async def show_console_file(
    name: Annotated[str, PathParameter(max_length=40)], request: Request
) -> Response:
    """Its style, its scripts, its icon."""
    if name not in _TYPES:
        raise PathUnknown
    return _file(name, request)


def _addresses(request: Request) -> list[ServiceAddress]:
    """As the browser reaches them: by the name it reached us by, unless the settings say another.

    A service listens on an address such as 0.0.0.0, which means nothing to a browser.
    """
    http, asked = chosen().http, request.url
    host = asked.hostname if asked.hostname and _HOST.fullmatch(asked.hostname) else http.host
    place = f"[{host}]" if ":" in host else host
    return [
        ServiceAddress(
            name=name,
            address=http.public_addresses.get(
                name, f"{asked.scheme}://{place}:{http.port_of(name)}"
            ),
        )
        for name in SERVICES
    ]


def _file(name: str, request: Request) -> Response:
    headers = {"cache-control": "no-cache", "content-security-policy": _policy(request)}
    return Response(_content(name), headers=headers, media_type=_TYPES[name])


@cache
def _content(name: str) -> bytes:
    return (_FILES / name).read_bytes()


def _policy(request: Request) -> str:
    """Nothing but our own files, and our own services to ask."""
    services = " ".join(service.address for service in _addresses(request))
    return (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
        f"connect-src 'self' {services}; base-uri 'none'; form-action 'none'; "
        "frame-ancestors 'none'"
    )

"""The console: a read-only page over the public APIs, without a framework or a foreign host."""

from functools import cache
from pathlib import Path
from typing import Annotated, Final

from fastapi import Path as PathParameter
from starlette.responses import Response

from services.metrics.api.asking import chosen
from shared.http import Routes, View
from shared.http.commands import JSON, json_of
from shared.http.protocol_errors import PathUnknown
from shared.provisioning import SERVICES

router: Final = Routes("console")

_FILES = Path(__file__).parent.parent / "console"
_TYPES = {
    "console.html": "text/html; charset=utf-8",
    "console.css": "text/css; charset=utf-8",
    "console.js": "text/javascript; charset=utf-8",
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
async def show_console() -> Response:
    """The page itself; it shows nothing until it is given a token."""
    return _file("console.html")


@router.get("/console/settings", include_in_schema=False)
async def show_console_settings() -> Response:
    """Where the other services are."""
    return Response(json_of(ConsoleSettingsView(services=_addresses())), media_type=JSON)


@router.get("/console/{name}", include_in_schema=False)
async def show_console_file(name: Annotated[str, PathParameter(max_length=40)]) -> Response:
    """Its style, its script, its icon."""
    if name not in _TYPES:
        raise PathUnknown
    return _file(name)


def _addresses() -> list[ServiceAddress]:
    http = chosen().http
    return [ServiceAddress(name=name, address=http.address_of(name)) for name in SERVICES]


def _file(name: str) -> Response:
    headers = {"cache-control": "no-cache", "content-security-policy": _policy()}
    return Response(_content(name), headers=headers, media_type=_TYPES[name])


@cache
def _content(name: str) -> bytes:
    return (_FILES / name).read_bytes()


@cache
def _policy() -> str:
    """Nothing but our own files, and our own services to ask."""
    services = " ".join(service.address for service in _addresses())
    return (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
        f"connect-src 'self' {services}; base-uri 'none'; form-action 'none'; "
        "frame-ancestors 'none'"
    )

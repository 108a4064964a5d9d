"""`fairlead docs`: the documents that are generated, committed, and checked for drift."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from shared.cli.documents.asyncapi import asyncapi
from shared.cli.documents.catalogue import catalogue
from shared.cli.documents.requests import requests
from shared.cli.documents.schemas import name_of, record_schema
from shared.cli.output import console
from shared.events import BY_NAME
from shared.http import create_service
from shared.provisioning import SERVICES
from shared.runtime import service_named
from shared.settings import Settings


def documents(root: Path) -> Mapping[str, str]:
    """Every generated document by its path below `docs`."""
    services = {name: service_named(name) for name in SERVICES}
    apis = {name: create_service(service).openapi() for name, service in services.items()}
    ports = {name: Settings().http.port_of(name) for name in SERVICES}
    events = {name: asyncapi(name, service.title) for name, service in services.items()}
    return {
        **{f"openapi/{name}.json": _text(api) for name, api in apis.items()},
        **{f"asyncapi/{name}.json": _text(document) for name, document in events.items()},
        **{f"schemas/{name_of(name)}.json": _text(record_schema(name)) for name in BY_NAME},
        "events.md": catalogue(root),
        "requests.http": requests(apis, ports) + "\n",
    }


def docs(
    *,
    folder: Annotated[Path, typer.Option(help="The repository's root.")] = Path(),
    check: Annotated[
        bool, typer.Option("--check", help="Write nothing; exit code 1 if one would change.")
    ] = False,
) -> None:
    """Write the OpenAPI and AsyncAPI files, the schemas, the catalogue of events, the requests."""
    changed = []
    for name, text in documents(folder).items():
        path = folder / "docs" / name
        if path.exists() and path.read_text(encoding="utf-8") == text:
            continue
        changed.append(name)
        if not check:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
    for name in changed:
        console.print(f"{'would change' if check else 'wrote'} docs/{name}")
    raise typer.Exit(1 if check and changed else 0)


def _text(document: Mapping[str, Any]) -> str:
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"

"""`fairlead import`: files to the enrollment API, and what became of each row."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any

import httpx
import typer

from shared import settings
from shared.auth import Role, development_issuer
from shared.cli.output import AsJson, console, errors, show_json, show_rows
from shared.errors import Unavailable

app = typer.Typer(no_args_is_help=True, help="Files to the enrollment API, row by row.")
IMPORT_SECONDS_MAX = 600.0
SHOWN_ROWS_MAX = 50

File = Annotated[Path, typer.Argument(exists=True, dir_okay=False, readable=True, help="The file.")]
Url = Annotated[str, typer.Option(help="The enrollment API; none: the one on this machine.")]
Token = Annotated[str, typer.Option(help="A bearer token; none: a development one.")]
Tenant = Annotated[str, typer.Option(help="Whose data, if the token is a development one.")]


class NotImported(Unavailable):
    """The enrollment API did not take the file."""


@app.command()
def people(
    file: File,
    *,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what would become of each row, change nothing.")
    ] = False,
    header: Annotated[
        list[str] | None,
        typer.Option("--map", help="'Personalnummer=employee_number': your header, our field."),
    ] = None,
    url: Url = "",
    token: Token = "",
    tenant: Tenant = "demo",
    as_json: AsJson = False,
) -> None:
    """Employees from a CSV file; a second time changes nothing. Exit code 1 if a row failed."""
    query = {"dry_run": str(dry_run).lower(), "mapping": json.dumps(_mapping(header or []))}
    target = _Target(url, token, tenant)
    report = target.send("/v1/people/imports", file, "text/csv", query)
    faults = [
        {"row": row["row"], **fault}
        for row in report["results"]
        for fault in row["faults"]
        if row["result"] == "failed"
    ]
    _show(report, faults, as_json=as_json)


@app.command()
def competencies(
    file: File,
    *,
    url: Url = "",
    token: Token = "",
    tenant: Tenant = "demo",
    as_json: AsJson = False,
) -> None:
    """Competencies from an O*NET content model, tab-separated: element id, name, description."""
    _vocabulary("/v1/competencies:import", file, _Target(url, token, tenant), as_json=as_json)


@app.command("target-roles")
def target_roles(
    file: File,
    *,
    url: Url = "",
    token: Token = "",
    tenant: Tenant = "demo",
    as_json: AsJson = False,
) -> None:
    """Target roles from O*NET occupations, tab-separated: SOC code, title, description."""
    _vocabulary("/v1/target-roles:import", file, _Target(url, token, tenant), as_json=as_json)


class _Target:
    """Where files go, and in whose name."""

    def __init__(self, url: str, token: str, tenant: str) -> None:
        chosen = settings.load()
        self._url = url or chosen.http.address_of("enrollment")
        self._token = token or development_issuer(chosen).mint(
            tenant, "import", (Role.HR_PLATFORM, Role.EMPLOYEE)
        )

    def send(
        self, path: str, file: Path, media_type: str, query: Mapping[str, str] | None = None
    ) -> Mapping[str, Any]:
        """The report on a file.

        Raises:
            NotImported: the API is away, or it took nothing of the file.
        """
        headers = {"Authorization": f"Bearer {self._token}", "Content-Type": media_type}
        try:
            with errors.status(f"sending {file.name} …"):
                answer = httpx.post(
                    self._url + path,
                    params=dict(query or {}),
                    content=file.read_bytes(),
                    headers=headers,
                    timeout=IMPORT_SECONDS_MAX,
                )
        except httpx.TransportError as reason:
            message = f"{self._url} does not answer: {reason or type(reason).__name__}"
            raise NotImported(message) from reason
        if not answer.is_success:
            raise NotImported(_said(answer))
        report: Mapping[str, Any] = answer.json()
        return report


def _vocabulary(path: str, file: Path, target: _Target, *, as_json: bool) -> None:
    report = target.send(path, file, "text/tab-separated-values")
    _show(report, report["bad_rows"], as_json=as_json)


def _show(report: Mapping[str, Any], faults: Sequence[Mapping[str, Any]], *, as_json: bool) -> None:
    if as_json:
        show_json(report)
    else:
        counts = {name: value for name, value in report.items() if type(value) is int}
        console.print(", ".join(f"{value} {name}" for name, value in counts.items()))
        if faults:
            show_rows(faults[:SHOWN_ROWS_MAX], as_json=False, nothing="")
        if len(faults) > SHOWN_ROWS_MAX:
            console.print(f"… and {len(faults) - SHOWN_ROWS_MAX} more: --json shows all of them")
    raise typer.Exit(1 if report["failed"] else 0)


def _mapping(headers: Sequence[str]) -> Mapping[str, str]:
    pairs = [header.partition("=") for header in headers]
    if any(not middle for _, middle, _ in pairs):
        message = "say 'your header=our field'"
        raise typer.BadParameter(message, param_hint="--map")
    return {theirs: ours for theirs, _, ours in pairs}


def _said(answer: httpx.Response) -> str:
    try:
        problem = answer.json()
        return f"{problem['title']}: {problem['detail']}"
    except (ValueError, KeyError, TypeError):
        return f"the enrollment API answered {answer.status_code}"

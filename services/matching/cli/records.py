"""`fairlead matching verify`, `rerun`, `export`: run records, checked without the service."""

import json
import sys
from enum import StrEnum
from importlib import import_module
from pathlib import Path
from typing import Annotated, Any
from uuid import UUID

import httpx
import typer

from services.matching.verifier import Report
from services.matching.verifier import verify as verify_record
from services.matching.verifier.reading import Unreadable, read
from shared.cli.output import AsJson, console, show_json
from shared.errors import InvalidCommand, Unavailable

SECONDS_MAX = 60.0
REPLAY = "services.matching.domain.run_replay"


class Engine(StrEnum):
    """What solves a run again."""

    ORTOOLS = "ortools"
    SCIPY = "scipy"


Run = Annotated[
    str, typer.Argument(help="A record's file; -: standard input; a run's id with --service.")
]
ServiceUrl = Annotated[str, typer.Option("--service", help="Where matching answers: its URL.")]
Token = Annotated[str, typer.Option("--token", help="A bearer token of an auditor or a manager.")]
Output = Annotated[Path, typer.Option("--output", "-o", help="The file to write.")]
EngineName = Annotated[
    Engine,
    typer.Option(
        "--engine",
        help="ortools: min-cost flow by cost scaling, as services solve; of any size. "
        "scipy: shortest augmenting paths, by other people; up to 4,000,000 mentees times "
        "free seats.",
    ),
]
Digest = Annotated[
    str, typer.Option("--digest", help="The record's SHA-256 as the run shows it, to compare with.")
]


class RecordUnreadable(InvalidCommand):
    """This is no record of a matching run."""


class ServiceNotNamed(InvalidCommand):
    """A run's id says nothing by itself: name the service with --service and --token, or a file."""


class RecordNotGiven(Unavailable):
    """The service did not give the record."""


def verify(
    run: Run,
    *,
    service: ServiceUrl = "",
    token: Token = "",
    digest: Digest = "",
    as_json: AsJson = False,
) -> None:
    """Check a run's record with nothing but itself; ends with 1 unless all of it holds.

    Every digest, pair, point, rule, seat and lock; who is served; every aim's prices over all
    pairs; and that no other answer is as good. It has no solver and trusts none.
    """
    report = _verified(_raw(run, service, token))
    expected = not digest or digest == report.record_sha256
    if as_json:
        show_json({**_plain(report), "digest_expected": expected})
    else:
        _show(report)
        if not expected:
            console.print(f"✗ record_differs: its digest is {report.record_sha256}, not {digest}")
    if not (report.holds and report.whole and expected):
        raise typer.Exit(1)


def rerun(
    run: Run,
    *,
    service: ServiceUrl = "",
    token: Token = "",
    engine: EngineName = Engine.ORTOOLS,
    as_json: AsJson = False,
) -> None:
    """Work a run out again from its record, and compare every byte; ends with 1 if one differs.

    Whichever engine solves, what it finds is the same: two algorithms of two makers that agree are
    worth more than one. Scores, rules and prices are ours in both; `verify` has its own.
    """
    replay = import_module(REPLAY).replay  # it reads solvers, which `verify` has no part in
    difference = replay(read_json(_raw(run, service, token)), engine)
    if as_json:
        told = (
            None
            if difference is None
            else {"part": difference.part, "text": difference.text, "ids": list(difference.ids)}
        )
        show_json({"same": difference is None, "engine": engine, "difference": told})
    elif difference is None:
        console.print(f"The run comes out the same, byte for byte, by {engine}.")
    else:
        console.print(f"The run comes out otherwise: {difference.text}.", soft_wrap=True)
    if difference is not None:
        raise typer.Exit(1)


def export(run: Run, output: Output, *, service: ServiceUrl = "", token: Token = "") -> None:
    """Fetch a run's record into a file, to be checked anywhere."""
    raw = _raw(run, service, token)
    output.write_bytes(raw)
    console.print(f"{output}: {len(raw):,} bytes", soft_wrap=True)


def read_json(raw: bytes) -> dict[str, Any]:
    """A record as JSON.

    Raises:
        RecordUnreadable: it is none.
    """
    try:
        return dict(read(raw).whole)
    except Unreadable as reason:
        message = f"{RecordUnreadable.__doc__} {reason}"
        raise RecordUnreadable(message) from reason


def _verified(raw: bytes) -> Report:
    try:
        return verify_record(raw)
    except Unreadable as reason:
        message = f"{RecordUnreadable.__doc__} {reason}"
        raise RecordUnreadable(message) from reason


def _raw(run: str, service: str, token: str) -> bytes:
    """The record's bytes, from a file, from standard input, or from the service."""
    if run == "-":
        return sys.stdin.buffer.read()
    if service:
        return _fetched(run, service, token)
    path = Path(run)
    try:
        return path.read_bytes()
    except OSError as reason:
        if _is_id(run):
            raise ServiceNotNamed from reason
        message = f"{run} cannot be read: {reason.strerror}."
        raise RecordUnreadable(message) from reason


def _fetched(run: str, service: str, token: str) -> bytes:
    url = f"{service.rstrip('/')}/v1/matching-runs/{run}/record"
    try:
        answer = httpx.get(url, headers={"Authorization": f"Bearer {token}"}, timeout=SECONDS_MAX)
    except httpx.HTTPError as reason:
        message = f"{RecordNotGiven.__doc__} {type(reason).__name__}: {reason}"
        raise RecordNotGiven(message) from reason
    if answer.is_success:
        return answer.content
    message = f"{RecordNotGiven.__doc__} {answer.status_code}: {_detail(answer)}"
    raise RecordNotGiven(message)


def _detail(answer: httpx.Response) -> str:
    try:
        return str(answer.json()["detail"])
    except (json.JSONDecodeError, KeyError, TypeError):
        return answer.reason_phrase


def _is_id(text: str) -> bool:
    try:
        UUID(text)
    except ValueError:
        return False
    return True


def _plain(report: Report) -> dict[str, Any]:
    return {
        "holds": report.holds,
        "whole": report.whole,
        "record_sha256": report.record_sha256,
        "pairs": report.pairs,
        "allowed": report.allowed,
        "erased": report.erased,
        "checked": list(report.checked),
        "unchecked": list(report.unchecked),
        "remarks": list(report.remarks),
        "findings": [
            {"code": each.code, "text": each.text, "ids": list(each.ids)}
            for each in report.findings
        ],
    }


def _show(report: Report) -> None:
    console.print(f"record {report.record_sha256}, {report.pairs:,} pairs", soft_wrap=True)
    for part in report.checked:
        console.print(f"  looked at: {part}", soft_wrap=True)
    for part in report.unchecked:
        console.print(f"  not looked at: {part}", soft_wrap=True)
    for part in report.remarks:
        console.print(f"  to be shown by a rerun: {part}", soft_wrap=True)
    for finding in report.findings:
        console.print(f"✗ {finding.code}: {finding.text}", markup=False, soft_wrap=True)
    if not report.holds:
        console.print("This record does not hold.")
    elif report.whole:
        console.print("✓ It holds: this is the best answer, and the only one.")
    else:
        console.print("What could be looked at holds; the rest is neither shown nor refuted.")

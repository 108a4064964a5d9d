"""What trials came to, as a table for people and as JSON for programs."""

from collections.abc import Sequence

import msgspec
from rich.console import Console
from rich.table import Table

from tests.faults.trials import PROMISES, Report

COLUMNS = ("scenario", "seed", "ok", "failed", "unknown", "events", "recovery, s", "promises")


def encoded(report: Report) -> str:
    return msgspec.json.encode(report).decode()


def decoded(text: str) -> Report:
    return msgspec.json.decode(text, type=Report)


def as_json(reports: Sequence[Report]) -> str:
    return msgspec.json.format(msgspec.json.encode(list(reports))).decode()


def show(reports: Sequence[Report], console: Console) -> None:
    table = Table(*COLUMNS, title="faults")
    for column in table.columns[1:-1]:
        column.justify = "right"
    for report in reports:
        numbers = (report.seed, report.ok, report.failed, report.unknown, report.events)
        table.add_row(
            report.scenario, *map(str, numbers), f"{report.recovery_seconds:.1f}", _kept(report)
        )
    console.print(table)


def _kept(report: Report) -> str:
    if not report.broken:
        return f"all {len(PROMISES)} held"
    return "BROKEN: " + ", ".join(sorted(report.broken))

"""Figures of a benchmark: what was counted, over which runs, and against what."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import field
from statistics import median
from typing import Any

from rich.console import Console
from rich.table import Table

from shared.frozen import frozen


@frozen
class Figure:
    """One thing measured several times."""

    name: str
    unit: str
    runs: Sequence[float]
    against: str = ""  # the name of the figure it is compared with, of the same benchmark

    @property
    def median(self) -> float:
        """The middle one of the runs."""
        return median(self.runs)


@frozen
class Report:
    """What one benchmark found, and what was hoped for."""

    title: str
    figures: Sequence[Figure]
    targets: Mapping[str, str] = field(default_factory=dict)
    notes: Sequence[str] = ()

    def ratio(self, figure: Figure) -> float | None:
        """The median of the ratios to its comparison, run by run; both ran in the same minute."""
        base = next((other for other in self.figures if other.name == figure.against), None)
        if base is None:
            return None
        return median(
            own / other for own, other in zip(figure.runs, base.runs, strict=True) if other
        )

    def plain(self) -> dict[str, Any]:
        """The report as JSON values."""
        return {
            "title": self.title,
            "figures": [
                {
                    "name": figure.name,
                    "unit": figure.unit,
                    "median": figure.median,
                    "min": min(figure.runs),
                    "max": max(figure.runs),
                    "runs": list(figure.runs),
                    "against": figure.against or None,
                    "ratio": self.ratio(figure),
                    "target": self.targets.get(figure.name),
                }
                for figure in self.figures
            ],
            "notes": list(self.notes),
        }


def show(report: Report, console: Console) -> None:
    """Draw the report as a table."""
    table = Table(title=report.title, title_justify="left", title_style="bold")
    for heading in ("", "median", "min to max", "ratio", "against", "target"):
        table.add_column(heading, justify="right" if heading in {"median", "ratio"} else "left")
    for figure in report.figures:
        ratio = report.ratio(figure)
        table.add_row(
            figure.name,
            f"{_number(figure.median)} {figure.unit}",
            f"{_number(min(figure.runs))} to {_number(max(figure.runs))}",
            "" if ratio is None else f"{ratio:.2f}x",
            figure.against,
            report.targets.get(figure.name, ""),
        )
    console.print(table)
    for note in report.notes:
        console.print(f"  {note}")


def as_json(reports: Sequence[Report]) -> str:
    """All reports as one JSON document."""
    return json.dumps([report.plain() for report in reports], indent=2)


def _number(value: float) -> str:
    if value >= 1_000:
        return f"{value:,.0f}"
    return f"{value:.2f}" if value < 10 else f"{value:.1f}"

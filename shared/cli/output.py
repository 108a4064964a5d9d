"""What commands say: tables and bars for people, JSON for machines, errors to standard error."""

import sys
from collections.abc import Iterable, Mapping, Sequence
from typing import Annotated, Any

import msgspec
import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

AsJson = Annotated[bool, typer.Option("--json", help="Answer in JSON, for programs.")]

console = Console(highlight=False)  # obeys NO_COLOR, and is plain when piped
errors = Console(stderr=True, highlight=False)


def show_rows(rows: Sequence[Mapping[str, Any]], *, as_json: bool, nothing: str) -> None:
    """Rows as a table or as a JSON list; `nothing` is said to people when there are none."""
    if as_json:
        show_json(list(rows))
    elif not rows:
        console.print(nothing)
    else:
        console.print(_table(rows))


def show_json(value: object) -> None:
    """One JSON document on standard output."""
    text = msgspec.json.format(msgspec.json.encode(value, enc_hook=str), indent=2)
    sys.stdout.write(text.decode() + "\n")


def progress() -> Progress:
    """Bars on standard error, only if that is a terminal."""
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        console=errors,
        disable=not errors.is_terminal,
    )


def _table(rows: Sequence[Mapping[str, Any]]) -> Table:
    table = Table(box=None, header_style="bold", pad_edge=False)
    for name in rows[0]:
        table.add_column(name.replace("_", " "))
    for row in rows:
        table.add_row(*_texts(row.values()))
    return table


def _texts(values: Iterable[object]) -> Sequence[str]:
    return ["" if value is None else str(value) for value in values]

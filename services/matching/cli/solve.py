"""`fairlead matching solve`: a bare instance from a file, for researchers and tests."""

from importlib import import_module
from pathlib import Path
from typing import Annotated

import typer

from shared.cli.output import AsJson

File = Annotated[Path, typer.Argument(help="A JSON file; -: standard input.")]
SOLVING = "services.matching.cli.bare_instance"  # it reads a solver, which `verify` has no part in


def solve(file: File, *, as_json: AsJson = False) -> None:
    """Who goes with whom in a bare instance, and the prices that prove it.

    The file holds {"scores": [[number or null, …], …], "seats": [number, …], "priority": [row, …],
    "objective": "most_served", "best_score" or "worst_off_first"}; the last two may be left out.
    """
    import_module(SOLVING).show_solved(file, as_json=as_json)

"""`fairlead matching warm`: what the first large run would wait for, done before."""

from importlib import import_module
from typing import Annotated

import typer

from services.matching.domain.engine.cache_place import SHARED
from shared.cli.output import AsJson, console, show_json

WARMING = "services.matching.domain.engine.warming"
ForAll = Annotated[
    bool,
    typer.Option("--for-all", help="For everybody who uses this installation, as an image does."),
]


def warm(*, for_all: ForAll = False, as_json: AsJson = False) -> None:
    """Translate the loops over all pairs to machine code, which the first large run does otherwise.

    It takes some twenty seconds of a processor, and is of use on this kind of processor only.
    """
    warmed = import_module(WARMING).warm(SHARED if for_all else None)
    if as_json:
        told = {"forms": warmed.forms, "processor": warmed.processor, "folder": str(warmed.folder)}
        show_json(told)
    else:
        console.print(
            f"{warmed.forms} loops are there for {warmed.processor}: {warmed.folder}",
            soft_wrap=True,
        )

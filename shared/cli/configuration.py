"""`fairlead config`: what is set, and whether it can be used."""

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer
from pydantic import BaseModel

from shared import settings
from shared.cli.output import AsJson, console, show_json

app = typer.Typer(no_args_is_help=True, help="What is set, and whether it can be used.")


@app.command()
def check() -> None:
    """Say whether the settings of this environment can be used; exit code 1 if not."""
    settings.load()
    console.print("The settings can be used.")


@app.command()
def show(*, as_json: AsJson = False) -> None:
    """Every setting as it is now; secrets are masked."""
    values = dict(_flat(settings.load()))
    if as_json:
        show_json(values)
    else:
        for name, value in values.items():
            console.print(f"{name}={value}", soft_wrap=True, markup=False)


@app.command()
def example(
    path: Annotated[
        Path | None, typer.Option(help="A file to write; none: standard output.")
    ] = None,
) -> None:
    """Write the text of .env.example: every setting with its default."""
    if path is None:
        console.print(settings.example(), soft_wrap=True, markup=False, end="")
    else:
        path.write_text(settings.example(), encoding="utf-8")


def _flat(group: BaseModel, prefix: str = settings.PREFIX) -> Iterator[tuple[str, str]]:
    for name in type(group).model_fields:
        value = getattr(group, name)
        if isinstance(value, BaseModel):
            yield from _flat(value, f"{prefix}{name.upper()}__")
        else:
            yield prefix + name.upper(), str(value)

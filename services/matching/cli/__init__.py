"""`fairlead matching`: what matching does without its database."""

import typer

from services.matching.cli.solve import solve

app = typer.Typer(no_args_is_help=True, help="What matching does without its database.")
app.callback()(lambda: None)  # a group even while it has one command
app.command()(solve)

__all__ = ["app"]

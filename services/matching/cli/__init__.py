"""`fairlead matching`: what matching does without its database."""

import typer

from services.matching.cli.records import export, rerun, verify
from services.matching.cli.solve import solve
from services.matching.cli.warm import warm

app = typer.Typer(no_args_is_help=True, help="What matching does without its database.")
app.command()(solve)
app.command()(verify)
app.command()(rerun)
app.command()(export)
app.command()(warm)

__all__ = ["app"]

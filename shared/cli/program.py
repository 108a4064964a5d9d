"""The command `fairlead` as a whole, and what becomes of errors: exit code 1, or 2 for usage."""

import sys

import typer
from pydantic import ValidationError
from pydantic_core import ErrorDetails

from shared.cli import (
    configuration,
    documents,
    importing,
    migrating,
    operating,
    recovering,
    serving,
    tokens,
    topics,
)
from shared.cli.demo.command import demo
from shared.cli.doctor.command import doctor
from shared.cli.of_services import OfService, services_with_commands
from shared.cli.output import errors
from shared.errors import MentorshipError
from shared.settings import PREFIX, UnknownSetting

app = typer.Typer(
    name="fairlead",
    help="Mentorship programs whose fairness can be replayed and proved.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command()(serving.serve)
app.command()(serving.worker)
app.command()(serving.up)
app.command()(tokens.token)
app.command()(migrating.migrate)
app.command()(migrating.rebuild)
app.add_typer(importing.app, name="import")
app.command()(doctor)
app.command()(operating.lag)
app.command()(documents.docs)
app.add_typer(operating.parked, name="parked")
app.add_typer(topics.app, name="topics")
app.command()(recovering.rebase)
app.add_typer(recovering.keys, name="keys")
app.add_typer(configuration.app, name="config")
app.command()(demo)
for service in services_with_commands():
    own = typer.Typer(cls=OfService, no_args_is_help=True, help=f"What {service} does by itself.")
    own.callback()(lambda: None)
    app.add_typer(own, name=service)


def main() -> None:
    """Run the command line; an error that we know is told in words, without a traceback."""
    try:
        app(prog_name="fairlead")
    except (MentorshipError, UnknownSetting) as error:
        errors.print(f"fairlead: {error}", markup=False, soft_wrap=True)
        sys.exit(1)
    except ValidationError as error:
        for fault in error.errors():
            errors.print(f"fairlead: {_said(fault)}", markup=False, soft_wrap=True)
        sys.exit(1)


def _said(fault: ErrorDetails) -> str:
    """What is wrong with which setting; a fault of several together names them itself."""
    told = fault["msg"].removeprefix("Value error, ")
    name = "__".join(str(part) for part in fault["loc"]).upper()
    return f"{PREFIX}{name}: {told}" if name else told

"""`fairlead token`: a real token of the development issuer."""

from datetime import timedelta
from typing import Annotated

import typer

from shared import settings
from shared.auth import Role, development_issuer
from shared.cli.output import AsJson, console, show_json

TTL_MINUTES = 480


def token(
    *,
    role: Annotated[
        list[Role], typer.Option("--as", help="A role; say it again for more than one.")
    ],
    subject: Annotated[
        str, typer.Option(help="A person's id, or a name for an account that is nobody.")
    ] = "developer",
    tenant: Annotated[str, typer.Option(help="Whose data.")] = "demo",
    minutes: Annotated[int, typer.Option(min=1, max=1440, help="Valid for.")] = TTL_MINUTES,
    as_json: AsJson = False,
) -> None:
    """Sign a token: `curl -H "Authorization: Bearer $(fairlead token --as operator)" …`."""
    issuer = development_issuer(settings.load())
    signed = issuer.mint(tenant, subject, role, timedelta(minutes=minutes))
    if as_json:
        show_json({"token": signed, "expires_in_seconds": minutes * 60})
    else:
        console.print(signed, soft_wrap=True, markup=False)

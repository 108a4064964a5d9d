"""`fairlead token`: a real token of the development issuer."""

from datetime import timedelta
from typing import Annotated

import typer

from shared import settings
from shared.auth import Role, development_issuer
from shared.cli.output import AsJson, console, show_json
from shared.eventstore.tenants import check_tenant

TTL_MINUTES = 480
DEVELOPER = "00000000-0000-7000-8000-000000000001"  # a person, who can do what a service cannot


def token(
    *,
    role: Annotated[
        list[Role], typer.Option("--as", help="A role; say it again for more than one.")
    ],
    subject: Annotated[
        str, typer.Option(help="A person's id, or a name for an account that is nobody.")
    ] = DEVELOPER,
    tenant: Annotated[
        str, typer.Option(help="Whose data: small letters, digits and hyphens.")
    ] = "demo",
    minutes: Annotated[int, typer.Option(min=1, max=1440, help="Valid for.")] = TTL_MINUTES,
    as_json: AsJson = False,
) -> None:
    """Sign a token: `curl -H "Authorization: Bearer $(fairlead token --as operator)" …`."""
    try:
        check_tenant(tenant)
    except ValueError as reason:
        raise typer.BadParameter(str(reason), param_hint="--tenant") from reason
    issuer = development_issuer(settings.load())
    signed = issuer.mint(tenant, subject, role, timedelta(minutes=minutes))
    if as_json:
        show_json({"token": signed, "expires_in_seconds": minutes * 60})
    else:
        console.print(signed, soft_wrap=True, markup=False)

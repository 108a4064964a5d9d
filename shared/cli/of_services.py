"""Commands that a service brings along: `services/<name>/cli`, read when one is asked for."""

from collections.abc import Iterator
from importlib import import_module
from importlib.util import find_spec
from typing import Any

from typer.core import TyperGroup
from typer.main import get_group

from shared.provisioning import SERVICES


class OfService(TyperGroup):
    """The group `fairlead <service>`; what it needs is imported only if it is called."""

    def list_commands(self, ctx: Any) -> list[str]:  # noqa: ANN401  # typer's own, kept private
        """Names of the service's commands."""
        return self._loaded().list_commands(ctx)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:  # noqa: ANN401  # the same
        """One of them."""
        return self._loaded().get_command(ctx, cmd_name)

    def _loaded(self) -> TyperGroup:
        return get_group(import_module(f"services.{self.name}.cli").app)


def services_with_commands() -> Iterator[str]:
    """Which services have any."""
    return (name for name in SERVICES if find_spec(f"services.{name}.cli"))

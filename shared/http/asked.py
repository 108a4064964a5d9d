"""What a route asks of a request beyond its own parameters, read from its dependencies."""

from collections.abc import Iterator
from typing import Any

from shared.frozen import frozen
from shared.http.caller import RoleCheck
from shared.http.commands import bind_commands
from shared.http.models import PageOf
from shared.http.preconditions import if_match_required
from shared.http.reads import bind_reads


@frozen
class Asked:
    """What kind of route it is."""

    roles: tuple[str, ...] = ()
    is_command: bool = False
    is_conditional: bool = False  # it demands If-Match
    is_read: bool = False
    is_list: bool = False
    has_version: bool = False  # its answers carry an ETag

    def parameters(self, method: str, *, has_one_version: bool) -> Iterator[str]:
        """The parameters that are read for it, by name."""
        if self.is_command:
            if method == "post":
                yield "Idempotency-Key"
            if has_one_version:  # what starts now has none yet, and many have many
                yield "If-Match"
        elif self.is_read:
            if self.is_list:
                yield from ("limit", "cursor")
            elif self.has_version:
                yield "If-None-Match"
            yield from ("Consistency-Token", "Prefer")

    def answers(self, status: str) -> Iterator[str]:
        """The headers of its answers, by name."""
        yield "Trace-Id"
        if self.is_command:
            yield from ("ETag", "Consistency-Token", "Idempotent-Replayed")
            if status in ("201", "202"):
                yield "Location"
            return
        if self.is_read:
            yield "Projection-Lag-Ms"
        if self.is_list:
            yield "Link"
        elif self.has_version:
            yield "ETag"


def asked_by(context: Any) -> Asked:  # noqa: ANN401  # FastAPI's view of a route, which is not public by type
    """What a route asks for."""
    dependant = getattr(context, "dependant", None)
    calls = list(_calls(dependant)) if dependant is not None else []
    model = getattr(context, "response_model", None)
    checks = [call for call in calls if isinstance(call, RoleCheck)]
    return Asked(
        roles=tuple(role.value for check in checks for role in check.roles),
        is_command=bind_commands in calls,
        is_conditional=if_match_required in calls,
        is_read=bind_reads in calls,
        is_list=isinstance(model, type) and issubclass(model, PageOf),
        has_version="version" in getattr(model, "model_fields", {}),
    )


def _calls(dependant: Any) -> Iterator[Any]:  # noqa: ANN401  # FastAPI's tree of dependencies
    for dependency in dependant.dependencies:
        yield dependency.call
        yield from _calls(dependency)

"""Writes the golden file of each event version that has none yet: `python -m tests.golden`.

What is there stays: a golden file that has to change means that stored events cannot be read.
"""

from collections.abc import Mapping, Sequence
from dataclasses import fields
from datetime import UTC, date, datetime
from enum import Enum
from pathlib import Path
from types import NoneType
from typing import Any, get_args, get_origin, get_type_hints
from uuid import UUID, uuid5

from shared.codec import CODEC
from shared.envelope import Cause, Recorded
from shared.events import BY_NAME, SERVICE_OF
from shared.ids import EventId, TenantId

FOLDER = Path(__file__).parent
NAMES = UUID("0b6f7a52-57cf-4c3e-9a55-5a3f0f4f9d10")
AT = datetime(2026, 3, 2, 9, 0, 0, 125, tzinfo=UTC)
PLAIN: Mapping[type[Any], Any] = {bool: True, int: 3, datetime: AT, date: AT.date(), NoneType: None}


def example(kind: Any, name: str) -> Any:  # noqa: ANN401  # any type, and a value of it
    """A value of a type, the same each time."""
    kind = getattr(kind, "__supertype__", kind)
    if kind in PLAIN:
        return PLAIN[kind]
    if not get_args(kind):
        return _single(kind, name)
    return _composed(get_origin(kind), get_args(kind), name)


def _single(kind: type[Any], name: str) -> object:
    if kind is UUID:
        return uuid5(NAMES, name)
    if kind is str:
        return name.replace("_", "-")
    return next(iter(kind)) if issubclass(kind, Enum) else instance(kind)


def _composed(container: object, parts: Sequence[Any], name: str) -> object:
    if container is tuple and parts[-1] is not ...:
        return tuple(example(part, f"{name}_{place}") for place, part in enumerate(parts))
    if container is tuple or container is frozenset:
        return container([example(parts[0], name)])
    if isinstance(container, type) and issubclass(container, Mapping):
        return {example(parts[0], f"{name}_key"): example(parts[1], name)}
    return example(parts[0], name)  # of a union, the first


def instance(kind: type[Any]) -> object:
    """A record with something in each of its fields, also in those that have a default."""
    hints = get_type_hints(kind)
    return kind(**{field.name: example(hints[field.name], field.name) for field in fields(kind)})


def record(kind: type[Any]) -> bytes:
    """One stored record of an event class, in its current version."""
    name = kind.__name__
    request = uuid5(NAMES, "request")
    cause = Cause(
        tenant=TenantId("orchard"),
        actor="ana",
        right="program_manager",
        correlation_id=request,
        causation_id=request,
        traceparent="00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
    )
    recorded = Recorded(
        event=instance(kind),
        event_id=EventId(uuid5(NAMES, name)),
        tenant=cause.tenant,
        service=SERVICE_OF[name],
        stream=f"stream-{uuid5(NAMES, 'stream')}",
        version=1,
        type=name,
        schema=CODEC.schema_of(name),
        recorded_at=AT,
        cause=cause,
        slot=0,
    )
    return CODEC.encode(recorded)


def main() -> None:
    """Add what is missing."""
    for name, kind in BY_NAME.items():
        path = FOLDER / f"{name}.v{CODEC.schema_of(name)}.json"
        if not path.exists():
            path.write_bytes(record(kind) + b"\n")


if __name__ == "__main__":
    main()

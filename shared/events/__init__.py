"""Every event type by its stored name; the name is the storage format and never changes."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, get_args

from shared.events import enrollment, matching, metrics, sessions

BY_SERVICE: Mapping[str, Mapping[str, type[Any]]] = MappingProxyType(
    {
        service: MappingProxyType({kind.__name__: kind for kind in get_args(fact)})
        for service, fact in {
            "enrollment": enrollment.Fact,
            "matching": matching.Fact,
            "sessions": sessions.Fact,
            "metrics": metrics.Fact,
        }.items()
    }
)
BY_NAME: Mapping[str, type[Any]] = MappingProxyType(
    {name: kind for events in BY_SERVICE.values() for name, kind in events.items()}
)
SERVICE_OF: Mapping[str, str] = MappingProxyType(
    {name: service for service, events in BY_SERVICE.items() for name in events}
)

"""What a projection's function declares to hear is all that it makes anything of."""

from collections.abc import Iterator
from dataclasses import replace
from enum import Enum
from typing import Any, get_type_hints

import pytest

from services.enrollment.main import SERVICE as ENROLLMENT
from services.matching.main import SERVICE as MATCHING
from services.metrics.main import SERVICE as METRICS
from services.sessions.main import SERVICE as SESSIONS
from shared.codec import decode
from shared.envelope import Recorded
from shared.events import BY_NAME
from shared.projection import ProjectionFunction, Put, ReadTables, heard_by, hears
from tests.golden.__main__ import record

PROJECTIONS = [
    projection
    for service in (ENROLLMENT, MATCHING, METRICS, SESSIONS)
    for projection in (service.own, *service.foreign)
]
FUNCTIONS = [
    pytest.param(function, id=f"{projection.name} {function.__name__}")
    for projection in PROJECTIONS
    for function in projection.functions
]
CATEGORIES = ("goal", "journey", "roadmap", "pairing", "program")


def variants(event: Any) -> Iterator[Any]:  # noqa: ANN401  # any event
    """The event with each value that a code, a yes or no, or an open field of it can have."""
    yield event
    for name, kind in get_type_hints(type(event)).items():
        if isinstance(kind, type) and issubclass(kind, Enum):
            yield from (replace(event, **{name: value}) for value in kind)
        elif kind is bool:
            yield replace(event, **{name: not getattr(event, name)})


def recordings() -> Iterator[Recorded]:
    for kind in BY_NAME.values():
        recorded = decode(record(kind), slot=0, number=1)
        for event in variants(recorded.event):
            for category in CATEGORIES:
                stream = f"{category}-{recorded.event_id}"
                yield replace(recorded, event=event, stream=stream)


@pytest.fixture(scope="module")
def told() -> list[Recorded]:
    return list(recordings())


@pytest.mark.parametrize("function", FUNCTIONS)
def test_a_function_makes_nothing_of_what_it_does_not_declare(
    function: ProjectionFunction, told: list[Recorded]
) -> None:
    heard = heard_by(function)
    if heard is not None:
        meant = {type(each.event) for each in told if any(function(each))}
        assert meant <= heard


def test_a_function_that_declares_nothing_hears_all() -> None:
    def everything(recorded: Recorded) -> Iterator[Put]:
        yield Put(table="all", row={"version": recorded.version})

    assert heard_by(everything) is None


async def test_a_function_is_called_for_what_it_declares_alone(told: list[Recorded]) -> None:
    called: list[type[Any]] = []
    kinds = {BY_NAME["GoalSet"], BY_NAME["GoalDropped"]}

    @hears(*kinds)
    def goals(recorded: Recorded) -> Iterator[Put]:
        called.append(type(recorded.event))
        return iter(())

    nowhere: Any = None  # nothing comes of it, so no database is asked
    await ReadTables("read", [goals]).writes(nowhere, told)
    assert set(called) == kinds

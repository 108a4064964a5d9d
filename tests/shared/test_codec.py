"""Records have one spelling, and what was stored once can be read for ever."""

import json
from dataclasses import fields, is_dataclass
from datetime import date, datetime, timedelta, timezone
from enum import StrEnum
from pathlib import Path
from typing import Any, cast, get_args, get_type_hints

import msgspec
import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as some

from shared.codec import CODEC, INTEGER_MAX, Codec, Undecodable, Unencodable, canonical
from shared.envelope import Recorded
from shared.event_forms import SCHEMAS
from shared.events import BY_NAME
from shared.frozen import frozen
from shared.ids import EventId, TenantId
from tests.shared.reading_circle import AT, NAMES, achieved, cause, stream

GOLDEN = Path(__file__).parents[1] / "golden"
text = some.text(some.characters(exclude_categories=["Cs"]))
keys = some.text(some.characters(exclude_categories=["Cs"], max_codepoint=0xFFFF))
values = some.recursive(
    some.none() | some.booleans() | some.integers(-INTEGER_MAX, INTEGER_MAX) | text,
    lambda parts: some.lists(parts) | some.dictionaries(keys, parts),
)


def recorded(event: object, kind: str = "GoalAchieved", schema: int = 1) -> Recorded:
    return Recorded(
        event=event,
        event_id=EventId(NAMES),
        tenant=TenantId("orchard"),
        service="sessions",
        stream=stream("a"),
        version=1,
        type=kind,
        schema=schema,
        recorded_at=AT,
        cause=cause(),
        slot=5,
    )


@given(values)
def test_the_spelling_is_that_of_rfc_8785(value: object) -> None:
    assert canonical(value) == rfc8785.dumps(cast("Any", value))


def test_keys_that_two_orders_would_sort_differently_are_refused() -> None:
    with pytest.raises(Unencodable):
        canonical({"\U0001f600": 1, "\uffff": 2})


@pytest.mark.parametrize("value", [0.5, float("nan"), INTEGER_MAX + 1, -INTEGER_MAX - 1, b"", 1j])
def test_what_json_readers_do_not_agree_on_is_refused(value: object) -> None:
    with pytest.raises(Unencodable):
        canonical({"value": [value]})


def test_a_time_is_spelt_in_universal_time_to_the_microsecond() -> None:
    lima = timezone(timedelta(hours=-5))
    assert canonical(datetime(2026, 3, 2, 4, 0, tzinfo=lima)) == b'"2026-03-02T09:00:00.000000Z"'
    assert canonical(date(2026, 3, 2)) == b'"2026-03-02"'


def test_a_time_without_a_zone_is_refused() -> None:
    with pytest.raises(Unencodable):
        canonical(datetime(2026, 3, 2, 9, 0))  # noqa: DTZ001  # that is the point


def test_sets_and_codes_and_ids_have_one_spelling() -> None:
    class Colour(StrEnum):
        RED = "red"
        BLUE = "blue"

    assert canonical(frozenset(Colour)) == b'["blue","red"]'
    assert canonical({NAMES: Colour.RED}) == f'{{"{NAMES}":"red"}}'.encode()


def test_a_record_comes_back_as_it_went() -> None:
    event = recorded(achieved("a", 3))
    raw = CODEC.encode(event)
    assert CODEC.decode(raw, slot=5) == event
    assert rfc8785.dumps(json.loads(raw)) == raw


def test_numbers_are_not_part_of_the_record() -> None:
    raw = CODEC.encode(recorded(achieved("a")))
    assert CODEC.decode(raw, slot=5, number=17).number == 17


def test_a_field_from_the_future_is_passed_over() -> None:
    stored = json.loads(CODEC.encode(recorded(achieved("a"))))
    stored["data"]["mood"] = "good"
    stored["weather"] = "fair"
    assert CODEC.decode(json.dumps(stored).encode(), slot=5).event == achieved("a")


@pytest.mark.parametrize(
    ("field", "value"),
    [("type", "GoalForgotten"), ("schema", 9), ("data", {"goal_id": 4}), ("recorded_at", None)],
)
def test_what_is_not_known_here_says_so(field: str, value: object) -> None:
    stored = json.loads(CODEC.encode(recorded(achieved("a"))))
    stored[field] = value
    with pytest.raises(Undecodable):
        CODEC.decode(json.dumps(stored).encode(), slot=5)


@pytest.mark.parametrize("raw", [b"", b"\xff\xfe", b"[]", b"{}", b'{"tenant":'])
def test_broken_bytes_are_undecodable_not_fatal(raw: bytes) -> None:
    with pytest.raises(Undecodable):
        CODEC.decode(raw, slot=5)


@frozen
class MugFilled:
    litres_thousandths: int
    of: str = "tea"


def test_old_versions_are_brought_up_step_by_step() -> None:
    codec = Codec(
        {"MugFilled": MugFilled},
        schemas={"MugFilled": 3},
        upcasts={
            ("MugFilled", 1): lambda facts: {"centilitres": facts["cups"] * 25},
            ("MugFilled", 2): lambda facts: {"litres_thousandths": facts["centilitres"] * 10},
        },
    )
    old = codec.encode(recorded({"cups": 2}, kind="MugFilled", schema=1))
    assert codec.decode(old, slot=5).event == MugFilled(litres_thousandths=500)


def test_a_missing_step_between_versions_is_undecodable() -> None:
    codec = Codec({"MugFilled": MugFilled}, schemas={"MugFilled": 2})
    old = codec.encode(recorded({"cups": 2}, kind="MugFilled", schema=1))
    with pytest.raises(Undecodable):
        codec.decode(old, slot=5)


def _types_in(kind: object) -> set[object]:
    if isinstance(kind, type) and is_dataclass(kind):
        hints = get_type_hints(kind)
        return {part for field in fields(kind) for part in _types_in(hints[field.name])}
    return {kind}.union(*(_types_in(part) for part in get_args(kind)))


@pytest.mark.parametrize("kind", BY_NAME.values(), ids=BY_NAME)
def test_no_event_has_a_floating_point_field(kind: type[Any]) -> None:
    assert float not in _types_in(kind)


@pytest.mark.parametrize("kind", BY_NAME.values(), ids=BY_NAME)
def test_every_event_can_be_decoded_by_its_class(kind: type[Any]) -> None:
    assert msgspec.json.Decoder(kind)


@pytest.mark.parametrize("name", BY_NAME)
def test_every_event_has_a_golden_file_of_its_version(name: str) -> None:
    assert (GOLDEN / f"{name}.v{SCHEMAS.get(name, 1)}.json").exists()


@pytest.mark.parametrize("path", sorted(GOLDEN.glob("*.json")), ids=lambda path: path.name)
def test_what_was_stored_once_is_read_for_ever(path: Path) -> None:
    raw = path.read_bytes().rstrip(b"\n")
    decoded = CODEC.decode(raw, slot=0)
    assert (decoded.type, f"v{decoded.schema}") == tuple(path.name.split(".")[:2])
    if decoded.schema == CODEC.schema_of(decoded.type):
        assert CODEC.encode(decoded) == raw

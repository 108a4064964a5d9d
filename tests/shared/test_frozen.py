"""A light record is one like any other: by value, never changed, known to dataclasses."""

import copy
import pickle
from dataclasses import asdict, field, fields, is_dataclass, replace

import pytest

from shared.events import BY_NAME
from shared.frozen import frozen, light


@light
class Leaf:
    length: int
    colour: str = "green"


@light
class Twig:
    """A small branch."""

    leaves: tuple[Leaf, ...] = ()
    marks: dict[str, int] = field(default_factory=dict)

    @property
    def size(self) -> int:
        return len(self.leaves)


@frozen
class Stone:
    length: int
    colour: str = "green"


LEAF = Leaf(length=3)
TWIG = Twig(leaves=(LEAF, Leaf(length=4, colour="red")))


def test_light_records_are_equal_by_value_and_kind() -> None:
    assert Leaf(length=3) == LEAF
    assert hash(Leaf(length=3)) == hash(LEAF)
    assert replace(LEAF, length=4) != LEAF
    other: object = Stone(length=3)
    assert other != LEAF


@pytest.mark.parametrize("record", [LEAF, Stone(length=3)])
def test_neither_kind_of_record_is_ever_changed(record: Leaf | Stone) -> None:
    with pytest.raises(AttributeError):
        record.length = 4  # type: ignore[misc]  # that is the point


@pytest.mark.parametrize("kind", [Leaf, Stone])
def test_arguments_are_given_by_name(kind: type[Leaf | Stone]) -> None:
    with pytest.raises(TypeError):
        kind(3)  # type: ignore[call-arg]  # that is the point


def test_a_record_without_defaults_needs_all_its_fields() -> None:
    with pytest.raises(TypeError):
        Leaf()  # type: ignore[call-arg]  # that is the point


def test_defaults_are_made_anew_for_each() -> None:
    assert Twig() == Twig()
    assert Twig().marks is not Twig().marks


def test_dataclasses_knows_light_records() -> None:
    assert [each.name for each in fields(Twig)] == ["leaves", "marks"]
    assert replace(LEAF, colour="red") == Leaf(length=3, colour="red")
    assert asdict(TWIG)["leaves"][1] == {"length": 4, "colour": "red"}
    assert TWIG.size == 2
    assert Twig.__doc__ == "A small branch."
    assert is_dataclass(TWIG)


def test_copies_and_pickles_are_equal() -> None:
    assert copy.deepcopy(TWIG) == TWIG
    assert pickle.loads(pickle.dumps(TWIG)) == TWIG  # noqa: S301  # our own


def test_a_pattern_matches_by_name() -> None:
    match TWIG:
        case Twig(leaves=(Leaf(length=length), *_)):
            assert length == 3
        case _:
            pytest.fail("it did not")


def test_every_event_is_a_light_record() -> None:
    assert all(hasattr(kind, "__struct_fields__") for kind in BY_NAME.values())

"""Two kinds of record, both immutable, equal by value, built by keyword: `frozen` and `light`."""

from dataclasses import MISSING, dataclass, fields
from typing import Any, TypeVar, cast, dataclass_transform

import msgspec

T = TypeVar("T")


@dataclass_transform(frozen_default=True, kw_only_default=True)
def frozen(cls: type[T]) -> type[T]:
    """Make a class a record: equal by value, never changed, arguments by name."""
    return dataclass(frozen=True, slots=True, kw_only=True)(cls)


@dataclass_transform(frozen_default=True, kw_only_default=True)
def light(cls: type[T]) -> type[T]:
    """Make a class a record as `frozen` does, but one that is made by the million.

    It is made and decoded in a fifth of the time, and the garbage collector does not look at it;
    so it must not refer to what refers back to it. What dataclasses offers (`fields`, `replace`,
    `asdict`) knows it too. It has no ancestors.
    """
    names = {
        name: value for name, value in vars(cls).items() if name not in ("__dict__", "__weakref__")
    }
    plain: type[Any] = type(cls.__name__, (), dict(names))
    told = dataclass(frozen=True, kw_only=True)(plain)
    for each in fields(told):
        if each.default_factory is not MISSING:
            names[each.name] = msgspec.field(default_factory=each.default_factory)
    metaclass: Any = type(msgspec.Struct)
    made = metaclass(cls.__name__, (msgspec.Struct,), names, frozen=True, kw_only=True, gc=False)
    made.__dataclass_fields__ = vars(told)["__dataclass_fields__"]
    made.__dataclass_params__ = vars(told)["__dataclass_params__"]
    return cast("type[T]", made)

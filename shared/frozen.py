"""One kind of record for events, commands, and states: immutable, slotted, built by keyword."""

from dataclasses import dataclass
from typing import TypeVar, dataclass_transform

T = TypeVar("T")


@dataclass_transform(frozen_default=True, kw_only_default=True)
def frozen(cls: type[T]) -> type[T]:
    """Make a class a record: equal by value, never changed, arguments by name."""
    return dataclass(frozen=True, slots=True, kw_only=True)(cls)

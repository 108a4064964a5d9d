"""The shapes of requests and answers that every route builds on."""

import json
from collections.abc import Callable, Sequence
from datetime import date, datetime
from typing import Annotated, Any, Generic, TypeVar
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, PlainSerializer

from shared.frozen import frozen

T = TypeVar("T")

LIMIT_DEFAULT = 50
LIMIT_MAX = 200

# Seconds with a Z: an offset of +00:00 is the same moment, but not the same text for a client.
Moment = Annotated[
    AwareDatetime,
    PlainSerializer(lambda at: at.isoformat().replace("+00:00", "Z"), return_type=str),
]


class Request(BaseModel):
    """A body or part of one: what it does not know, it refuses."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class View(BaseModel):
    """An answer or part of one: every key is always there."""

    model_config = ConfigDict(extra="forbid", frozen=True, from_attributes=True)


class PageOf(View, Generic[T]):
    """Some items of a list and where the next ones begin."""

    items: list[T]
    next_cursor: str | None = Field(description="Give it as `cursor` to read on; null at the end.")


@frozen
class PageRequest:
    """Which part of a list is asked for: `limit` items after the position `after`."""

    limit: int = LIMIT_DEFAULT
    after: tuple[Any, ...] | None = None  # sort values of the last item seen; None: the beginning

    @property
    def rows(self) -> int:
        """How many rows to ask the database for; the one too many tells that more follow."""
        return self.limit + 1

    def of(self, items: Sequence[T], position: Callable[[T], tuple[Any, ...]]) -> PageOf[T]:
        """The page that these rows make.

        Args:
            items: up to `rows` items in the order of the list.
            position: the sort values of an item, ending in something unique to it; ids, times,
                text and whole numbers come back in `after` as what they are.
        """
        shown = list(items[: self.limit])
        more = len(items) > self.limit
        raw = pack_position(position(shown[-1])) if more else None
        return PageOf[T].model_construct(items=shown, next_cursor=raw)


def pack_position(values: tuple[Any, ...]) -> str:
    """Sort values as text that `unpack_position` gives back with their types."""
    return json.dumps([_tagged(value) for value in values], separators=(",", ":"))


def unpack_position(packed: str) -> tuple[Any, ...]:
    """The sort values that `pack_position` was given."""
    return tuple(_untagged(value) for value in json.loads(packed))


def _tagged(value: Any) -> Any:  # noqa: ANN401  # a sort value of any kind
    match value:
        case UUID():
            return {"u": str(value)}
        case datetime():
            return {"t": value.isoformat()}
        case date():
            return {"d": value.isoformat()}
        case _:
            return value


def _untagged(value: Any) -> Any:  # noqa: ANN401  # a sort value of any kind
    match value:
        case {"u": text}:
            return UUID(text)
        case {"t": text}:
            return datetime.fromisoformat(text)
        case {"d": text}:
            return date.fromisoformat(text)
        case _:
            return value
